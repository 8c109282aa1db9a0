"""The NumPy/CuPy shim: the one file that knows which array library runs.

Two rules decide everything.

* **Creation follows the switch.** ``mnp.zeros``, ``mnp.asarray`` and random draws ask `active()`, which `use("cupy")`
  or the environment variable ``MINIGAN_BACKEND`` sets.
* **Computation follows its inputs.** An operation on CuPy arrays is CuPy's, whatever the switch says; mixing two
  libraries is a `TypeError` that names both.

NumPy >= 2 and CuPy >= 14 both speak the array-API standard, so a backend delegates by attribute to the library's
own namespace. What differs stands in one visible table, `DIFFERENCES`, and what no library has under one name
is written once in `minigan.special` in the standard's words. The third backend, ``strict``, is for tests:
array-api-strict on its ``device1``, which like CuPy refuses to become a NumPy array behind one's back.
"""

from __future__ import annotations

import contextlib
import functools
import importlib
import os
from contextvars import ContextVar
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np

NAMES = ("numpy", "cupy", "strict")


@dataclass(frozen=True)
class Backend:
    """One array library on one device.

    name         as it was asked for: ``"numpy"``, ``"cupy:1"``
    library      ``"numpy"``, ``"cupy"`` or ``"strict"``
    xp           its namespace
    device       where arrays live
    array_type   the class of its arrays
    """

    name: str
    library: str
    xp: ModuleType
    device: Any
    array_type: type

    def function(self, name: str):
        """The library's function called ``name``: from `DIFFERENCES`, else from `minigan.special`, else ``xp.name``."""
        return _function(self, name)

    def dtype(self, dtype):
        """This library's own dtype object for a name, a NumPy dtype or one of its own; ``None`` stays ``None``."""
        if dtype is None or self.library != "strict":
            return dtype
        return getattr(self.xp, dtype_name(dtype))

    def create(self, name: str, *args, **kwargs):
        """A creation function of the library (``zeros``, ``arange`` ...) on this backend's device."""
        if self.library == "numpy":
            return getattr(np, name)(*args, **kwargs)
        if "dtype" in kwargs:
            kwargs["dtype"] = self.dtype(kwargs["dtype"])
        if self.library == "strict":
            kwargs["device"] = self.device
        with self.placed():
            return getattr(self.xp, name)(*args, **kwargs)

    def asarray(self, x, dtype=None):
        """The only way in: numbers, nested lists, and arrays of this library or (explicitly, here) of NumPy."""
        elsewhere = type(x) is not np.ndarray and is_elsewhere(type(x))
        if elsewhere and not (self.library == "cupy" and hasattr(x, "__cuda_array_interface__")):
            x = from_elsewhere(x)
        if self.library == "strict" and not isinstance(x, self.array_type):
            x = np.asarray(x)
        return self.create("asarray", x, dtype=dtype)

    def to_numpy(self, x):
        """The only way out: a NumPy array with the same values, copied from the device where there is one."""
        if self.library == "cupy":
            return x.get()
        if self.library == "strict":
            return np.asarray(x.to_device(self.xp.Device("CPU_DEVICE")))
        return np.asarray(x)

    def index_add(self, x, index, values):
        """A copy of ``x`` with ``values`` added at ``index``; positions that occur twice are added twice."""
        return self.function("index_add")(x, index, values)

    def synchronize(self) -> None:
        """Wait until the device has finished; nothing to wait for on a CPU."""
        if self.library == "cupy":
            with self.placed():
                self.xp.cuda.get_current_stream().synchronize()

    def errstate(self, **kwargs):
        """NumPy's floating-point warnings as a context; the other libraries raise none."""
        return contextlib.nullcontext() if self.library == "cupy" else np.errstate(**kwargs)

    def placed(self):
        """The context in which new arrays land on this backend's device."""
        return self.device if self.library == "cupy" else contextlib.nullcontext()

    def __repr__(self) -> str:
        return f"Backend({self.name!r})"


@functools.lru_cache(maxsize=None, typed=True)  # typed: a strict dtype warns when compared with NumPy's
def dtype_name(dtype) -> str:
    """``"float64"`` for every library's spelling of it: a name, a scalar type, a dtype, a strict dtype."""
    try:
        return np.dtype(dtype).name
    except TypeError:
        return str(dtype).rpartition(".")[2]


# -- which backend -------------------------------------------------------------------------------------------


