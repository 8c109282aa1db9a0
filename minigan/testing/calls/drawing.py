"""Pieces of calls, drawn from a generator: shapes, dtypes, values, axes; a few are such that no function takes them."""

from __future__ import annotations

import numpy as np

DTYPES = ("float64",) * 6 + ("float32",) * 3 + ("float16",) * 2 + ("complex128",) * 2 + ("complex64",)
DTYPES += ("int64",) * 2 + ("int32", "int8", "uint8", "bool")
SIDES = (0, 1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4)
NUMBERS = (0, 1, 2, -1, 3, 0.5, -2.5, 0.0, 1.0, True, np.nan, np.inf, 1.5 - 0.5j)
EDGES = (0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 0.5, 3.0)


class Draw:
    """What a call is made of, from one random generator ``rng``; equal generators make equal calls."""

    def __init__(self, rng):
        self.rng = rng

    def chance(self, p: float) -> bool:
        return self.rng.random() < p

    def among(self, *options):
        return options[int(self.rng.integers(len(options)))]

    def integer(self, low: int, high: int) -> int:
        """In [low, high], by chance one of NumPy's."""
        drawn = int(self.rng.integers(low, high + 1))
        return np.int64(drawn) if self.chance(0.1) else drawn

    def shape(self, fewest=0, most=3) -> tuple[int, ...]:
        return tuple(self.among(*SIDES) for _ in range(int(self.rng.integers(fewest, most + 1))))

    def beside(self, shape) -> tuple[int, ...]:
        """A shape that broadcasts with ``shape``; seldom one that does not."""
        if self.chance(0.04):
            return self.shape()
        kept = shape[int(self.rng.integers(len(shape) + 1)) if self.chance(0.3) else 0 :]
        grown = (self.among(1, 2),) if self.chance(0.05) else ()
        return grown + tuple(1 if self.chance(0.2) else n for n in kept)

    def dtype(self) -> str:
        return self.among(*DTYPES)

    def values(self, shape, dtype) -> np.ndarray:
        """Normal numbers, ties, zeros, or infinities, NaN and signed zeros among them."""
        kind = np.dtype(dtype).kind
        if kind == "b":
            return self.rng.random(shape) < 0.5
        if kind in "iu":
            return self.rng.integers(0 if kind == "u" else -3, 4, shape).astype(dtype)
        real = self._reals(shape)
        with np.errstate(all="ignore"):
            return np.asarray(real + 1j * self._reals(shape) if kind == "c" else real).astype(dtype)

    def _reals(self, shape):
        how = self.rng.random()
        if how < 0.55:
            return self.rng.standard_normal(shape)
        if how < 0.8:
            return self.rng.integers(-2, 3, shape).astype(float)
        if how < 0.85:
            return np.zeros(shape)
        return self.rng.choice(EDGES, shape)

    def array(self, shape=None, dtype=None):
        """An array, contiguous or not; seldom a number or nested list in its place."""
        shape = self.shape() if shape is None else tuple(shape)
        dtype = dtype or self.dtype()
        if shape == () and self.chance(0.4):
            return self.number()
        drawn = self.values(shape, dtype)
        how = self.rng.random()
        if how < 0.06 and drawn.size:
            return drawn.tolist()
        if how < 0.12 and drawn.ndim:
            return self.values((*shape[:-1], 2 * shape[-1]), dtype)[..., ::2]
        if how < 0.18:
            return np.ascontiguousarray(drawn.T).T.reshape(shape)
        if how < 0.22 and drawn.ndim:
            return drawn[::-1]
        if how < 0.25 and drawn.ndim == 0:
            return drawn[()]
        return drawn

    def number(self):
        return self.among(*NUMBERS)

    def axis(self, ndim: int):
        """One axis; seldom one that is not there."""
        if ndim == 0 or self.chance(0.05):
            return self.among(0, -1, ndim, -ndim - 1, 1.0)
        return self.integer(-ndim, ndim - 1)

    def axes(self, ndim: int):
        """None, one axis, or several; seldom none at all, or one twice."""
        how = self.rng.random()
        if how < 0.2:
            return None
        if how < 0.65:
            return self.axis(ndim)
        if how < 0.7:
            return self.among((), (0, 0), [0], (0, ndim))
        return tuple(int(i) - ndim * self.chance(0.3) for i in self.permutation(ndim)[: 1 + int(self.rng.integers(3))])

    def permutation(self, n: int) -> list[int]:
        return [int(i) for i in self.rng.permutation(n)]


def shown(args, kwargs) -> str:
    """The arguments of a call as they are written in Python."""
    parts = [written(x) for x in args] + [f"{key}={written(x)}" for key, x in kwargs.items()]
    return f"({', '.join(parts)})"


def written(x) -> str:
    """``x`` in Python, arrays with their dtypes."""
    if callable(x) and not isinstance(x, type):
        return x.__name__
    if isinstance(x, np.ndarray):
        layout = "" if x.flags.c_contiguous else f" of strides {x.strides}"
        shape = f".reshape{x.shape}" if x.size == 0 else ""
        return f"array({x.tolist()}, {x.dtype.name!r}){shape}{layout}"
    if isinstance(x, np.generic):
        return f"{x.dtype.name}({x.item()!r})"
    if isinstance(x, list | tuple):
        inner = ", ".join(map(written, x))
        return f"[{inner}]" if isinstance(x, list) else f"({inner}{',' if len(x) == 1 else ''})"
    return repr(x)
