"""How a written module scatters: values made where they go, and values added to an array in its place.

Where an elementwise operation makes what is put into one piece of zeros, it writes into that piece, and only what lies
around it is set to zero. With `additions_in_place`, value and gradient of the mean of (x[1:] - x[:-1])^2 of 500 x 200
float32 takes 35 microseconds instead of 42.
"""

from __future__ import annotations

from ..autodiff.program import Equation, Variable
from .operations import is_onto, kind_of
from .stacks import place_of


def pieces_of_zeros(items, readers, root) -> dict[Variable, Equation]:
    """The equations that scatter what an elementwise one makes, and nobody else reads, into one piece of zeros."""
    found = {}
    for item in items:
        if not isinstance(item, Equation) or item.primitive.name != "scatter_add" or is_onto(item):
            continue
        (x, *arrays), (out,) = item.inputs, item.outputs
        alone = isinstance(x, Variable) and readers.get(x, 0) == 1 and x not in root and x.dtype == out.dtype
        if alone and not arrays and x.shape and place_of(item, out) is not None:
            found[x] = item
    made = {variable: item for item in items if isinstance(item, Equation) for variable in item.outputs}
    return {x: item for x, item in found.items() if x in made and kind_of(made[x]) == "ufunc"}


class Scattered:
    """The part of a `Writer` that scatters."""

    def _piece(self, x) -> str | None:
        """The piece of an array, of zeros elsewhere, in which ``x`` is made; ``None`` where it is made by itself."""
        if x not in self.pieces:
            return None
        equation = self.pieces[x]
        (out,) = equation.outputs
        axis, start, stop = place_of(equation, out)
        whole, before = self._unique(out.name), ":, " * axis
        self.lines.append(f"{whole} = np.empty({out.shape}, np.{out.dtype})")
        if start > 0:
            self.lines.append(f"{whole}[{before}:{start}] = 0.0")
        if stop < out.shape[axis]:
            self.lines.append(f"{whole}[{before}{stop}:] = 0.0")
        self.spelling[out] = whole
        self.fresh.add(out)
        alike = len(x.shape) == len(out.shape)
        return f"{whole}[{before}{f'{start}:{stop}' if alike else start}]"

    def _scatter(self, equation, line) -> bool:
        """Write what is scattered in place; false where it is written as any other call."""
        x, out = equation.inputs[0], equation.outputs[0]
        if is_onto(equation):
            self.lines.append(line)
            self.spelling[out] = self.spelling[x]
            if x not in self.root or x in self.straight:
                self.straight.add(out)
            return True
        return isinstance(x, Variable) and x in self.pieces
