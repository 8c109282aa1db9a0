"""Primitives: the operations that derivatives are known of, each with its rules beside it, all in one table.

A rule is written with primitives and operators, never with a raw array library, so it can be differentiated
again and runs on every backend. One statement of a derivative serves both modes:

* `elementwise`: the rule ``(g, out, *args) -> g * d out / d arg`` is its own transpose: both modes share it.
* `reduction`: the partial derivative ``d out / d x`` of every element; forward sums, reverse spreads it.
* `linear`, `multilinear`: forward is the operation itself on the tangent; reverse is the transpose it states.
* `composed`: a library function whose derivative is that of the composition of primitives it equals.
* `differential`: the forward rule; reverse transposes it by running it backwards, unless a rule is stated.
* `constant`: derivative zero everywhere (comparisons, argmax, floor): its results are not traced.
"""

from __future__ import annotations

import functools
import inspect
import operator
from dataclasses import dataclass, field

import numpy as np
from numpy.exceptions import AxisError

from .. import special
from ..backend import backend_of, backend_of_type, dtype_name, is_elsewhere
from .tracer import Tracer, describe, innermost

PRIMITIVES: dict[str, Primitive] = {}
_OF_UFUNCS = frozenset(("reduce", "accumulate", "outer", "at", "reduceat"))


@dataclass(frozen=True)
class Example:
    """Arguments that a systematic check may draw.

    shapes   a shape for each argument
    params   the static parameters
    domain   where the values lie: an interval (low, high), ``"distinct"`` (no ties), ``"symmetric"``,
             ``"positive definite"``, ``"well conditioned"``, ``"boolean"``, ``"index"`` (0, 1 or 2),
             or a list of one for each argument

    >>> Example(((2, 3), (3,)), domain=[(-2.0, 2.0), (0.1, 2.0)]).shapes
    ((2, 3), (3,))
    >>> (low, high), *_ = PRIMITIVES["log"].examples[0].domain
    >>> low > 0.0
    True
    """

    shapes: tuple[tuple[int, ...], ...]
    params: dict = field(default_factory=dict)
    domain: object = (-2.0, 2.0)


