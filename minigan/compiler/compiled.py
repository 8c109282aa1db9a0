"""`compile`: a function that records itself once a signature and then runs as straight-line array code."""

from __future__ import annotations

import functools
import os
import sys
import threading
import types
import warnings
import weakref
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

import numpy as np

from ..autodiff.program import Program
from ..autodiff.tracer import Tracer
from ..autodiff.trees import Structure, flatten, unflatten
from ..backend import Backend, active, backend_of, backend_of_type, dtype_name, is_elsewhere, kind_of
from ..validation import is_count, told
from .biases import with_biases
from .blocks import in_blocks
from .dispatch import fast_call, told_apart
from .donation import given_up, homes
from .graphs import Graphed
from .passes import for_numpy, optimise
from .printing import printed
from .recording import input_names, record
from .replaying import replayed
from .threads import threads_of
from .writing import Module, Writer

MANY = 8  # versions of one function before a warning


@dataclass(frozen=True, eq=False)
class Version:
    """One signature of a compiled function: its optimised program, and how it runs."""

    program: Program
    backend: Backend
    structure: Structure
    specs: tuple  # for every leaf: (shape, dtype) if traced, else the value that it must equal
    traced: tuple[int, ...]
    donated: int  # how many inputs of the program, of a shape other than (), live in kept memory
    run: Any
    module: Module | None
    items: list = field(default_factory=list)


class Compiled:
    """What `compile` returns: call it as the function itself; it keeps a `Version` for every signature.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> double = mg.compile(lambda x: x + x)
    >>> float(mnp.sum(double(mnp.ones(3)))), float(mnp.sum(double(mnp.ones(4)))), len(double.versions)
    (6.0, 8.0, 2)
    """

    def __init__(self, f, donate=(), threads=None):
        self.__name__ = getattr(getattr(f, "func", f), "__name__", type(f).__name__)  # a partial's is its function's
        functools.update_wrapper(self, f, assigned=("__name__", "__qualname__", "__module__", "__doc__"), updated=())
        self.f = f
        donated = tuple(donate) if isinstance(donate, tuple | list | set | range) else (donate,)
        if not all(is_count(i, 0) for i in donated):
            raise TypeError(f"donate names positions of arguments, such as 0 or (0, 2), and was {donate!r}")
        self.donate = tuple(map(int, donated))
        self.threads = threads_of(threads)
        self._start()
        _ALL.add(self)

    def _start(self):
        """No version yet, and nobody inside."""
        self.versions: dict = {}
        self._calls: dict[Version, Any] = {}
        self._fast: list[tuple] = []  # (version, call), tried one after the other; the latest first
        self._latest: Version | None = None
        self._lock = threading.RLock()

    def __call__(self, *args, **kwargs):
        with self._lock:
            for version, call in self._fast:
                found = call(args, kwargs)
                if found is not None:
                    self._latest = version
                    return found[0]
            return self._first_call(args, kwargs)

    def __get__(self, instance, owner=None):
        """A method of the class that the function is defined in; the instance is part of the version."""
        return self if instance is None else types.MethodType(self, instance)

    def __reduce__(self):
        """Copies and pickles refer to it by name, as a function's do, or else to its function, and start anew."""
        try:
            named = attrgetter(self.__qualname__)(sys.modules[self.__module__])
        except (AttributeError, KeyError):
            named = None
        return self.__qualname__ if named is self else (Compiled, (self.f, self.donate, self.threads))

    @property
    def program(self) -> str:
        """The latest version's operations, one a line, with shapes, dtypes and the names of their buffers."""
        return printed(self._version("program"))

    @property
    def source(self) -> str:
        """The latest version as a Python module over NumPy alone: its function takes and returns flat leaves.

        Arguments named in ``donate`` come first, as one tuple called ``given``.
        """
        version = self._version("source")
        if version.module is None:
            raise ValueError(
                f"{self.__name__} was compiled for the backend {version.backend.name!r}, whose programs are replayed: "
                "call it with NumPy arrays to have a source over NumPy"
            )
        return version.module.source

    def _version(self, what) -> Version:
        if self._latest is None:
            raise ValueError(
                f"{self.__name__} has no {what} yet: shapes and dtypes are those of a call, so call it once first"
            )
        return self._latest

    # -- the slow way, once a signature ------------------------------------------------------------------------

    def _first_call(self, args, kwargs):
        leaves, structure = flatten((args, kwargs))
        if any(type(leaf) is Tracer for leaf in leaves):
            return self.f(*args, **kwargs)  # inside another transformation: part of its run
        leaves, traced = _dynamic(leaves)
        backend = backend_of(*(leaves[i] for i in traced)) if traced else active()
        specs = tuple(_spec(leaf, i in traced) for i, leaf in enumerate(leaves))
        key = (structure, tuple(traced), _hashable(specs, self.__name__), backend.name)
        version = self.versions.get(key)
        if version is None:
            version = self._compiled(structure, leaves, traced, specs, backend)
            if version is None:
                return self.f(*args, **kwargs)
            self.versions[key], self._calls[version] = version, fast_call(version)
            if len(self.versions) == MANY + 1:
                warnings.warn(
                    f"{self.__name__} has been compiled for {MANY + 1} signatures, the last with "
                    f"{_shapes(specs, traced)}: a new shape, dtype, tree structure or Python value compiles again. "
                    "Keep batches of one shape, and pass what changes from call to call as an array",
                    stacklevel=3,
                )
        entry = version, self._calls[version]
        self._fast = [entry, *(other for other in self._fast if other != entry)][:MANY]
        self._latest = version
        return entry[1](*unflatten(structure, leaves))[0]

    def _compiled(self, structure, leaves, traced, specs, backend):
        names = input_names(self.f, structure, traced)
        recorded = record(self.f, structure, leaves, traced, names)
        if _reads_a_tracer(recorded):
            return None  # a closure over a traced value: part of the transformation that traces it
        donated = given_up(recorded, structure, traced, self.donate, scalars=backend.library != "numpy")
        program = optimise(recorded, donated)
        home = homes(program, donated)
        if backend.library != "numpy":
            run = Graphed(program, backend, home, self.__name__) if backend.library == "cupy" else replayed(program)
            return Version(program, backend, structure, specs, tuple(traced), 0, run, None)
        items = with_biases(in_blocks(for_numpy(program)), program.outputs)
        writer = Writer(program, items, _identifier(self.__name__), home, self.threads)
        module = writer.module()
        return Version(
            program, backend, structure, specs, tuple(traced), len(writer.kept), module.load(), module, writer
        )