@functools.cache
def get(name: str) -> Backend:
    """The backend called ``name``: ``"numpy"``, ``"cupy"``, ``"cupy:1"`` (second device) or ``"strict"``.

    Raises `ValueError` for another name and `RuntimeError` where CuPy is missing or finds no device.

    >>> get("numpy")
    Backend('numpy')
    """
    library, _, which = name.partition(":")
    if library == "numpy" and not which:
        return Backend(name, library, np, "cpu", np.ndarray)
    if library == "cupy" and (not which or which.isdigit()):
        return _cupy(name, int(which or 0))
    if library == "strict":
        try:
            import array_api_strict as xp
        except ImportError as error:
            raise RuntimeError(
                "backend 'strict' needs array-api-strict, a test extra: pip install 'minigan[test]'"
            ) from error
        array_type = type(xp.zeros(()))
        _let_strict_defer(array_type)
        return Backend(name, library, xp, xp.Device(which or "device1"), array_type)
    raise ValueError(f"backend {name!r} is unknown; choose one of {', '.join(map(repr, NAMES))} or 'cupy:N'")


def _cupy(name: str, device: int) -> Backend:
    remedy = 'pip install "cupy-cuda12x[ctk]>=14" (or cupy-cuda13x), or run with --backend numpy'
    try:
        cupy = importlib.import_module("cupy")
    except ImportError as error:
        raise RuntimeError(f"backend 'cupy' was asked for and CuPy is not installed: {remedy}") from error
    if int(cupy.__version__.split(".")[0]) < 14:
        raise RuntimeError(f"backend 'cupy' needs CuPy 14 or newer and found {cupy.__version__}: {remedy}")
    if not cupy.cuda.is_available():
        raise RuntimeError(f"backend 'cupy' was asked for and CuPy {cupy.__version__} finds no CUDA device: {remedy}")
    count = cupy.cuda.runtime.getDeviceCount()
    if device >= count:
        raise RuntimeError(f"backend {name!r} was asked for and this machine has {count} CUDA device(s)")
    return Backend(name, "cupy", cupy, cupy.cuda.Device(device), cupy.ndarray)


_process: str | None = None
_context: ContextVar[str | None] = ContextVar("minigan_backend", default=None)


def active() -> Backend:
    """The backend on which creation functions put their arrays: by `use`, ``MINIGAN_BACKEND``, or NumPy's.

    Raises what `get` raises.

    >>> import minigan as mg
    >>> with mg.use("numpy"):
    ...     active().name, active().xp.arange(4).sum().item()
    ('numpy', 6)
    """
    return get(_context.get() or _process or os.environ.get("MINIGAN_BACKEND") or "numpy")


class use:
    """Switch the process to a backend; as a context manager, only the block.

    A ``with`` block affects the thread (or task) that runs it; a bare call affects the whole process. Raises
    what `get` raises, and then leaves the switch as it was.

    >>> import minigan as mg
    >>> with mg.use("numpy") as backend:
    ...     backend.name
    'numpy'
    """

    def __init__(self, name: str):
        global _process
        if not isinstance(name, str):
            raise TypeError(f"a backend is called by its name, as 'numpy' or 'cupy', and was {name!r}")
        self.backend = get(name)
        self._before, _process = _process, name
        self._tokens: list = []

    def __enter__(self) -> Backend:
        global _process
        if not self._tokens:
            _process = self._before
        self._tokens.append(_context.set(self.backend.name))
        return self.backend

    def __exit__(self, *_) -> None:
        _context.reset(self._tokens.pop())

    def __repr__(self) -> str:
        return f"use({self.backend.name!r})"


@functools.cache
def _library_of_type(kind: type) -> str | None:
    if issubclass(kind, np.ndarray | np.generic):
        return "numpy"
    root = kind.__module__.partition(".")[0]
    if (root, kind.__name__) in (("array_api_strict", "Array"), ("cupy", "ndarray")):
        return "strict" if root == "array_api_strict" else "cupy"
    return None


def backend_of_type(kind: type) -> Backend | None:
    """The backend whose arrays have type ``kind``; ``None`` for anything that is not an array."""
    library = _library_of_type(kind)
    if library is None or library == "numpy":
        return library and get("numpy")
    current = active()
    return current if current.library == library else get(library)