class Primitive:
    """An operation on arrays with its derivative; call it with arrays, tracers and Python numbers.

    name             in the table, and in printed programs
    kind             which of the functions below made it
    push             ``push(tangents, out, args, params)`` is the tangent of the result, ``None`` a zero tangent
    pull             ``pull(position, g, out, args, params)`` is the cotangent of argument ``position``
    library          a name of the array library's, or a function ``(xp, *args, **params)``; by default ``name``
    examples         what a systematic check may call it with
    differentiable   positions of the arguments that it has a derivative in, or ``"all"``
    multiple         whether results, tangents and ``g`` are tuples
    arity            how many arguments the examples have
    further          ``further(args, params)`` answers calls with other arguments than those: the keywords of NumPy's
                     function of that name, which `minigan.numpy` knows; ``None`` where there are none
    dispatch         what to run for arguments of which types, as far as that is known
    batch            ``batch(primitive, args, batched, params)`` runs it on many examples (`minigan.autodiff.batching`);
                     ``None`` where that follows from the kind, or it runs example by example
    composition      of a composed one, the function that it equals

    Of a constant ``push`` and ``pull`` are ``None``. Raises `ValueError` for a name that is taken, and for a library
    function that cannot be called with what the examples have.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> multiply, x, y = mg.PRIMITIVES["multiply"], mnp.asarray(2.0), mnp.asarray(3.0)
    >>> multiply.kind, float(multiply(x, y))
    ('elementwise', 6.0)
    >>> float(multiply.pull(0, mnp.asarray(10.0), multiply(x, y), (x, y), {}))  # g y, the cotangent of x
    30.0
    """

    __slots__ = (
        "arity",
        "batch",
        "composition",
        "differentiable",
        "dispatch",
        "examples",
        "further",
        "kind",
        "library",
        "multiple",
        "name",
        "pull",
        "push",
    )

    def __init__(self, name, kind, push, pull, library=None, examples=(), differentiable=None, multiple=False):
        self.name = name
        self.kind = kind
        self.push = push
        self.pull = pull
        self.library = library or name
        self.examples = tuple(examples)
        self.differentiable = differentiable
        self.multiple = multiple
        self.arity = len(self.examples[0].shapes) if self.examples else None
        self.further = None
        self.batch = None
        self.composition = None
        self.dispatch: dict = {}
        if name in PRIMITIVES:
            raise ValueError(
                f"a primitive called {name!r} is registered already; to define it anew, first mg.PRIMITIVES.pop({name!r})"
            )
        if library is not None and callable(library) and self.examples:
            first = self.examples[0]
            called = ("xp", *names(len(first.shapes)))
            is_called_with(library, "the library function", name, called, first.params, "xp is the array library")
        PRIMITIVES[name] = self

    def __call__(self, *args, **params):
        if params and self.further is not None:
            return self.further(args, params)
        owner = None
        for arg in args:
            if type(arg) is Tracer and (owner is None or arg.owner.level > owner.level):
                owner = arg.owner
        if owner is not None:
            return owner.process(self, args, params)
        kinds = tuple(map(type, args))
        try:
            return (self.dispatch.get(kinds) or self._resolve(kinds, args))(*args, **params)
        except ValueError as error:
            # a subclass says it all, and what was prepared has told already
            if type(error) is not ValueError or str(error).startswith(f"minigan.numpy.{self.name} of "):
                raise
            raise with_shapes(self.name, args, error) from error

    def _resolve(self, kinds, args):
        """What to run for arguments of these types; remembered where the types alone decide."""
        if any(map(_BECOMES_ARRAY.__getitem__, kinds)) or self.is_called_otherwise(args):
            return self.prepared
        backend = backend_of(*args)
        if not any(backend_of_type(kind) for kind in kinds):
            in_words = backend.library == "strict" or callable(self.library) or self.library in special.GENERIC
            return self.prepared if in_words else self._concrete(backend)
        run = self._concrete(backend)
        if backend.library == "numpy":  # the other libraries have a device, which may change
            self.dispatch[kinds] = run
        return run

    def _concrete(self, backend):
        if callable(self.library):
            library = self.library
            return lambda *args, **params: library(backend.xp, *args, **params)
        try:
            return backend.function(self.library)
        except NotImplementedError:
            raise NotImplementedError(
                f"the primitive {self.name!r} cannot run: {backend.name} has no function {self.library!r}; state "
                f"library=lambda xp, x: ... that computes it by the array library xp, or add it to backend.DIFFERENCES"
            ) from None

    def is_called_otherwise(self, args) -> bool:
        """Whether there are more or fewer arguments than the rules have, which NumPy's function may take."""
        return len(args) != self.arity and self.further is not None

    def is_unprepared(self, args) -> bool:
        """Whether a transformation must have the arguments `prepared` first: some is no array yet, or one too many."""
        for arg in args:
            if _BECOMES_ARRAY[type(arg)]:
                return True
        return len(args) != self.arity and self.further is not None

    def prepared(self, *args, **params):
        """The call with arrays of the library at hand for nested lists and other libraries' arrays, and for bare numbers
        where there is nothing else: beside an array a number is weak."""
        if self.is_called_otherwise(args):
            return self.further(args, params)
        backend = backend_of(*map(innermost, args))
        if not all(isinstance(arg, _NUMBERS) for arg in args):
            return self(*(arg if isinstance(arg, _NUMBERS) else as_array(arg, backend) for arg in args), **params)
        return self(*(as_array(arg, backend) for arg in args), **params)

    @property
    def __name__(self):
        return self.name

    def __reduce__(self):
        """Copies and pickles are the registered primitive itself."""
        return registered, (self.name,)

    def __getattr__(self, name):
        """What NumPy's ufunc of this name has: its methods ``reduce``, ``accumulate``, ``outer``, ``at``; a signature."""
        numpys = getattr(np, self.name, None)
        if name in _OF_UFUNCS and isinstance(numpys, np.ufunc):
            return getattr(numpys, name)
        if name == "__signature__" and hasattr(self.further, name):
            return self.further.__signature__
        raise AttributeError(f"the primitive {self.name!r} has no attribute {name!r}")

    def __repr__(self):
        return f"<primitive {self.name}>"


def registered(name: str) -> Primitive:
    """The primitive called ``name``."""
    return PRIMITIVES[name]


