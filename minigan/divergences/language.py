"""A little language for densities: ``mix(0.33, N(-1, 0.255), 0.67, N(2, 1.414))``.

    density  =  name "(" [ argument { "," argument } ] ")"
    argument =  density | number

N(mean, std), U(low, high), Laplace(location, scale), t(location, scale, degrees), and mix(weight, density,
...). The text is read by a recursive descent over its tokens, never evaluated, and what cannot be read is
answered with the place.
"""

from __future__ import annotations

import re
from typing import NamedTuple

from ..densities import Density, Laplace, Mixture, Normal, StudentT, Uniform
from ..names import unknown

TOKENS = re.compile(
    r"(?P<number>[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?P<name>[A-Za-z_]\w*)"
    r"|(?P<mark>[(),])|(?P<space>\s+)|(?P<other>.)",
    re.DOTALL,
)

# name: (what it makes, what its arguments are)
FAMILIES = {
    "N": (Normal, ("mean", "std")),
    "U": (Uniform, ("low", "high")),
    "Laplace": (Laplace, ("location", "scale")),
    "t": (StudentT, ("location", "scale", "degrees")),
}
ALIASES = {
    "Normal": "N",
    "normal": "N",
    "Uniform": "U",
    "uniform": "U",
    "laplace": "Laplace",
    "StudentT": "t",
    "student": "t",
}
KNOWN = ", ".join(f"{name}({', '.join(parameters)})" for name, (_, parameters) in FAMILIES.items())
KNOWN += " and mix(weight, density, ...)"
DEEPEST = 50  # of mixtures in mixtures: the parser descends as deep as they are
SHOWN = 60  # characters of a long text, on either side of a mistake


class DensityError(ValueError):
    """A density expression that cannot be read: what is wrong, and the ``position`` in ``text`` where it went wrong."""

    def __init__(self, message, text, position):
        self.message, self.text, self.position = message, text, position
        start, end = max(position - SHOWN, 0), position + SHOWN
        start, end = (0, len(text)) if len(text) <= 2 * SHOWN else (start, end)
        before, after = "..." if start > 0 else "", "..." if end < len(text) else ""
        shown = text[start:end].replace("\n", " ")
        told = f"{message} (character {position + 1})" if before or after else message
        super().__init__(f"{told}\n    {before}{shown}{after}\n    {' ' * (len(before) + position - start)}^")


class Token(NamedTuple):
    kind: str
    text: str
    position: int


def parse_density(text: str) -> Density:
    """The density that ``text`` describes. Raises `DensityError`, a `ValueError`, pointing at the place of a mistake.

    >>> parse_density("mix(0.25, N(-1, 0.5), 0.75, U(0, 2))").components[1]
    Uniform(low=0.0, high=2.0)
    >>> parse_density("N(1; 2)")
    Traceback (most recent call last):
    ...
    minigan.divergences.language.DensityError: ';' has no meaning here
        N(1; 2)
           ^
    """
    parser = Parser(text)
    density = parser.density()
    parser.expect("end", "the expression should end here")
    return density


class Parser:
    """Tokens of one text, read from left to right."""

    def __init__(self, text):
        self.text = text
        self.tokens = [
            Token(m.lastgroup, m.group(), m.start()) for m in TOKENS.finditer(text) if m.lastgroup != "space"
        ]
        self.tokens.append(Token("end", "", len(text)))
        self.place = self.depth = 0
        for token in self.tokens:
            if token.kind == "other":
                raise self.error(f"{token.text!r} has no meaning here", token)

    @property
    def token(self) -> Token:
        return self.tokens[self.place]

    def error(self, message, token=None):
        return DensityError(message, self.text, (token or self.token).position)

    def take(self) -> Token:
        token = self.token
        self.place += 1
        return token

    def expect(self, wanted, message):
        if wanted not in (self.token.kind, self.token.text):
            raise self.error(message)
        return self.take()

    def density(self) -> Density:
        name = self.expect("name", f"a density should stand here: {KNOWN}")
        family = ALIASES.get(name.text, name.text)
        if family != "mix" and family not in FAMILIES:
            wrong = unknown("density", name.text, [*FAMILIES, "mix", *ALIASES], f"there are {KNOWN}")
            raise self.error(str(wrong), name)
        self.expect("(", f"{name.text} needs its arguments in brackets")
        found = self.mixture(name) if family == "mix" else self.family(name, *FAMILIES[family])
        self.expect(")", "a comma or a closing bracket should stand here")
        return found

    def number(self, what) -> float:
        return float(self.expect("number", f"{what} should stand here, a number").text)

    def family(self, name, make, parameters):
        values = []
        for i, parameter in enumerate(parameters):
            if i:
                self.expect(
                    ",",
                    f"{name.text} has {len(parameters)} arguments, and a comma and {parameter} should follow",
                )
            values.append(self.number(parameter))
        if self.token.text == ",":
            raise self.error(f"{name.text} has no more than {len(parameters)} arguments: {', '.join(parameters)}")
        return self.checked(lambda: make(*values), name)

    def mixture(self, name):
        if self.depth == DEEPEST:
            raise self.error(f"mixtures stand in mixtures no deeper than {DEEPEST}; write one mixture of them all", name)
        self.depth += 1
        weights, components = [], []
        while True:
            weights.append(self.number("a weight"))
            self.expect(",", "a comma and the weight's density should follow")
            components.append(self.density())
            if self.token.text != ",":
                break
            self.take()
        self.depth -= 1
        return self.checked(lambda: Mixture(tuple(weights), tuple(components)), name)

    def checked(self, make, name):
        """A density's own complaint, with the place added to it."""
        try:
            return make()
        except ValueError as error:
            if isinstance(error, DensityError):
                raise
            raise self.error(str(error), name) from None
