"""Explicit random numbers: a seeded `Generator`, handed to whatever draws. There is no global state.

A generator is created for the active backend and its numbers arrive there. Two streams stand behind it. The
*host* stream is NumPy's PCG64, the same numbers on every backend; NumPy itself and the test backend always
use it, and ``generator(seed, host=True)`` asks for it on a GPU. The *counted* stream draws on the GPU: CuPy's
generators cannot tell their state, so draw number n gets a fresh Philox generator, seeded from (seed, n), and
(seed, n) is the state.
"""

from __future__ import annotations

import contextlib
import math
import operator
from contextvars import ContextVar

import numpy as np

from . import numpy as mnp
from .autodiff import stop_gradient
from .backend import Backend, active, dtype_name, get
from .validation import number, switch

_TINY = float(np.finfo(np.float64).tiny)
_BLOCK = 1 << 14  # normal values that `noise` makes at a time
_FEW = 1 << 10  # so few are drawn one by one as fast
_refused: ContextVar[bool] = ContextVar("minigan_drawing_refused", default=False)


class DrawnWhileRecording(TypeError):
    """A function drew random numbers while its operations were being written down for good."""


@contextlib.contextmanager
def drawing_refused():
    """Inside the block every draw of every `Generator` raises `DrawnWhileRecording`."""
    token = _refused.set(True)
    try:
        yield
    finally:
        _refused.reset(token)


class _HostStream:
    """NumPy's PCG64; its numbers are moved to the generator's backend."""

    kind = "PCG64"

    def __init__(self, sequence: np.random.SeedSequence):
        self.bits = np.random.PCG64(sequence)
        self.numpy = np.random.Generator(self.bits)

    def standard_normal(self, shape, dtype):
        return self.numpy.standard_normal(shape, dtype=dtype)

    def random(self, shape, dtype):
        return self.numpy.random(shape, dtype=dtype)

    def standard_exponential(self, shape):
        return self.numpy.standard_exponential(shape)

    def integers(self, low, high, shape):
        return self.numpy.integers(low, high, shape)

    def permutation(self, n):
        return self.numpy.permutation(n)

    def state(self) -> dict:
        raw = self.bits.state
        return {**raw["state"], "has_uint32": raw["has_uint32"], "uinteger": raw["uinteger"]}

    def restore(self, state: dict) -> None:
        self.bits.state = {
            "bit_generator": self.kind,
            "state": {name: state[name] for name in ("state", "inc")},
            **{name: state[name] for name in ("has_uint32", "uinteger")},
        }


