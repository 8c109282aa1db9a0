"""Every name of NumPy's, and what it is here: ``python -m minigan.numpy.names > docs/numpy.md`` makes the page anew.

The page is made from the table of functions alone (`minigan.numpy`, `minigan.numpy.without_rules`), so it is the same
beside every NumPy; names that only some versions of NumPy have are among its own.
"""

from __future__ import annotations

import collections
from typing import NamedTuple

from ..autodiff.primitive import Primitive
from . import EXPORTED_BY, fft, linalg
from .without_rules import CONSTANT, GROUPS, NEW, NO_ARRAY_FUNCTION, REFUSED, group_of

DIFFERENTIABLE = "differentiable"
KINDS = (DIFFERENTIABLE, CONSTANT, REFUSED, NO_ARRAY_FUNCTION)
NEWEST = "2.4"  # whose names the table is complete for
OF_OTHER_VERSIONS = frozenset(("in1d", "trapz", "complex192", "float96"))  # NumPy 2.0's, and those of other machines

# names of this namespace that NumPy has not
_OWN_MODULES = ("special", "normal", "entropy", "bessel", "convolution", "pooling", "resampling")
OWN = frozenset(name for name, module in EXPORTED_BY.items() if module in _OWN_MODULES) - {"i0"} | {"index_add"}

# functions put together from others whose derivative is zero
_NAMES = """
    all allclose any argmax argmin argsort around count_nonzero empty_like fix iscomplex isclose isneginf isposinf isreal
    matrix_rank ndim ones_like round searchsorted shape sign size zeros_like
"""
COMPOSED_CONSTANTS = frozenset(_NAMES.split())

NOTES = {
    "eig": "real eigenvalues of a real matrix, any of a complex one; simple ones",
    "eigvals": "real eigenvalues of a real matrix, any of a complex one; simple ones",
    "bincount": "in the weights",
    "copysign": "in its first argument",
    "heaviside": "in its second argument, where the first is 0",
    "histogram": "in the weights and the edges",
    "frexp": "the mantissa; the exponent is constant",
    "modf": "the fraction; the whole part is constant",
    "divmod": "the remainder; the quotient is constant",
    "ldexp": "in its first argument",
    "sign": "of a complex number, which turns, differentiable",
    "svd": "reduced factors",
    "qr": "mode reduced, no more columns than rows",
    "trim_zeros": "not in a recorded program: its shape depends on values",
    "polymul": "not in a recorded program: its shape depends on values",
    "polydiv": "not in a recorded program: its shape depends on values",
    "roots": "simple and real, or of complex coefficients",
    "angle": "of complex numbers; of real ones constant",
    "abs": "of a complex number by its modulus",
    "absolute": "of a complex number by its modulus",
    "lstsq": "along matrices of one rank",
    "pinv": "along matrices of one rank",
    "kaiser": "in its shape, beta",
    "partition": "by the permutation that the library made",
}


class Name(NamedTuple):
    name: str
    kind: str
    note: str


def _kind(name: str, function) -> str:
    constant = isinstance(function, Primitive) and function.push is None
    if constant or name in COMPOSED_CONSTANTS or group_of(name).kind == CONSTANT:
        return CONSTANT
    return DIFFERENTIABLE


def classified(namespace: str = "") -> dict[str, Name]:
    """Every known name of ``numpy``, or of its namespace ``"linalg"`` or ``"fft"``, with what it is.

    >>> classified()["partition"].kind, classified()["put"].kind, classified("linalg")["matrix_rank"].kind
    ('differentiable', 'refused', 'constant')
    """
    import minigan.numpy as mnp

    if namespace:
        exports = {"linalg": linalg, "fft": fft}[namespace].EXPORTS
        others = {"LinAlgError"} if namespace == "linalg" else set()
    else:
        exports = {name: getattr(mnp, name) for name in {*EXPORTED_BY, "r_", "c_"} - OWN}
        others = {name for group in GROUPS for name in group.names} - {"LinAlgError"}
    found = {name: Name(name, _kind(name, function), NOTES.get(name, "")) for name, function in exports.items()}
    for name in others - found.keys():
        group = group_of(name)
        found[name] = Name(name, group.kind, NOTES.get(name, group.what))
    return dict(sorted(found.items(), key=lambda item: (item[0].lower(), item[0])))


def kind_of(name: str, namespace: str = "") -> str:
    """The kind of a name, one that is newer than the table included."""
    found = classified(namespace).get(name)
    return found.kind if found else NEW.kind


_INTRODUCTION = """\
# NumPy's names

What `minigan.numpy` makes of every name in `numpy.__all__`, `numpy.linalg.__all__` and `numpy.fft.__all__` (NumPy 2.0
to {newest}) under a transformation (`grad`, `jvp`, `compile` and their kin). On plain arrays each of them is NumPy's own.
This page is made by `python -m minigan.numpy.names`, and `tests/numpy/test_names.py` tries what it says.

- **differentiable**: it has derivatives to every order, almost everywhere; what holds at kinks is told by
  `minigan.numpy.conventions`.
- **constant**: its derivative is zero, and its result is not traced.
- **refused**: it works on plain arrays alone, and raises a `TypeError` on a traced one, which says why and what to write
  instead.
- **no array function**: a type, a constant, a module, printing, files, settings; on plain arguments it is NumPy's.
"""


def page() -> str:
    """The page in Markdown."""
    parts = [_INTRODUCTION.format(newest=NEWEST), "## Why some are refused\n"]
    for group in GROUPS:
        if group.kind == REFUSED:
            names = ", ".join(f"`{name}`" for name in sorted(group.names))
            parts.append(f"- *{group.what}* ({names}):\n  {group.reason}.")
    for namespace in ("", "linalg", "fft"):
        found = classified(namespace)
        counts = collections.Counter(entry.kind for entry in found.values())
        title = "numpy" + (f".{namespace}" if namespace else "")
        told = ", ".join(f"{counts[kind]} {kind}" for kind in KINDS if counts[kind])
        parts.append(f"\n## {title}\n\n{len(found)} names: {told}.\n\n| name | what it is | |\n|---|---|---|")
        parts += [f"| `{entry.name}` | {entry.kind} | {entry.note} |" for entry in found.values()]
    return "\n".join(parts) + "\n"


if __name__ == "__main__":
    print(page(), end="")