class _Kinds(dict):
    """Whether what is of a type becomes an array first: nested lists, and arrays of libraries that are none of ours."""

    def __missing__(self, kind):
        self[kind] = issubclass(kind, list | tuple) or is_elsewhere(kind)
        return self[kind]


_BECOMES_ARRAY = _Kinds()
_NUMBERS = (bool, int, float, complex, type(None))


def with_shapes(name, args, error) -> ValueError:
    """A library's ``error``, with the operation's name and what it was given."""
    given = [part for arg in args for part in (arg if isinstance(arg, list | tuple) else (arg,))]
    return ValueError(f"minigan.numpy.{name} of {' and '.join(map(describe, given))}: {error}")


def as_array(x, backend):
    """``x`` as an array of ``backend``; a nested list with tracers in it is stacked, a traced array stays itself."""
    if isinstance(x, list | tuple):
        if _holds_tracer(x):
            return PRIMITIVES["stack"](*(as_array(part, backend) for part in x), axis=0)
        return backend.asarray(x)
    return x if x is None or isinstance(x, Tracer) or backend_of_type(type(x)) else backend.asarray(x)


def _holds_tracer(x) -> bool:
    return any(isinstance(part, Tracer) or (isinstance(part, list | tuple) and _holds_tracer(part)) for part in x)


# -- shared steps of the rules -------------------------------------------------------------------------------


def undo_broadcast(g, like):
    """The cotangent ``g`` summed to the shape, and cast to the dtype, of ``like``: broadcasting is undone here alone."""
    shape = like.shape
    if g.shape != shape:
        if g.ndim == 2 and g.shape[1:] == shape:
            # a bias: BLAS sums the columns four times faster than a reduction does
            return cast(ones(backend_of(innermost(g)), g.shape[0], g.dtype) @ g, like)
        extra = g.ndim - len(shape)
        axes = tuple(range(extra)) + tuple(i + extra for i, n in enumerate(shape) if n == 1 and g.shape[i + extra] != 1)
        if axes:
            g = PRIMITIVES["sum"](g, axis=axes, keepdims=False)
        if g.shape != shape:
            # a rule that ignores an argument returns too small a shape; ones of size 1 come back here
            g = (
                PRIMITIVES["reshape"](g, shape=shape)
                if g.size == _size(shape)
                else (PRIMITIVES["broadcast_to"](g, shape=shape))
            )
    return cast(g, like)


@functools.lru_cache(maxsize=64)
def ones(backend, n, dtype):
    return backend.create("ones", n, dtype=dtype)


def cast(g, like):
    """``g`` in the dtype of ``like``: float32 in, float32 gradient out; beside what is real, its real part.

    A cotangent g of a complex z stands for dL = Re(g dz), so along a real z only its real part counts.
    """
    if g.dtype != like.dtype:
        if is_complex(g) and not is_complex(like):
            g = PRIMITIVES["real"](g)
        return PRIMITIVES["astype"](g, dtype=like.dtype)
    return g


def is_complex(x) -> bool:
    return dtype_name(x.dtype).startswith("complex")


def _size(shape):
    size = 1
    for n in shape:
        size *= n
    return size


def _fit(tangent, out):
    """A tangent in the shape and dtype of the result it belongs to."""
    if tangent.shape != out.shape:
        tangent = PRIMITIVES["broadcast_to"](tangent, shape=out.shape)
    return cast(tangent, out)


def expand_reduced(g, x, axis, keepdims):
    """``g``, a reduction of ``x`` over ``axis``, with the reduced axes put back at size 1."""
    if keepdims or axis is None:  # a scalar broadcasts as it is
        return g
    return PRIMITIVES["reshape"](g, shape=kept_shape(x.shape, axis))


def kept_shape(shape, axis):
    """The shape after a reduction with ``keepdims=True``."""
    axes = places_of(axis, len(shape))
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def place_of(axis, ndim: int) -> int:
    """An axis counted from the front; raises `AxisError`, a `ValueError`, for one that the array has not."""
    axis = operator.index(axis)
    if not -ndim <= axis < ndim:
        raise AxisError(axis, ndim)
    return axis % ndim