def backend_of(*arrays) -> Backend:
    """The library that ``arrays`` belong to; numbers are ignored, no array at all means the active backend.

    A NumPy scalar is a number beside arrays, and NumPy's when it is alone: its reductions return such scalars.

    >>> backend_of(np.ones(3), 2.0).name
    'numpy'
    """
    found: dict[str, type] = {}
    for array in arrays:
        kind = type(array)
        library = _library_of_type(kind)
        if library is not None and not issubclass(kind, np.generic):
            found[library] = kind
    if len(found) > 1:
        kinds = " and ".join(f"{kind.__module__.partition('.')[0]}.{kind.__name__}" for kind in found.values())
        raise TypeError(
            f"one operation was given arrays of two libraries, {kinds}: nothing is copied between devices by itself; "
            "bring one side over with mg.to_numpy(x) or mnp.asarray(x)"
        )
    if not found:
        return get("numpy") if any(isinstance(array, np.generic) for array in arrays) else active()
    return backend_of_type(*found.values())


def to_numpy(x):
    """``x`` as NumPy arrays, copied from the device if need be; a tree (tuple, list, dict) keeps its structure.

    >>> to_numpy({"weight": np.ones(2)})
    {'weight': array([1., 1.])}
    """
    if isinstance(x, dict):
        return {key: to_numpy(value) for key, value in x.items()}
    if isinstance(x, tuple | list):
        parts = [to_numpy(value) for value in x]
        return type(x)(*parts) if hasattr(x, "_fields") else type(x)(parts)
    if x is None:
        return None
    backend = backend_of_type(type(x))
    if backend:
        return backend.to_numpy(x)
    return from_elsewhere(x) if is_elsewhere(type(x)) else np.asarray(x)


# -- other libraries -----------------------------------------------------------------------------------------

_WAYS = ("__array__", "__array_interface__", "to_numpy", "__dlpack__")  # by which arrays are handed over


@functools.cache
def is_elsewhere(kind: type) -> bool:
    """Whether ``kind`` is a tensor, table or array of a library that is none of ours, of PyTorch, JAX or pandas say."""
    if _library_of_type(kind) is not None or kind.__module__.partition(".")[0] in ("minigan", "builtins"):
        return False
    return any(hasattr(kind, way) for way in _WAYS)


def from_elsewhere(x) -> np.ndarray:
    """The NumPy array of what another library's tensor or table holds, without a copy where it can be shared.

    Raises `TypeError` where it cannot be had, as of a tensor on a GPU or one that is being differentiated, with what
    that library says.
    """
    try:
        if hasattr(x, "to_numpy") and not hasattr(x, "__array__"):
            return np.asarray(x.to_numpy())
        if hasattr(x, "__array__") or hasattr(x, "__array_interface__"):
            return np.asarray(x)
        return np.from_dlpack(x)
    except Exception as error:  # whatever another library raises
        raise TypeError(
            f"{kind_of(x)} cannot be read as a NumPy array ({' '.join(str(error).split())[:200]}): convert it first, as "
            f"x.detach().cpu().numpy() does a tensor of PyTorch and df.to_numpy(dtype=float) a table of pandas"
        ) from error


def kind_of(x) -> str:
    """What another library's ``x`` is, as errors write it: ``"a torch.Tensor of shape (2, 3)"``."""
    kind, shape = type(x), getattr(x, "shape", None)
    named = f"a {kind.__module__.partition('.')[0]}.{kind.__name__}"
    return f"{named} of shape {tuple(shape)}" if isinstance(shape, tuple | list) else named


# -- what differs --------------------------------------------------------------------------------------------


def _add_in_place(scatter, xp):
    """index_add for a mutable library: ``scatter`` where an index array may name a position twice, else ``+=``."""

    def index_add(x, index, values):
        out = xp.array(x)  # a copy
        parts = index if isinstance(index, tuple) else (index,)
        if any(hasattr(part, "dtype") and part.dtype != bool for part in parts):
            scatter(out, index, values)
        else:
            out[index] += values
        return out

    return index_add


def _strict_positions(x, index):
    """The flat positions that ``x[index]`` reads, worked out on the host: array-api-strict indexes too little."""
    parts = index if isinstance(index, tuple) else (index,)
    host = tuple(to_numpy(part) if hasattr(part, "dtype") else part for part in parts)
    return np.arange(int(np.prod(x.shape))).reshape(x.shape)[host]


def _strict_getitem(x, index):
    positions = _strict_positions(x, index)
    backend = get("strict")
    flat = backend.xp.take(backend.xp.reshape(x, (-1,)), backend.asarray(positions.reshape(-1)), axis=0)
    return backend.xp.reshape(flat, positions.shape)


