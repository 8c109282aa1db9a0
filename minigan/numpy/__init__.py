"""The differentiable namespace: ``import minigan.numpy as mnp`` mirrors NumPy 2's main namespace.

On plain arrays it behaves as NumPy itself (or CuPy, for CuPy's arrays); on traced arrays every function has a
derivative to every order. What is not in the explicit list of primitives still works on plain arrays, and says so when
it meets a traced one. Files: `elementwise`, `special`, `reductions`, `shape`, `indexing`, `sorting`, `products`,
`contractions`, `linalg`, `rearranging`, `statistics`, `signals`, `creation`, and for images, which NumPy has not,
`convolution`, `pooling`, `resampling`; `plain` sends plain arrays to NumPy; `conventions` says what is done at kinks and
edges, `batching` how each runs under `minigan.vectorize`.
"""

import numpy as _np

from ..autodiff.primitive import Primitive as _Primitive
from ..backend import active as _active
from . import (
    applying,
    bessel,
    contractions,
    convolution,
    counting,
    creation,
    elementwise,
    entropy,
    fft,
    indexing,
    linalg,
    normal,
    padding,
    parts,
    polynomials,
    pooling,
    products,
    rearranging,
    reductions,
    resampling,
    shape,
    signals,
    sorting,
    special,
    statistics,
)
from .arguments import let_primitive_take as _let_take
from .index_objects import c_, r_  # noqa: F401, names of the namespace
from .methods import install as _install
from .plain import mirror as _mirror

e, pi, inf, nan, euler_gamma, newaxis = _np.e, _np.pi, _np.inf, _np.nan, _np.euler_gamma, None
float16, float32, float64, complex64, complex128 = (
    _np.float16,
    _np.float32,
    _np.float64,
    _np.complex64,
    _np.complex128,
)
int8, int16, int32, int64 = _np.int8, _np.int16, _np.int32, _np.int64
uint8, uint16, uint32, uint64 = _np.uint8, _np.uint16, _np.uint32, _np.uint64
bool_, dtype, finfo, iinfo, ndarray = _np.bool_, _np.dtype, _np.finfo, _np.iinfo, _np.ndarray
intp, generic, floating, integer, number = _np.intp, _np.generic, _np.floating, _np.integer, _np.number
single, double, result_type, promote_types, errstate = (
    _np.single, _np.double, _np.result_type, _np.promote_types, _np.errstate,
)  # fmt: skip

_FUNCTIONS, EXPORTED_BY = {}, {}  # every function, and the file that it stands in
_MODULES = (elementwise, special, normal, entropy, bessel, reductions, shape, indexing, sorting, products, contractions,
            rearranging, creation, statistics, signals, padding, parts, applying, counting, polynomials)  # fmt: skip
for _module in (*_MODULES, convolution, pooling, resampling):
    EXPORTED_BY.update(dict.fromkeys(_module.EXPORTS, _module.__name__.rpartition(".")[2]))
    for _name, _function in _module.EXPORTS.items():
        if isinstance(_function, _Primitive):  # it calls the library by itself
            _let_take(_function, _name, getattr(_np, _name, None))
            _FUNCTIONS[_name] = _function
        else:
            _FUNCTIONS[_name] = _mirror(_name, _function, _name in creation.CREATES)
globals().update(_FUNCTIONS)
bool = _np.bool

_LINALG = {
    _name: _function if isinstance(_function, _Primitive) else _mirror(f"linalg.{_name}", _function)
    for _name, _function in linalg.EXPORTS.items()
}
for _name, _function in _LINALG.items():
    if isinstance(_function, _Primitive):
        _let_take(_function, f"linalg.{_name}", getattr(_np.linalg, _name))
vars(linalg).update(_LINALG)
_FFT = {_name: _mirror(f"fft.{_name}", _function) for _name, _function in fft.EXPORTS.items()}
vars(fft).update(_FFT)
_install(
    {
        **_FUNCTIONS,
        **{f"linalg.{name}": value for name, value in _LINALG.items()},
        **{f"fft.{name}": value for name, value in _FFT.items()},
    }
)
from . import batching as _batching  # noqa: E402, F401  (every primitive is there now)

__all__ = sorted(_FUNCTIONS)

__array_api_version__ = _np.__array_api_version__


def __array_namespace_info__():
    """What the array-API standard asks of a namespace about itself: the active backend's dtypes and devices."""
    return _active().xp.__array_namespace_info__()


def __getattr__(name):
    """A name of NumPy's that is no primitive here: a plain function of the arrays' own library, without derivative."""
    if name.startswith("_") or not hasattr(_np, name):
        raise AttributeError(f"minigan.numpy has no attribute {name!r}, and neither has NumPy")
    found = getattr(_np, name)
    if not callable(found) or isinstance(found, type):
        return found
    from .plain import plain_function

    return plain_function(name)


def __dir__():
    return sorted({*globals(), *_FUNCTIONS})