def places_of(axis, ndim: int) -> tuple[int, ...]:
    """One axis, several, or (``None``) all of them, counted from the front; raises `ValueError` for one named twice."""
    if axis is None:
        return tuple(range(ndim))
    places = tuple(place_of(a, ndim) for a in (axis if isinstance(axis, tuple | list) else (axis,)))
    if len(set(places)) != len(places):
        raise ValueError(f"the axes {axis} name an axis of {ndim} twice")
    return places


# -- at the door ---------------------------------------------------------------------------------------------


def names(count: int) -> tuple[str, ...]:
    """What the arguments of a primitive are called in messages."""
    return ("x", "y", "z")[:count] if count <= 3 else tuple(f"x{i}" for i in range(1, count + 1))


def is_called_with(function, what, name, args, params=(), advice="") -> None:
    """Raise `ValueError` for a function of a primitive's that does not take the arguments that it will get."""
    if not callable(function):
        raise ValueError(f"{what} of the primitive {name!r} must be a function, and is {function!r}")
    try:
        taken = inspect.signature(function)
    except ValueError:  # a library's own, which does not tell
        return
    try:
        taken.bind(*args, **dict.fromkeys(params))
    except TypeError:
        given = ", ".join((*args, *(f"{key}=..." for key in params)))
        told = f"{what} of the primitive {name!r} takes {taken}, and is called with ({given})"
        raise ValueError(f"{told}: {advice}" if advice else told) from None


# -- the kinds -----------------------------------------------------------------------------------------------


def elementwise(name, *rules, library=None, domain=(-2.0, 2.0), examples=None, make=Primitive):
    """An elementwise primitive; ``rules[i](g, out, *args)`` is ``g * d out / d args[i]``, ``None`` where constant.

    ``library(xp, *args)`` computes it, or the array library's function of that ``name``. Arguments broadcast; a
    gradient has its argument's shape and dtype. Raises `ValueError` for a name that is taken and for rules of other
    arguments.

    >>> import minigan as mg
    >>> length = elementwise(
    ...     "doc_length",
    ...     lambda g, out, x, y: g * x / out,
    ...     lambda g, out, x, y: g * y / out,
    ...     library=lambda xp, x, y: xp.sqrt(x * x + y * y),
    ...     domain=(0.5, 2.0),
    ... )
    >>> [float(slope) for slope in mg.grad(length, (0, 1))(3.0, 4.0)]
    [0.6, 0.8]
    >>> del mg.PRIMITIVES["doc_length"]
    """

    def push(tangents, out, args, params):
        total = None
        for tangent, rule in zip(tangents, rules):
            if tangent is not None and rule is not None:
                term = rule(tangent, out, *args, **params)
                total = term if total is None else total + term
        return None if total is None else _fit(total, out)

    def pull(position, g, out, args, params):
        rule = rules[position]
        return None if rule is None else undo_broadcast(rule(g, out, *args, **params), args[position])

    if examples is None:
        domains = domain if isinstance(domain, list) else [domain] * len(rules)
        examples = [Example(((),) * len(rules), domain=domains)]
    for i, rule in enumerate(rules):
        if rule is not None:
            what = f"rule {i + 1} of {len(rules)}" if len(rules) > 1 else "the only rule"
            called = ("g", "out", *names(len(rules)))
            is_called_with(rule, what, name, called, examples[0].params, "state as many rules as there are arguments")
    differentiable = tuple(i for i, rule in enumerate(rules) if rule is not None)
    return make(name, "elementwise", push, pull, library, examples, differentiable)


_REDUCED = (  # all elements, one axis, several and kept, and one counted from the end
    ((3, 4), {"axis": None}),
    ((3, 4), {"axis": 0}),
    ((2, 3, 4), {"axis": (0, 2), "keepdims": True}),
    ((2, 5), {"axis": -1}),
)