def compile(f=None, *, donate=(), threads=None):
    """``f`` as straight-line array code: recorded at the first call, optimised, written out, and run from then on.

    ``f`` is a pure function of trees of arrays, derivatives and optimiser updates included; the compiled function
    takes and returns the same trees with the same values up to rounding. One version is kept for every tree
    structure, shape and dtype of the arguments; Python floats are traced like arrays of shape (), all other values
    (integers, strings, ``None``, functions) are part of the version. Randomness enters through arguments; on NumPy,
    results share no memory with them. Arrays that ``f`` reads from around it are copied when it is recorded. Called under
    another transformation, the function itself runs, so compiled functions can be differentiated and compiled again.

    ``donate`` names positional arguments, such as a training state, that the caller gives up: the result is written in
    their place, and the arrays passed in may change; states that are held at the same time each keep a place of their
    own. Several donating functions take one state in turns without a copy. It is copied where it, or a leaf of it, comes
    from elsewhere, and where a function wants arrays end to end that another has kept otherwise: once, if the other finds
    its own there, else at every turn.

    ``threads`` share out what takes about half a millisecond and more: loops over large arrays by rows, whose results are
    the same to the bit whatever the number, products by rows or columns and convolutions by samples, whose results may
    differ by rounding; BLAS has one thread meanwhile. ``None`` is what ``MINIGAN_THREADS`` says, or one. CuPy ignores it.

    On CuPy, elementwise chains become kernels, and from the second call on the whole is one CUDA graph; where CuPy refuses
    to record an operation, a `RuntimeWarning` says so and operations run one by one. A donated state is then not copied.

    ``.program`` prints the operations of the latest call's version with their buffers, ``.source`` is that version as a
    module over NumPy alone, and minigan's threads where they are used. Raises `TypeError` for a branch on a traced value
    and for a traced mask as an index, naming the line, and warns past eight versions. Source: the idea of tracing to
    straight-line code is Griewank & Walther (2008), chapter 6.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> step = mg.compile(lambda w, x: w - 0.1 * mg.grad(lambda w: mnp.sum((w * x - 1.0) ** 2))(w))
    >>> step(mnp.array([1.0, 2.0]), mnp.array([3.0, 1.0]))
    array([-0.2,  1.8])
    >>> len(step.versions)
    1
    """
    if f is None:
        return functools.partial(compile, donate=donate, threads=threads)
    if not callable(f):
        raise TypeError(f"mg.compile takes a function of arrays, and was given {f!r}")
    return Compiled(f, donate, threads)


