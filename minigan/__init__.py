"""minigan: generative adversarial networks whose every checkable statement runs.

``import minigan as mg`` gives the transformations (`grad`, `vjp`, `jvp`, `jacobian`, `hessian`, `hvp`,
`vectorize`, `trace`, `compile` ...) and the backend switch (`use`, `to_numpy`); ``import minigan.numpy as mnp`` the
differentiable namespace. The rooms above are imported when first used: `nn`, `optim`, `random`, `data`, `gan`, `metrics`,
`claims`, `plots`.
"""

import importlib as _importlib

from .blas import choose_kernels as _choose_kernels

_choose_kernels()  # before anything below loads NumPy

from .autodiff import (  # noqa: E402
    PRIMITIVES,
    Primitive,
    Program,
    check_grads,
    custom_vjp,
    grad,
    hessian,
    hvp,
    jacobian,
    jvp,
    stop_gradient,
    trace,
    tree_leaves,
    tree_map,
    value_and_grad,
    vectorize,
    vjp,
)
from .backend import active, to_numpy, use  # noqa: E402
from .version import __version__  # noqa: E402

__all__ = [
    "PRIMITIVES",
    "Primitive",
    "Program",
    "__version__",
    "active",
    "check_grads",
    "compile",
    "custom_vjp",
    "grad",
    "hessian",
    "hvp",
    "jacobian",
    "jvp",
    "stop_gradient",
    "to_numpy",
    "trace",
    "tree_leaves",
    "tree_map",
    "use",
    "value_and_grad",
    "vectorize",
    "vjp",
]

_ROOMS = (
    "backend",
    "claims",
    "compiler",
    "data",
    "densities",
    "discrete",
    "dynamics",
    "gan",
    "metrics",
    "models",
    "nn",
    "optim",
    "plots",
    "random",
    "runs",
    "testing",
    "training",
)

from . import numpy as numpy  # noqa: E402  (tracers get their operators here)


def compile(f=None, *, donate=(), threads=None):
    """``f`` as straight-line array code, recorded at the first call: see `minigan.compiler.compile`.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> double = mg.compile(lambda x: x + x)
    >>> double(mnp.array([1.0, 2.0]))
    array([2., 4.])
    """
    from .compiler import compile as of_compiler  # the room is opened when it is first used

    return of_compiler(f, donate=donate, threads=threads)


def __getattr__(name):
    if name in _ROOMS:
        return _importlib.import_module(f"{__name__}.{name}")
    raise AttributeError(f"minigan has no attribute {name!r}")


def __dir__():
    return sorted({*__all__, *_ROOMS, "numpy"})