def _strict_index_add(x, index, values):
    """Scatter-add as it is derived on paper: a one-hot matrix times the values, so duplicates add."""
    positions = _strict_positions(x, index)
    backend = get("strict")
    xp = backend.xp
    values = xp.astype(xp.reshape(xp.broadcast_to(values, positions.shape), (-1,)), x.dtype)
    size, places = int(np.prod(x.shape)), positions.reshape(-1)
    if len(np.unique(places)) == len(places):  # a slice, say: every entry takes one value, or the zero at the end
        source = np.full(size, len(places))
        source[places] = np.arange(len(places))
        values = xp.concat([values, xp.zeros(1, dtype=x.dtype, device=values.device)])
        return x + xp.reshape(xp.take(values, backend.asarray(source), axis=0), x.shape)
    one_hot = backend.asarray(np.arange(size)[:, None] == places[None, :])
    return x + xp.reshape(xp.astype(one_hot, x.dtype) @ values, x.shape)


def _strict_where(condition, x, y):
    """where between two Python numbers too, which the standard leaves out."""
    backend = get("strict")
    if not (hasattr(x, "dtype") or hasattr(y, "dtype")):
        x = backend.asarray(x)
    if isinstance(condition, bool):
        condition = backend.asarray(condition)
    return backend.xp.where(condition, x, y)


def _strict_astype(x, dtype):
    """The dtype to add in, which the standard's moments do not take."""
    return x if dtype is None else get("strict").xp.astype(x, dtype)


def _strict_var(x, axis=None, keepdims=False, ddof=0, dtype=None):
    """The standard's variance; in a narrower dtype NumPy rounds the mean, not what deviates from it, and adds up so."""
    xp = get("strict").xp
    if dtype != xp.float32 or x.dtype != xp.float64:
        return xp.var(_strict_astype(x, dtype), axis=axis, keepdims=keepdims, correction=ddof)
    x = x - xp.astype(xp.mean(xp.astype(x, dtype), axis=axis, keepdims=True), x.dtype)
    count = xp.sum(xp.ones_like(x), axis=axis, keepdims=keepdims)
    total = xp.sum(xp.astype(x * x, dtype), axis=axis, keepdims=keepdims)
    return total / xp.astype(xp.clip(count - ddof, 0.0, None), dtype)


def _strict_special(name):
    """SciPy's special function by way of the host, for the test backend alone."""

    def function(*args):
        backend = get("strict")
        host = getattr(importlib.import_module("scipy.special"), name)
        dtype = next(a.dtype for a in reversed(args) if hasattr(a, "dtype"))
        if not backend.xp.isdtype(dtype, ("real floating", "complex floating")):
            dtype = None  # of integers the values are floats
        return backend.asarray(host(*(to_numpy(a) if hasattr(a, "dtype") else a for a in args)), dtype=dtype)

    return function


def _strict_einsum(subscripts, *operands, **optimize):
    return get("strict").asarray(np.einsum(subscripts, *map(to_numpy, operands), **optimize))


def _cupy_bessel(order, x):
    """SciPy's ``ive``, of which CuPy has the orders 0 and 1."""
    backend = get("cupy")
    scaled_bessel = importlib.import_module("minigan.special").scaled_bessel
    return scaled_bessel(backend.xp, x, order, backend.function("i0e"), backend.function("i1e"))


def _of_float64(name, x):
    """SciPy's function, of integers and truth values in float64: of small ones SciPy's own answer is in float32."""
    host = getattr(importlib.import_module("scipy.special"), name)
    return host(np.asarray(x, dtype=np.float64)) if getattr(x, "dtype", np.dtype(float)).kind in "iub" else host(x)


def _real_lambertw(module):
    """The principal branch on the reals, in the dtype of its argument: the libraries answer in complex128."""

    def lambertw(x):
        out = importlib.import_module(module).lambertw(x).real
        return out.astype(x.dtype) if getattr(x, "dtype", None) == "float32" else out

    return lambertw


# ``"module:name"`` is imported on first use; anything else is the function itself. ``correction``
# is the standard's name of NumPy's ``ddof``.
_OF_SCIPY = ("erfc", "erfinv", "ndtr", "log_ndtr", "gamma", "betaln", "i1", "i0e", "i1e")

