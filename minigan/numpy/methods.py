"""A tracer's operators, methods and answers to NumPy's dispatch protocols, all of them ends in our own rules.

``array + traced`` meets three libraries' manners. NumPy's operator calls ``np.add``, which asks the tracer's
type for ``__array_ufunc__``; CuPy's does the same through ``numpy.add`` after its own ``__array_ufunc__`` has
declined; the array-API stand-in returns ``NotImplemented``, and Python calls ``__radd__``.
"""

from __future__ import annotations

from ..autodiff.primitive import PRIMITIVES
from ..autodiff.tracer import Tracer
from . import elementwise, indexing, shape
from .arguments import allowed, refuse
from .plain import no_rule, plain_function
from .without_rules import DERIVATIVE_ZERO, refusal

_BINARY = {
    "add": "add",
    "sub": "subtract",
    "mul": "multiply",
    "truediv": "divide",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "pow": "pow_operator",
    "matmul": "matmul",
    "and": "bitwise_and",
    "or": "bitwise_or",
    "xor": "bitwise_xor",
}
_COMPARE = {
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less",
    "le": "less_equal",
    "gt": "greater",
    "ge": "greater_equal",
}
_UNARY = {"neg": "negative", "pos": "positive", "abs": "abs", "invert": "bitwise_invert"}


_METHODS = """
    sum mean var std prod max min cumsum cumprod argmax argmin any all ravel squeeze swapaxes repeat argsort
    take diagonal trace conj conjugate round dot
"""


def install(namespace: dict) -> None:
    """Give `Tracer` NumPy's surface; ``namespace`` maps NumPy's function names to ours."""
    for operator, name in _BINARY.items():
        primitive = PRIMITIVES[name]
        setattr(Tracer, f"__{operator}__", lambda self, other, p=primitive: p(self, other))
        setattr(Tracer, f"__r{operator}__", lambda self, other, p=primitive: p(other, self))
    Tracer.__divmod__ = lambda self, other: namespace["divmod"](self, other)
    Tracer.__rdivmod__ = lambda self, other: namespace["divmod"](other, self)
    for operator, name in _COMPARE.items():
        setattr(Tracer, f"__{operator}__", lambda self, other, p=PRIMITIVES[name]: p(self, other))
    for operator, name in _UNARY.items():
        setattr(Tracer, f"__{operator}__", lambda self, p=PRIMITIVES[name]: p(self))
    Tracer.__getitem__ = indexing.getitem
    Tracer.__iter__ = lambda self: iter([self[i, ...] for i in range(len(self))])
    Tracer.T = property(shape.transpose)
    Tracer.mT = property(shape.matrix_transpose)
    Tracer.real = property(elementwise.real)
    Tracer.imag = property(elementwise.imag)
    Tracer.reshape = _reshape
    Tracer.transpose = _transpose
    Tracer.astype = _astype
    Tracer.clip = _clip
    Tracer.copy = lambda self, order="C": self
    Tracer.flatten = _method(namespace["ravel"])
    for name in _METHODS.split():
        setattr(Tracer, name, _method(namespace[name]))
    Tracer.sort = _refuse_sort
    Tracer.__array_ufunc__ = _array_ufunc(namespace)
    Tracer.__array_function__ = _array_function(namespace)
    Tracer.__cupy_override_elementwise_kernel__ = _cupy_kernel(namespace)


def _method(function):
    """A function as a method; a primitive is an object, which Python would not bind to the array."""
    return lambda self, *args, **kwargs: function(self, *args, **kwargs)


def _reshape(self, *new_shape, order="C", copy=None):
    return shape.reshape(self, new_shape[0] if len(new_shape) == 1 else new_shape, order)


def _transpose(self, *axes):
    if not axes or axes == (None,):
        return shape.transpose(self)
    return shape.transpose(self, axes[0] if isinstance(axes[0], tuple | list) else axes)


def _astype(self, dtype, order="K", casting="unsafe", subok=True, copy=True):
    if casting != "unsafe":
        allowed(self, dtype, casting)
    return elementwise.astype(self, dtype)


def _clip(self, min=None, max=None, out=None):
    if out is not None:
        refuse("clip", "out")
    return elementwise.clip_between(self, min, max)


def _refuse_sort(self, *_, **__):
    raise TypeError("x.sort() sorts in place, and traced arrays are immutable: write mnp.sort(x)")


_RENAMED = {"absolute": "abs", "true_divide": "divide", "conjugate": "conj"}
_REDUCED = {"add": "sum", "multiply": "prod", "maximum": "max", "minimum": "min", "logaddexp": "logsumexp"}


def _array_ufunc(namespace):
    def __array_ufunc__(self, ufunc, method, *inputs, **kwargs):
        name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
        if any(part is not None for part in kwargs.pop("out", ())):
            raise TypeError(
                f"np.{ufunc.__name__} was asked to write a traced value into an existing array (out=, "
                "or += on a plain array), which would lose its derivative: write y = x + traced instead"
            )
        if method == "reduce" and ufunc.__name__ in _REDUCED:
            kwargs.setdefault("axis", 0)
            kwargs = {key: value for key, value in kwargs.items() if value is not None or key == "axis"}
            return namespace[_REDUCED[ufunc.__name__]](*inputs, **kwargs)
        if method == "__call__" and name == "matmul" and not kwargs:  # what array @ traced is, without its look for axes=
            return PRIMITIVES["matmul"](*inputs)
        if method == "__call__" and name not in namespace:
            if name not in DERIVATIVE_ZERO:
                raise TypeError(refusal(name))
            return plain_function(name)(*inputs, **kwargs)
        if method != "__call__":
            raise TypeError(no_rule(f"np.{ufunc.__name__}.{method}"))
        return namespace[name](*inputs, **kwargs)

    return __array_ufunc__


def _array_function(namespace):
    def __array_function__(self, function, types, args, kwargs):
        prefix = {"numpy.linalg": "linalg.", "numpy.fft": "fft."}.get(function.__module__, "")
        name = prefix + function.__name__
        ours = namespace.get(name) or namespace.get(name.replace("amax", "max").replace("amin", "min"))
        if ours is None and name in DERIVATIVE_ZERO:
            ours = plain_function(name)
        if ours is None:
            raise TypeError(refusal(name))
        kwargs = {key: value for key, value in kwargs.items() if type(value).__name__ != "_NoValueType"}
        return ours(*args, **kwargs)

    return __array_function__


def _cupy_kernel(namespace):
    def __cupy_override_elementwise_kernel__(self, kernel, *args, **kwargs):
        name = getattr(kernel, "name", "").removeprefix("cupy_")
        name = _RENAMED.get(name, name)
        if name not in namespace:
            raise TypeError(no_rule(f"cupy.{name}"))
        return namespace[name](*args, **kwargs)

    return __cupy_override_elementwise_kernel__