class _CountedStream:
    """CuPy's Philox4x3210, fresh for every draw and seeded from (seed, number of the draw).

    CuPy keeps 32 bits of a seed, so among 100 000 draws two may well be equal.
    """

    kind = "Philox4x3210"

    def __init__(self, sequence: np.random.SeedSequence, backend: Backend):
        self.sequence = sequence
        self.backend = backend
        self.draws = 0

    def _draw(self, name, shape, *args, **kwargs):
        key = (*self.sequence.spawn_key, self.draws)
        self.draws += 1
        seed = np.random.SeedSequence(self.sequence.entropy, spawn_key=key)
        # CuPy's own choice of how many states draw side by side depends on the GPU, and so would the numbers;
        # its kernels want whole blocks of 256
        states = 256 * max(min(-(-math.prod(shape) // 256), 512), 1)
        with self.backend.placed():
            random = self.backend.xp.random
            generator = random.Generator(random.Philox4x3210(seed, size=states))
            return getattr(generator, name)(*args, size=shape, **kwargs)

    def standard_normal(self, shape, dtype):
        return self._draw("standard_normal", shape, dtype=dtype)

    def random(self, shape, dtype):
        return self._draw("random", shape, dtype=dtype)

    def standard_exponential(self, shape):
        return self._draw("standard_exponential", shape)

    def integers(self, low, high, shape):
        return self._draw("integers", shape, low, high)

    def permutation(self, n):
        with self.backend.placed():
            return self.backend.xp.argsort(self.random((n,), np.float64))

    def state(self) -> dict:
        return {"draws": self.draws}

    def restore(self, state: dict) -> None:
        self.draws = state["draws"]


class Source:
    """What may be drawn from: a `Generator`, or what stands in for one while a step's draws are written down."""


class Generator(Source):
    """A seeded stream of random arrays; every draw moves it on. Make one with `generator`.

    ``shape`` is a tuple or a number, ``()`` for a single value (an array of shape ()); ``dtype`` is float64
    (which ``None`` means) or float32. Bad arguments raise `ValueError` or `TypeError`.

    >>> one, other = generator(7), generator(7)
    >>> first, second = float(one.uniform()), float(one.uniform())
    >>> first == float(other.uniform()) != second, one.integers(0, 10, (2, 3)).shape
    (True, (2, 3))
    """

    def __init__(self, sequence: np.random.SeedSequence, host: bool = False, backend: Backend | None = None):
        self.backend = backend or active()
        self._sequence = sequence
        counted = self.backend.library == "cupy" and not host
        self._source = _CountedStream(sequence, self.backend) if counted else _HostStream(sequence)

    @property
    def _stream(self):
        if _refused.get():
            raise DrawnWhileRecording(
                "a function that is being compiled draws random numbers, which would be the same at every call: draw "
                "them outside and pass them in as an argument"
            )
        return self._source

    def _array(self, drawn):
        if self.backend.library == "numpy" and type(drawn) is np.ndarray:
            return drawn
        return self.backend.asarray(drawn)

    def standard_normal(self, shape=(), dtype=None):
        """Independent N(0, 1) values.

        >>> import minigan as mg
        >>> float(mg.random.generator(0, host=True).standard_normal())
        0.12573022...
        """
        return self._array(self._stream.standard_normal(_shape(shape), _float(dtype)))

    def noise(self, shape=(), dtype=None):
        """Independent N(0, 1) values by the Box-Muller transform: two and a half times faster than `standard_normal`.

        sqrt(-2 log u) cos(2 pi v) and sqrt(-2 log u) sin(2 pi v) for uniform u in (0, 1] and v in [0, 1), in blocks
        that stay in the cache. Uniform float32 numbers have 24 bits, float64 ones 53, so that no value lies farther
        out than 5.8 or 8.6: for the inputs of networks, not for tails. Fewer than a thousand values, and all on a GPU,
        are the library's own normals, which are as fast there. Source: Box & Muller (1958).

        >>> import minigan as mg
        >>> z = mg.random.generator(0, host=True).noise((1000, 100))
        >>> round(float(z.mean()), 2), round(float(z.std()), 2)
        (0.0, 1.0)
        """
        shape, dtype = _shape(shape), _float(dtype)
        stream = self._stream
        if not isinstance(stream, _HostStream) or math.prod(shape) < _FEW:
            return self._array(stream.standard_normal(shape, dtype))
        out = np.empty(math.prod(shape), dtype)
        for start in range(0, len(out), _BLOCK):
            part = out[start : start + _BLOCK]
            first = len(part) - len(part) // 2
            radius, angle = stream.random((2, first), dtype)
            np.subtract(1, radius, radius)  # log 0 never occurs
            np.log(radius, radius)
            np.multiply(radius, -2, radius)
            np.sqrt(radius, radius)
            np.multiply(angle, dtype(2.0 * math.pi), angle)
            np.multiply(radius, np.cos(angle), part[:first])
            np.multiply(radius[: len(part) - first], np.sin(angle[: len(part) - first]), part[first:])
        return self._array(out.reshape(shape))

    def uniform(self, shape=(), low=0.0, high=1.0, dtype=None):
        """Independent values, uniform on [low, high)."""
        low, high = number(low, "the low of uniform"), number(high, "the high of uniform")
        if not (low < high and math.isfinite(high - low)):
            raise ValueError(f"uniform needs finite low < high, and was given low={low!r} and high={high!r}")
        dtype = _float(dtype)
        drawn = self._array(self._stream.random(_shape(shape), dtype))
        if (low, high) == (0.0, 1.0):
            return drawn
        below = float(np.nextafter(dtype(high), dtype(low)))  # low + (high - low) u may round up to high
        return self._array(mnp.minimum(low + (high - low) * drawn, below))

    def gumbel(self, shape=(), dtype=None):
        """Independent standard Gumbel values, -log E of a standard exponential E: P(G <= g) = exp(-exp(-g)).

        Never infinite: E is kept at or above the smallest normal float64. It is drawn in float64 whatever
        ``dtype``, since a float32 exponential is 0 once in ten million draws.
        """
        dtype = _float(dtype)
        drawn = self._array(self._stream.standard_exponential(_shape(shape)))
        return self._array(mnp.astype(-mnp.log(mnp.maximum(drawn, _TINY)), dtype))

    def categorical(self, logits, shape=None, axis=-1):
        """Indices with probabilities softmax(logits) along ``axis``, by the Gumbel-max trick: argmax(l + G).

        The result has shape ``shape + s``, s being the shape of ``logits`` without ``axis``; ``None`` means
        one draw each. ``-inf`` is probability 0. Raises `ValueError` for NaN, +inf, or nothing but -inf along
        ``axis``. Source: Gumbel (1954), lectures on extreme values; Maddison, Tarlow & Minka (2014).

        >>> import minigan as mg
        >>> mg.to_numpy(mg.random.generator(0).categorical([0.0, -mg.numpy.inf], shape=3))
        array([0, 0, 0])
        """
        logits = stop_gradient(mnp.asarray(logits))
        if not dtype_name(logits.dtype).startswith(("float", "int", "uint")):
            raise TypeError(f"categorical takes logits, real numbers, and was given {dtype_name(logits.dtype)}")
        logits, axis = mnp.astype(logits, "float64"), _integer(axis, "the axis of categorical")
        if logits.ndim == 0:
            raise ValueError("categorical needs logits along an axis, and was given a single number")
        if not -logits.ndim <= axis < logits.ndim:
            raise ValueError(f"categorical along axis {axis} of logits of shape {tuple(logits.shape)}")
        axis = axis % logits.ndim - logits.ndim  # from the end, where the sample's axes do not move it
        if logits.shape[axis] == 0:
            raise ValueError(
                f"categorical needs at least one category, and the logits have shape {tuple(logits.shape)}"
            )
        if not bool(mnp.all(mnp.isfinite(mnp.max(logits, axis)))):
            raise ValueError(
                "categorical was given logits with NaN, +inf, or nothing but -inf along its axis: these are "
                "no distribution; logits are finite or -inf, and at least one is finite"
            )
        leading = () if shape is None else _shape(shape)
        return self._array(mnp.argmax(logits + self.gumbel(leading + tuple(logits.shape)), axis=axis))

    def integers(self, low, high, shape=()):
        """Independent integers (int64), uniform on low, ..., high - 1."""
        low, high = _integer(low, "low"), _integer(high, "high")
        if low >= high:
            raise ValueError(f"integers needs low < high, and was given low={low} and high={high}")
        if low < -(2**63) or high > 2**63:
            raise ValueError(f"integers draws int64, and low={low}, high={high} reach outside of it")
        return self._array(self._stream.integers(low, high, _shape(shape)))

    def permutation(self, x):
        """The numbers 0 .. n - 1, or the rows of an array (its first axis), in random order."""
        if getattr(x, "shape", ()) == ():
            n = _integer(x, "n")
            if n < 0:
                raise ValueError(f"permutation of a negative number of things: {n}")
            return self._array(self._stream.permutation(n))
        return mnp.take(x, self._array(self._stream.permutation(x.shape[0])), axis=0)

    def spawn(self, n):
        """``n`` new generators, independent of this one and of each other; draws here are not affected."""
        n = _integer(n, "n")
        if n < 0:
            raise ValueError(f"spawn of a negative number of generators: {n}")
        host = isinstance(self._source, _HostStream)
        return [Generator(sequence, host, self.backend) for sequence in self._sequence.spawn(n)]

    @property
    def state(self) -> dict:
        """All there is to know, in plain integers and strings: JSON keeps it, `from_state` brings it back."""
        return {
            "stream": self._source.kind,
            "seed": self._sequence.entropy,
            "path": list(self._sequence.spawn_key),
            "spawned": self._sequence.n_children_spawned,
            **self._source.state(),
        }

    @classmethod
    def from_state(cls, state: dict) -> Generator:
        """The generator that had this state, on the active backend; it goes on exactly where the other stood.

        A host stream continues on any backend, a counted one only on CuPy. Raises `ValueError` for one on another, and
        for what is no state, with the name of the field that is wrong.

        >>> from minigan.random import Generator, generator
        >>> rng = generator(3)
        >>> again = Generator.from_state(rng.state)
        >>> bool(rng.uniform() == again.uniform())
        True
        """
        return cls._restored(state, active())

    @classmethod
    def _restored(cls, state, backend: Backend) -> Generator:
        if not isinstance(state, dict) or state.get("stream") not in ("PCG64", "Philox4x3210"):
            raise ValueError(
                f"no state of a generator, as generator(seed).state gives one, whose stream is 'PCG64' or "
                f"'Philox4x3210': {state!r}"
            )
        host = state["stream"] == "PCG64"
        if not host and backend.library != "cupy":
            raise ValueError(
                f"this state is of a stream on a GPU, and the backend is {backend.name!r}: restore it under "
                f"mg.use('cupy'), or draw with generator(seed, host=True) what several backends are to share"
            )
        _check_state(state, host)
        sequence = np.random.SeedSequence(
            state["seed"], spawn_key=tuple(state["path"]), n_children_spawned=state["spawned"]
        )
        found = cls(sequence, host, backend)
        found._source.restore(state)
        return found

    def __reduce__(self):
        """Copies and pickles go on where this one stands, on a backend of the same name."""
        return _restored, (self.state, self.backend.name)

    def __repr__(self) -> str:
        path = "".join(f"/{i}" for i in self._sequence.spawn_key)
        return f"<generator {self._sequence.entropy}{path}: {self._source.kind} on {self.backend.name}>"


def generator(seed: int, host: bool = False) -> Generator:
    """A `Generator` for the active backend from a non-negative integer ``seed``.

    With ``host`` the numbers are drawn by NumPy and moved over, so that every backend sees the same ones
    (slower on a GPU). On NumPy and the test backend it is always so. Raises `TypeError` or `ValueError` for
    another seed.

    >>> import minigan as mg
    >>> mg.to_numpy(mg.random.generator(0, host=True).integers(0, 10, 5))
    array([8, 6, 5, 2, 3])
    """
    if isinstance(seed, bool | np.bool_):
        raise TypeError(f"a seed is a non-negative integer, and {seed!r} is a truth value")
    seed, host = _integer(seed, "a seed"), switch(host, "host")
    if seed < 0:
        raise ValueError(f"a seed is a non-negative integer, and was {seed}")
    return Generator(np.random.SeedSequence(seed), host)


def as_generator(rng) -> Source:
    """``rng``, a generator of ours or the seed of one; what draws may be given either.

    A generator goes on from where it stands; of a seed every call draws the same numbers. Raises `TypeError` for a
    generator of another library's and for what is no seed.

    >>> float(as_generator(0).uniform()) == float(generator(0).uniform())
    True
    """
    if isinstance(rng, Source):
        return rng
    if isinstance(rng, int | np.integer) or getattr(rng, "shape", None) == ():
        return generator(rng)
    kind = type(rng)
    what = f"a {kind.__module__.partition('.')[0]}.{kind.__name__}" if "andom" in kind.__module__ else repr(rng)
    raise TypeError(f"rng is a generator, as mg.random.generator(seed) makes one, or a seed, and was {what}")


def _restored(state: dict, backend: str) -> Generator:
    return Generator._restored(state, get(backend))


def _below(end=math.inf):
    """Whether something is an integer, and none but an integer, of 0, ..., ``end`` - 1."""
    return lambda x: isinstance(x, int) and not isinstance(x, bool) and 0 <= x < end


def _naturals(x) -> bool:
    return isinstance(x, list | tuple) and all(map(_below(), x))


# field of a state -> whether its value is sound, and what it should be
_OF_ALL = {
    "seed": (lambda x: _below()(x) or _naturals(x), "a non-negative integer or a list of them"),
    "path": (_naturals, "a list of non-negative integers"),
    "spawned": (_below(2**32), "an integer in [0, 2^32)"),
}
_OF_HOST = {
    "state": (_below(2**128), "an integer in [0, 2^128)"),
    "inc": (lambda x: _below(2**128)(x) and x % 2 == 1, "an odd integer in [0, 2^128)"),
    "has_uint32": (_below(2), "0 or 1"),
    "uinteger": (_below(2**32), "an integer in [0, 2^32)"),
}
_OF_COUNTED = {"draws": (_below(), "a non-negative integer")}


def _check_state(state: dict, host: bool) -> None:
    """Raises `ValueError` unless every field is there, sound, and known."""
    fields = {**_OF_ALL, **(_OF_HOST if host else _OF_COUNTED)}
    missing = [name for name in fields if name not in state]
    if missing:
        raise ValueError(f"this state of a generator lacks {', '.join(missing)}")
    for name, value in state.items():
        if name in fields:
            sound, expected = fields[name]
            if not sound(value):
                raise ValueError(f"the {name} of a generator's state is {expected}, and was {value!r}")
        elif name != "stream":
            raise ValueError(f"the state of a {state['stream']} generator has no field {name!r}")


def _integer(x, what) -> int:
    try:
        return operator.index(None if isinstance(x, bool) else x)
    except TypeError:
        raise TypeError(f"{what} must be an integer, and was {x!r}") from None


def _shape(shape) -> tuple[int, ...]:
    if type(shape) is tuple and all([type(n) is int and n >= 0 for n in shape]):
        return shape
    sizes = tuple(shape) if isinstance(shape, tuple | list) else (shape,)
    sizes = tuple(_integer(n, "a shape's entry") for n in sizes)
    if any(n < 0 for n in sizes):
        raise ValueError(f"a shape has non-negative sizes, and was {sizes}")
    return sizes


def _float(dtype):
    if type(dtype) is str and dtype in _FLOATS:
        return _FLOATS[dtype]
    name = "float64" if dtype is None else dtype_name(dtype)
    if name not in ("float64", "float32"):
        raise ValueError(f"random numbers are drawn in float64 or float32, and dtype={dtype!r} was asked for")
    return _FLOATS[name]


_FLOATS = {"float64": np.float64, "float32": np.float32}
