"""What a written line reads: values by the names that they have, numbers and constant arrays by names of their own."""

from __future__ import annotations

import math
import re

import numpy as np

from ..autodiff.program import Variable
from .operands import compared_shape, holds, number_text, operand_dtype
from .operations import kind_of, ufunc_of


class Operands:
    """The part of a `Writer` that spells operands."""

    def _reader(self, equation):
        dtype = operand_dtype(equation)
        typed = ufunc_of(equation) is not None or equation.primitive.name in ("where", "clip")
        plain = kind_of(equation) == "call" and (equation.outputs[0].shape == () or not typed)
        out = equation.outputs[0].shape
        shape = compared_shape(equation, out)

        def read(x):
            spelled = self._read(x, None if plain else dtype, shape)
            single = isinstance(x, Variable) and x.shape and math.prod(x.shape) == 1 < math.prod(out)
            beside = any(tuple(getattr(y, "shape", ())) == out for y in equation.inputs)
            if single and beside and ufunc_of(equation) is not None and spelled in self.static:
                return self._view(f"{spelled}.reshape(())", x.name)  # NumPy is twice as fast beside a number
            return spelled

        return read

    def _read(self, x, dtype, shape=()) -> str:
        if isinstance(x, Variable):
            return self.spelling[x]
        if isinstance(x, bool) or x is None:
            return repr(x)
        if isinstance(x, int | float) and not isinstance(x, np.generic):
            return self._number(x, dtype, shape) if dtype is not None and holds(dtype, x) else number_text(x)
        if type(x) is complex:  # as a number it leaves complex64 what it is
            return number_text(x)
        return self._constant(x)

    def _number(self, x, dtype, shape=()) -> str:
        key = (repr(x), dtype, shape)
        if key not in self.constant_names:
            digits = re.sub(r"\W", "_", repr(x).replace("-", "minus_"))
            name = self._unique(f"n_{digits}")
            with np.errstate(over="ignore"):
                self.constants[name] = np.full(shape, x, dtype)
            self.constant_names[key] = name
        return self.constant_names[key]

    def _constant(self, x) -> str:
        key = ("array", id(x))
        if key not in self.constant_names:
            name = self._unique(f"c{sum(k[0] == 'array' for k in self.constant_names)}")
            self.constants[name] = x
            self.constant_names[key] = name
            self.static.add(name)
        return self.constant_names[key]

    def _unique(self, name) -> str:
        while name in self.used:
            name += "_"
        self.used.add(name)
        return name