_ALL: weakref.WeakSet[Compiled] = weakref.WeakSet()


def _forked() -> None:
    """In a forked child: what another thread was inside of starts anew.

    That thread is not there to let go of the lock, and the buffers of its call are half written.
    """
    for compiled in list(_ALL):
        if compiled._lock.acquire(blocking=False):  # free, or this thread's own
            compiled._lock.release()
        else:
            compiled._start()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forked)


def _reads_a_tracer(program: Program) -> bool:
    operands = [*program.outputs, *(x for equation in program.equations for x in equation.inputs)]
    return any(type(x) is Tracer for x in operands)


def _dynamic(leaves):
    """The leaves with Python floats made arrays, and the positions of those that are traced."""
    arrays = [leaf for leaf in leaves if backend_of_type(type(leaf)) is not None]
    floats = {dtype_name(a.dtype) for a in arrays if dtype_name(a.dtype).startswith("float")}
    made, traced = list(leaves), []
    backend = backend_of(*arrays) if arrays else active()
    for i, leaf in enumerate(leaves):
        if backend_of_type(type(leaf)) is not None:
            made[i] = _native(leaf) if isinstance(leaf, np.ndarray | np.generic) else leaf
            traced.append(i)
        elif type(leaf) is float and len(floats) <= 1:  # beside arrays of one dtype a number has that dtype
            made[i] = backend.asarray(leaf, dtype=backend.dtype(*floats) if floats else None)
            traced.append(i)
        elif is_elsewhere(type(leaf)):
            raise TypeError(
                f"a compiled function takes arrays of NumPy and CuPy, and was given {kind_of(leaf)}: bring it over with "
                "mnp.asarray(x)"
            )
    return made, traced


def _native(array):
    """A NumPy array in this machine's byte order; what holds no numbers is refused."""
    if array.dtype.kind in "OSUVMm":
        raise TypeError(f"a compiled function takes arrays of numbers, and was given one of dtype {array.dtype}")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _spec(leaf, traced):
    return (tuple(leaf.shape), dtype_name(leaf.dtype)) if traced else leaf


def _hashable(specs, name):
    try:
        hash(specs)
    except TypeError:
        unhashable = next(s for s in specs if not _can_hash(s))
        raise TypeError(
            f"{name} was compiled and takes trees of arrays and numbers; the argument {told(unhashable)} is neither, and "
            "cannot be told from another by its value"
        ) from None
    return tuple((type(s), told_apart(s)) for s in specs)


def _can_hash(x) -> bool:
    try:
        hash(x)
    except TypeError:
        return False
    return True


def _shapes(specs, traced) -> str:
    shown = [f"{dtype}[{','.join(map(str, shape))}]" for shape, dtype in (specs[i] for i in traced)]
    return ", ".join(shown[:6]) + (", ..." if len(shown) > 6 else "")


def _identifier(name: str) -> str:
    return name if name.isidentifier() else "f"