def reduction(name, partial, library=None, examples=(), domain=(-2.0, 2.0), pull=None, make=Primitive):
    """A reduction over ``axis``; ``partial(out, x, **params)`` is d out / d x elementwise, ``out`` with axes kept.

    ``library(xp, x, axis=..., keepdims=...)`` computes it. Raises `ValueError` for a name that is taken and for a
    ``partial`` of other arguments.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> norm = reduction(
    ...     "doc_norm",
    ...     lambda out, x, axis=None, keepdims=False: x / out,
    ...     library=lambda xp, x, axis=None, keepdims=False: xp.sqrt(xp.sum(x * x, axis=axis, keepdims=keepdims)),
    ... )
    >>> mg.to_numpy(mg.grad(norm)(mnp.asarray([3.0, 4.0]))).tolist()
    [0.6, 0.8]
    >>> del mg.PRIMITIVES["doc_norm"]
    """

    def push(tangents, out, args, params):
        (x,) = args
        axis, keepdims = params.get("axis"), params.get("keepdims", False)
        kept = expand_reduced(out, x, axis, keepdims)
        term = tangents[0] * partial(kept, x, **params)
        return cast(PRIMITIVES["sum"](term, axis=axis, keepdims=keepdims), out)

    def spread(position, g, out, args, params):
        (x,) = args
        axis, keepdims = params.get("axis"), params.get("keepdims", False)
        kept = expand_reduced(out, x, axis, keepdims)
        return undo_broadcast(expand_reduced(g, x, axis, keepdims) * partial(kept, x, **params), x)

    examples = examples or [Example((shape,), params, domain) for shape, params in _REDUCED]
    is_called_with(partial, "the partial derivative", name, ("out", "x"), examples[0].params)
    return make(name, "reduction", push, pull or spread, library, examples, (0,))


def linear(name, transpose, library=None, examples=(), jointly=False):
    """Linear in its first argument, or ``jointly`` in all; ``transpose(g, x, *rest, **params)`` states the transpose.

    Jointly linear, the transpose takes the position first: ``transpose(position, g, *args, **params)``. For all x and
    g, <A x, g> = <x, A^T g>. Raises `ValueError` for a name that is taken and for a transpose of other arguments.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> backwards = linear("doc_backwards", lambda g, x: backwards(g), library=lambda xp, x: xp.flip(x))
    >>> weights = mnp.asarray([1.0, 10.0, 100.0])
    >>> [float(slope) for slope in mg.grad(lambda x: mnp.sum(weights * backwards(x)))(weights)]  # its own transpose
    [100.0, 10.0, 1.0]
    >>> del mg.PRIMITIVES["doc_backwards"]
    """

    def push(tangents, out, args, params):
        if not jointly:
            return PRIMITIVES[name](tangents[0], *args[1:], **params)
        filled = [zeros_like(arg) if t is None else t for t, arg in zip(tangents, args)]
        return cast(PRIMITIVES[name](*filled, **params), out)

    def pull(position, g, out, args, params):
        if jointly:
            return cast(transpose(position, g, *args, **params), args[position])
        return cast(transpose(g, *args, **params), args[0]) if position == 0 else None

    for example in examples[:1]:
        called = (*(("position",) if jointly else ()), "g", *names(len(example.shapes)))
        is_called_with(transpose, "the transpose", name, called, example.params)
    return Primitive(name, "linear", push, pull, library, examples, "all" if jointly else (0,))


def multilinear(name, transpose, library=None, examples=()):
    """Linear in each argument alone; ``transpose(position, g, *args, **params)`` is the cotangent of one of them.

    Raises `ValueError` for a name that is taken and for a transpose of other arguments.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> area = multilinear(  # of the parallelogram that two vectors of the plane span
    ...     "doc_area",
    ...     lambda position, g, x, y: g * (mnp.stack([y[1], -y[0]]) if position == 0 else mnp.stack([-x[1], x[0]])),
    ...     library=lambda xp, x, y: x[0] * y[1] - x[1] * y[0],
    ...     examples=[Example(((2,), (2,)))],
    ... )
    >>> x, y = mnp.asarray([2.0, 1.0]), mnp.asarray([1.0, 3.0])
    >>> float(area(x, y)), [float(slope) for slope in mg.grad(area)(x, y)]
    (5.0, [3.0, -1.0])
    >>> del mg.PRIMITIVES["doc_area"]
    """

    def push(tangents, out, args, params):
        total = None
        for position, tangent in enumerate(tangents):
            if tangent is not None:
                term = PRIMITIVES[name](*args[:position], tangent, *args[position + 1 :], **params)
                total = term if total is None else total + term
        return cast(total, out)

    def pull(position, g, out, args, params):
        return cast(transpose(position, g, *args, **params), args[position])

    for example in examples[:1]:
        called = ("position", "g", *names(len(example.shapes)))
        is_called_with(transpose, "the transpose", name, called, example.params)
    return Primitive(name, "multilinear", push, pull, library, examples, "all")


