"""Random straight-line programs over the differentiable namespace, to hold transformations of programs against."""

from __future__ import annotations

import math
from dataclasses import dataclass

from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp

ROWS, COLUMNS = 4, 3
SHAPES = ((ROWS, COLUMNS), (COLUMNS,), (ROWS, 1), (), (COLUMNS, ROWS), (ROWS, COLUMNS))

# bounded in, bounded out, so that rounding stays rounding however long the program is
UNARY = {
    "tanh": mnp.tanh,
    "sigmoid": mnp.sigmoid,
    "softplus": lambda x: mnp.softplus(x) - 1.0,
    "exp": lambda x: mnp.exp(-mnp.square(x)),
    "log1p": lambda x: mnp.log1p(mnp.abs(x)),
    "sqrt": lambda x: mnp.sqrt(1.0 + x * x),
    "negative": lambda x: -x,
    "halved": lambda x: 0.5 * x,
    "scaled twice": lambda x: (x * 0.25) * 2.0,
    "divided": lambda x: x / 3.0,
    "power": lambda x: mnp.tanh(x) ** 2,
    "cube": lambda x: mnp.tanh(x) ** 3,
    "sine": mnp.sin,
    "clip": lambda x: mnp.clip(x, -0.7, 0.9),
    "relu": lambda x: mnp.maximum(x, 0.0),
    "leaky": lambda x: mnp.where(x > 0.1, x, 0.2 * x),
    "unit": lambda x: 1.0 * x + 0.0,
    "log_sigmoid": lambda x: mnp.tanh(mnp.log_sigmoid(x)),
    "arctan": mnp.arctan,
}
BINARY = {
    "add": lambda x, y: 0.5 * (x + y),
    "subtract": lambda x, y: 0.5 * (x - y),
    "minus negative": lambda x, y: 0.5 * (x - (-y)),
    "multiply": lambda x, y: mnp.tanh(x) * mnp.tanh(y),
    "divide": lambda x, y: x / (1.5 + mnp.square(y)),
    "maximum": mnp.maximum,
    "where": lambda x, y: mnp.where(x < y, x, y),
    "logaddexp": lambda x, y: mnp.tanh(mnp.logaddexp(x, y)),
    "above": lambda x, y: mnp.concatenate([mnp.tanh(x), mnp.sin(y)], axis=0) if _stacks(x, y) else x,
    "end to end": lambda x, y: mnp.concatenate([mnp.reshape(z, (-1,)) for z in (x, y)], axis=0) if _few(x, y) else y,
}
SHAPED = {
    "transpose": lambda x: x.T if len(x.shape) == 2 else x,
    "flat": lambda x: mnp.reshape(mnp.reshape(x, (-1,)), x.shape),
    "first": lambda x: x[:1, ...] if len(x.shape) else x,
    "reversed": lambda x: mnp.flip(x, 0) if len(x.shape) else x,
    "column": lambda x: x[:, 0] if len(x.shape) == 2 else x,
    "total": mnp.sum,
    "mean": mnp.mean,
    "sum of rows": lambda x: mnp.sum(x, axis=0) if len(x.shape) == 2 else x,
    "mean of columns": lambda x: mnp.mean(x, axis=-1, keepdims=True) if len(x.shape) else x,
    "variance": lambda x: mnp.var(x, axis=0) if len(x.shape) == 2 else x,
    "largest": lambda x: mnp.max(x, axis=-1) if len(x.shape) else x,
    "doubled": lambda x: mnp.concatenate([x, x], axis=0) if len(x.shape) > 0 and x.shape[0] < 9 else x,
    "softmax": lambda x: mnp.softmax(x, axis=-1) if len(x.shape) else x,
    "logsumexp": lambda x: mnp.logsumexp(x, axis=-1) if len(x.shape) else x,
    "product": lambda x: mnp.tanh(mnp.dot(x, x.T)) if len(x.shape) == 2 else x,
    "beside its first row": lambda x: x * mnp.tanh(x[:1, ...]) if len(x.shape) else x,
    "beside its total": lambda x: mnp.concatenate([x, mnp.reshape(mnp.mean(x), (1,))], axis=0) if _few(x) == 1 else x,
    "against a constant": lambda x: x * mnp.reshape(mnp.linspace(-1.0, 1.0, _size(x), dtype=x.dtype), x.shape),
    "against a constant row": lambda x: x - mnp.linspace(-0.5, 0.5, x.shape[-1], dtype=x.dtype) if len(x.shape) else x,
    "picked": lambda x: mnp.take(x, mnp.asarray([0, 0]), axis=0) if len(x.shape) else x,
}


def _size(x) -> int:
    return math.prod(x.shape)


def _few(*arrays) -> int:
    """The number of axes of the first array, if there is one, and all together have few elements; else 0."""
    return len(arrays[0].shape) if sum(map(_size, arrays)) < 40 and all(x.shape for x in arrays) else 0


def _stacks(x, y) -> bool:
    return bool(_few(x, y)) and len(x.shape) == len(y.shape) and x.shape[1:] == y.shape[1:]


@dataclass(frozen=True)
class DrawnProgram:
    """A list of ``(operation, operands)``; call it with a list of arrays, one for every entry of `SHAPES`."""

    steps: tuple[tuple[str, int, int], ...]
    results: tuple[int, ...]
    derivative: str  # "none", "gradient", "hvp" or "update"

    def __call__(self, inputs):
        if self.derivative == "none":
            return self.forward(inputs)
        if self.derivative == "gradient":
            return mg.value_and_grad(self.loss)(inputs)
        if self.derivative == "hvp":
            return mg.hvp(self.loss)(inputs, [0.1 * x for x in inputs])
        moved, memory = [], []
        for x, g in zip(inputs, mg.grad(self.loss)(inputs)):  # a small optimiser over all arrays
            m = 0.9 * x + 0.1 * g
            memory.append(m)
            moved.append(x - 0.01 * m / (1.0 + mnp.abs(m)))
        return moved, {"memory": memory}

    def forward(self, inputs):
        values = list(inputs)
        for name, i, j in self.steps:
            x, y = values[i % len(values)], values[j % len(values)]
            if name in UNARY:
                values.append(UNARY[name](x))
            elif name in SHAPED:
                values.append(SHAPED[name](x))
            else:
                values.append(BINARY[name](x, y if _broadcast(x.shape, y.shape) else x))
        return [values[-1 - k % len(values)] for k in self.results]

    def loss(self, inputs):
        total = 0.0
        for value in self.forward(inputs):
            total = total + mnp.mean(mnp.tanh(value))
        return total

    def __repr__(self):
        return f"DrawnProgram({self.steps!r}, {self.results!r}, {self.derivative!r})"


def _broadcast(left, right) -> bool:
    return all(a == b or 1 in (a, b) for a, b in zip(left[::-1], right[::-1]))


@st.composite
def programs(draw, most: int = 12):
    """A `DrawnProgram` of up to so many operations, some with a derivative taken inside."""
    step = st.tuples(st.sampled_from([*UNARY, *BINARY, *SHAPED]), st.integers(0, 40), st.integers(0, 40))
    steps = draw(st.lists(step, min_size=1, max_size=most))
    results = draw(st.lists(st.integers(0, 4), min_size=1, max_size=3))
    derivative = draw(st.sampled_from(["none", "none", "gradient", "hvp", "update"]))
    return DrawnProgram(tuple(steps), tuple(results), derivative)
