"""W0: the eager step of `eager_overhead`, value_and_grad of a 2-64-64-1 tanh network at batch 256."""

from __future__ import annotations

import numpy as np

from .eager_overhead import build
from .workload import Case, Contender, Missing, Settings, Workload


def contender(peer: str):
    def built(dtype: str, settings: Settings) -> Contender:
        if settings.gpu:
            raise Missing("this comparison is of NumPy's eager overhead")
        function, params = build(peer, dtype)

        def check():
            value, gradient = function(params)
            norm = sum(float((np.asarray(g, float) ** 2).sum()) for pair in gradient for g in pair) ** 0.5
            return [float(value), norm]

        return Contender(check, lambda: function(params))

    return built


CASES = (Case("float32", "float32", chunk=10), Case("float64", "float64", chunk=10, tolerance=1e-10))

WORKLOAD = Workload(
    "W0",
    "eager overhead",
    CASES,
    {"minigan": contender("minigan"), "autograd": contender("autograd")},
    quick=CASES,
)