def differential(name, push, pull=None, library=None, examples=(), differentiable=(0,), multiple=False):
    """A primitive that states its forward rule; without ``pull``, reverse mode runs that linear rule backwards.

    ``push(tangents, out, args, params)`` is the result's tangent; a tangent is ``None`` for an argument that rests. Of
    ``multiple`` results it is a tuple. ``differentiable`` are the positions of arguments it has a derivative in. Raises
    `ValueError` for a name that is taken.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> inverse = differential(  # d A^-1 = -A^-1 dA A^-1
    ...     "doc_inverse",
    ...     lambda tangents, out, args, params: -(out @ tangents[0] @ out),
    ...     library=lambda xp, a: xp.linalg.inv(a),
    ... )
    >>> slopes = mg.grad(lambda a: mnp.sum(inverse(a)))(mnp.asarray([[2.0, 0.0], [0.0, 4.0]]))
    >>> mg.to_numpy(slopes).tolist()  # -1 / (a_i a_j)
    [[-0.25, -0.125], [-0.125, -0.0625]]
    >>> del mg.PRIMITIVES["doc_inverse"]
    """
    if pull is None:

        def pull(position, g, out, args, params):
            from .reverse import vjp

            def forward(tangent):
                tangents = [None] * len(args)
                tangents[position] = tangent
                return push(tangents, out, args, params)

            return cast(vjp(forward, zeros_like(args[position]))[1](g)[0], args[position])

    return Primitive(name, "differential", push, pull, library, examples, differentiable, multiple)


def composed(name, composition, library=None, examples=(), differentiable=(0,)):
    """A library function that equals ``composition(*args, **params)``, which is what gets differentiated.

    Raises `ValueError` for a name that is taken.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> cosh = composed("doc_cosh", lambda x: 0.5 * (mnp.exp(x) + mnp.exp(-x)), library=lambda xp, x: xp.cosh(x))
    >>> round(float(mg.grad(cosh)(1.0)), 12)  # sinh(1)
    1.175201193644
    >>> del mg.PRIMITIVES["doc_cosh"]
    """

    def push(tangents, out, args, params):
        from .forward import jvp

        moving = [i for i, tangent in enumerate(tangents) if tangent is not None]

        def of_moving(*values):
            full = list(args)
            for i, value in zip(moving, values):
                full[i] = value
            return composition(*full, **params)

        primals = tuple(args[i] for i in moving)
        return cast(jvp(of_moving, primals, tuple(tangents[i] for i in moving))[1], out)

    def pull(position, g, out, args, params):
        from .reverse import vjp

        def of_one(value):
            return composition(*args[:position], value, *args[position + 1 :], **params)

        return cast(vjp(of_one, args[position])[1](g)[0], args[position])

    primitive = Primitive(name, "composed", push, pull, library, examples, differentiable)
    primitive.composition = composition
    return primitive


def constant(name, library=None, arguments=1, domain=(-2.0, 2.0), examples=()):
    """A primitive whose derivative is zero wherever it exists, of so many array ``arguments``.

    Raises `ValueError` for a name that is taken.

    >>> import minigan as mg
    >>> nearest = constant("doc_nearest", library=lambda xp, x: xp.round(x))
    >>> float(mg.grad(lambda x: x * nearest(x))(2.75))
    3.0
    >>> del mg.PRIMITIVES["doc_nearest"]
    """
    examples = examples or [Example(((3, 4),) * arguments, {}, domain)]
    return Primitive(name, "constant", None, None, library, examples, ())


def zeros_like(x):
    """Zeros in the shape, dtype and library of ``x``, whatever transformations ``x`` is under."""
    x = innermost(x)
    return backend_of(x).create("zeros", x.shape, dtype=x.dtype)


def ones_like(x):
    """Ones like `zeros_like`."""
    x = innermost(x)
    return backend_of(x).create("ones", x.shape, dtype=x.dtype)
