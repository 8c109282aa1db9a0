"""Strings with a known law: weighted context-free grammars, enumerated exactly up to a length."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

import minigan.numpy as mnp

from ..arrays import real_array
from ..backend import to_numpy
from ..random import as_generator
from ..validation import count, is_count, is_number, told

# S -> S's own choices with their probabilities: end, a letter and on, a round pair and on, a square pair and on
BRACKETS = {"S": {"": 0.34, "aS": 0.26, "(S)S": 0.25, "[S]S": 0.15}}


@dataclass(frozen=True)
class Language:
    """Finitely many strings with exact probabilities, as codes of one length.

    ``alphabet`` is a string of distinct symbols whose last one ends a string: ``strings[i]`` has probability
    ``probabilities[i]`` (they fall and add up to one), is shorter than or as long as ``length``, and is coded as
    ``codes[i]``, shape (length,), filled up with the end symbol. Codes that are no rows of symbols are a `ValueError`.

    >>> found = Language("ab.", 2, ("a", "ab"), np.array([0.75, 0.25]))
    >>> found.codes.tolist(), found.indices([[0, 1], [1, 1]]).tolist(), found.spelled([[0, 2]])
    ([[0, 2], [0, 1]], [1, -1], ['a'])
    >>> round(found.entropy, 4)  # log 4 - 3/4 log 3
    0.5623
    """

    alphabet: str
    length: int
    strings: tuple[str, ...]
    probabilities: Any

    @property
    def size(self) -> int:
        """How many symbols there are, the end included."""
        return len(self.alphabet)

    @cached_property
    def codes(self):
        """All strings as integers, shape (strings, length)."""
        rows = [[self.alphabet.index(c) for c in s.ljust(self.length, self.alphabet[-1])] for s in self.strings]
        return np.asarray(rows)

    @cached_property
    def _index(self) -> dict:
        return {row.tobytes(): i for i, row in enumerate(self.codes.astype(np.int8))}

    @property
    def entropy(self) -> float:
        """-sum p log p, in nats."""
        p = self.probabilities
        return float(-(p * np.log(p)).sum())

    def indices(self, codes):
        """Where strings stand in ``strings``: integers (n,), -1 for one that does not belong to the language."""
        rows = self._rows(codes)
        if rows.ndim != 2 or rows.shape[1] != self.length:
            raise ValueError(f"codes of this language have shape (n, {self.length}), and these {rows.shape}")
        return np.asarray([self._index.get(row.tobytes(), -1) for row in rows], dtype=int)

    def spelled(self, codes) -> list[str]:
        """Codes (n, length) as strings; the end symbol is left out where nothing but ends follow it."""
        return ["".join(self.alphabet[i] for i in row).rstrip(self.alphabet[-1]) for row in self._rows(codes)]

    def _rows(self, codes):
        """Codes as rows of small integers on the host."""
        rows = to_numpy(real_array(codes, "the codes of strings"))
        if rows.ndim != 2 or (rows.size and not ((rows >= 0) & (rows < self.size) & (rows == np.rint(rows))).all()):
            raise ValueError(
                f"codes are rows of integers from 0 to {self.size - 1}, one a symbol of {self.alphabet!r}, and these are "
                f"{told(codes)}"
            )
        return rows.astype(np.int8)

    def sample(self, rng, n: int):
        """``n`` strings drawn from the law, as codes (n, length) on the active backend."""
        rng, n = as_generator(rng), count(n, "n", 0)
        edges = mnp.asarray(np.cumsum(self.probabilities)[:-1])
        return mnp.take(mnp.asarray(self.codes), mnp.searchsorted(edges, rng.uniform((n,)), side="right"), 0)


def language(rules: dict, longest: int, start: str = "S", shortest: int = 1, end: str = ".") -> Language:
    """The strings of ``shortest`` to ``longest`` symbols that a weighted grammar derives, with their exact law.

    ``rules`` maps each variable (one character) to its alternatives and their probabilities,
    ``{"S": {"": 0.5, "aS": 0.5}}``; characters that are no variable are symbols. A string's probability is the sum over
    its derivations of the product of the alternatives taken, then divided by that of all strings within the lengths:
    the law of a derivation tried again until its string fits. Probabilities are of float64.

    Raises `ValueError` where an alternative's probability is not positive or a variable's do not add up to one, where a
    variable could derive itself without a symbol (the sum would be infinite), and where no string fits.

    >>> found = language({"S": {"": 0.5, "aSb": 0.5}}, longest=4)
    >>> found.strings, found.probabilities.round(4).tolist(), found.alphabet
    (('ab', 'aabb'), [0.6667, 0.3333], 'ab.')
    """
    _refuse(rules, longest, start, shortest, end)
    symbols = sorted({c for choices in rules.values() for body in choices for c in body if c not in rules})
    known: dict = {}

    def derived(variable: str, n: int) -> dict[str, float]:
        """The strings of exactly n symbols below a variable."""
        if (variable, n) not in known:
            known[variable, n] = None  # being worked on: meeting it again means that it derives itself
            found: dict[str, float] = {}
            for body, weight in rules[variable].items():
                for string, p in _bodies(body, n).items():
                    found[string] = found.get(string, 0.0) + weight * p
            known[variable, n] = found
        if known[variable, n] is None:
            raise ValueError(f"{variable!r} derives itself without a symbol: its strings have no finite sum")
        return known[variable, n]

    def _bodies(body: str, n: int) -> dict[str, float]:
        if not body:
            return {"": 1.0} if n == 0 else {}
        first, rest = body[0], body[1:]
        least = sum(c not in rules for c in rest)
        found: dict[str, float] = {}
        for taken in (1,) if first not in rules else range(n - least + 1):
            if taken > n - least:
                continue
            heads = {first: 1.0} if first not in rules else derived(first, taken)
            for head, p in heads.items():
                for tail, q in _bodies(rest, n - taken).items():
                    found[head + tail] = found.get(head + tail, 0.0) + p * q
        return found

    law = {s: p for n in range(shortest, longest + 1) for s, p in derived(start, n).items()}
    if not law:
        raise ValueError(f"the grammar derives no string of {shortest} to {longest} symbols")
    strings = tuple(sorted(law, key=lambda s: (-law[s], len(s), s)))
    weights = np.asarray([law[s] for s in strings])
    return Language("".join(symbols) + end, longest, strings, weights / weights.sum())


def _refuse(rules, longest, start, shortest, end):
    if not isinstance(rules, Mapping) or not all(isinstance(choices, Mapping) for choices in rules.values()):
        raise TypeError(
            f"the rules of a grammar map variables to their alternatives, as {{'S': {{'': 0.5, 'aS': 0.5}}}}, and were "
            f"{told(rules)}"
        )
    if not is_count(longest) or not is_count(shortest, 0) or shortest > longest:
        raise ValueError(f"lengths of strings are integers 0 <= shortest <= longest, not {shortest!r} and {longest!r}")
    if start not in rules:
        raise ValueError(f"the grammar has no rule for its start {start!r}")
    for variable, choices in rules.items():
        if len(variable) != 1:
            raise ValueError(f"a variable is one character, and {variable!r} is not")
        if not choices or not all(is_number(p) and p > 0 for p in choices.values()):
            raise ValueError(f"the alternatives of {variable!r} need positive probabilities, and have {choices}")
        if not math.isclose(sum(choices.values()), 1.0, rel_tol=1e-9):
            raise ValueError(f"the probabilities of {variable!r} add up to {sum(choices.values())!r}, not to 1")
        if any(end in body for body in choices):
            raise ValueError(f"the end symbol {end!r} is used by a rule of {variable!r}: choose another end")


def brackets(longest: int = 6) -> Language:
    """Balanced brackets of two kinds around letters: S -> nothing | aS | (S)S | [S]S, at most ``longest`` symbols.

    Every bracket must be closed by one of its own kind, however much stands between them. Six symbols give 284 strings.

    >>> found = brackets()
    >>> len(found.strings), found.alphabet, found.strings[:4]
    (284, '()[]a.', ('a', '()', 'aa', '[]'))
    """
    return language(BRACKETS, longest)