DIFFERENCES: dict[str, dict[str, Any]] = {
    "numpy": {
        **{name: f"scipy.special:{name}" for name in (*_OF_SCIPY, "iv", "ive")},
        "erf": "scipy.special:erf",
        "gammaln": "scipy.special:gammaln",
        "digamma": "scipy.special:digamma",
        "polygamma": "scipy.special:polygamma",
        "wrightomega": lambda x: _of_float64("wrightomega", x),
        "lambertw": _real_lambertw("scipy.special"),
        "getitem": lambda x, index: x[index],
        "index_add": _add_in_place(np.add.at, np),
        "norm": "numpy.linalg:norm",
        **{name: f"minigan.long_arrays:{name}" for name in ("where", "log1p", "expm1", "logaddexp", "logaddexp2")},
    },
    "cupy": {
        **{name: f"cupyx.scipy.special:{name}" for name in (*_OF_SCIPY, "i0")},
        "iv": lambda order, x: DIFFERENCES["cupy"]["ive"](order, x) * get("cupy").xp.exp(get("cupy").xp.abs(x)),
        "ive": _cupy_bessel,
        "erf": "cupyx.scipy.special:erf",
        "gammaln": "cupyx.scipy.special:gammaln",
        "digamma": "cupyx.scipy.special:digamma",
        "polygamma": "cupyx.scipy.special:polygamma",
        "lambertw": _real_lambertw("cupyx.scipy.special"),
        "getitem": lambda x, index: x[index],
        "index_add": lambda x, index, values: _add_in_place(get("cupy").xp.add.at, get("cupy").xp)(x, index, values),
        "norm": "cupy.linalg:norm",
    },
    "strict": {
        **{name: _strict_special(name) for name in (*_OF_SCIPY, "i0", "iv", "ive")},
        **{name: _strict_special(name) for name in ("erf", "gammaln", "digamma", "polygamma")},
        "lambertw": lambda x: get("strict").asarray(DIFFERENCES["numpy"]["lambertw"](to_numpy(x))),
        "getitem": _strict_getitem,
        "where": _strict_where,
        "index_add": _strict_index_add,
        "einsum": _strict_einsum,
        "trace": lambda x: get("strict").xp.linalg.trace(x),
        "norm": lambda x, axis=None, keepdims=False: get("strict").xp.linalg.vector_norm(
            x, axis=axis, keepdims=keepdims
        ),
        "mean": lambda x, dtype=None, **kw: get("strict").xp.mean(_strict_astype(x, dtype), **kw),
        "var": _strict_var,
        "std": lambda x, **kw: get("strict").xp.sqrt(_strict_var(x, **kw)),
    },
}


@functools.cache
def _let_strict_defer(array_type) -> None:
    """Let ``strict_array + traced`` reach ``traced.__radd__``, as NumPy's and CuPy's arrays do.

    array-api-strict raises on any operand it does not know, instead of returning NotImplemented.
    """

    def deferring(operator):
        def operate(self, other):
            priority = getattr(type(other), "__array_priority__", 0)  # NumPy's own is a descriptor
            if isinstance(priority, float) and priority > 0:
                return NotImplemented
            return operator(self, other)

        return operate

    assign = array_type.__setitem__

    def assigning(self, index, value):
        assign(self, index, value.__array__() if hasattr(value, "owner") else value)  # a traced one refuses

    array_type.__setitem__ = assigning
    for name in [
        "add",
        "sub",
        "mul",
        "truediv",
        "floordiv",
        "mod",
        "pow",
        "matmul",
        "eq",
        "ne",
        "lt",
        "le",
        "gt",
        "ge",
        "and",
        "or",
        "xor",
    ]:
        setattr(array_type, f"__{name}__", deferring(getattr(array_type, f"__{name}__")))


@functools.cache
def _function(backend: Backend, name: str):
    found = DIFFERENCES[backend.library].get(name)
    if isinstance(found, str):
        module, _, attribute = found.partition(":")
        return getattr(importlib.import_module(module), attribute)
    if found is not None:
        return found
    special = importlib.import_module("minigan.special")
    if name in special.GENERIC:
        return functools.partial(getattr(special, name), backend.xp)
    target = backend.xp
    for part in name.split("."):
        target = getattr(target, part, None)
        if target is None:
            raise NotImplementedError(
                f"backend {backend.name!r} has no function {name!r}; add it to backend.DIFFERENCES"
            )
    return target
