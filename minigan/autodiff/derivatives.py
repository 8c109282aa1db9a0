"""Gradients, Jacobians and Hessians, each a few lines over `vjp` and `jvp`."""

from __future__ import annotations

import functools
import math
from itertools import pairwise

from ..backend import active, backend_of
from ..validation import function
from .batching import ManyValues, over_examples
from .boundary import check_scalar
from .forward import jvp
from .ownership import own
from .primitive import PRIMITIVES, is_complex
from .reverse import vjp_within
from .tracer import describe, innermost
from .trees import flatten, tree_map, unflatten

AT_ONCE = 256  # rows of a Jacobian that are pulled back together: more need more memory, and are no faster


def value_and_grad(f, argnums=0, has_aux=False):
    """A function that returns ``(f(x), df/dx)`` from one forward and one backward sweep.

    ``argnums`` is the position of the argument to differentiate in, or a tuple of positions
    (the gradient is then a tuple). An argument may be any tree; its gradient has the same structure, shapes and dtypes.
    With ``has_aux`` the function returns ``(loss, aux)`` and this ``((loss, aux), gradient)``.
    Raises `TypeError` where ``f`` does not return one real number, or an argument is not floating point.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> value, gradient = mg.value_and_grad(lambda x: mnp.sum(x**3))(mnp.array([1.0, 2.0]))
    >>> float(value), mg.to_numpy(gradient)
    (9.0, array([ 3., 12.]))
    """
    function(f, "what is differentiated", "(arrays)")
    several = isinstance(argnums, tuple | list)
    positions = tuple(argnums) if several else (argnums,)

    @functools.wraps(f, assigned=("__name__", "__qualname__", "__module__"), updated=())
    def with_gradient(*args, **kwargs):
        chosen = _choose(args, positions)

        def of_chosen(*values):
            full = list(args)
            for position, value in zip(chosen, values):
                full[position] = value
            return f(*full, **kwargs)

        found = vjp_within("grad", of_chosen, tuple(args[p] for p in chosen), has_aux)
        check_scalar(found[0], "grad")
        gradients = found[1](_one_like(found[0]))
        gradient = gradients if several else gradients[0]
        return ((found[0], found[2]) if has_aux else found[0]), gradient

    return with_gradient


def grad(f, argnums=0, has_aux=False):
    """The gradient function of a scalar function: ``grad(f)(x) = df/dx``, in the structure of ``x``.

    Takes what `value_and_grad` takes; with ``has_aux`` returns ``(gradient, aux)``.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> float(mg.grad(mg.grad(mnp.sin))(0.5))  # -sin 0.5
    -0.4794255386042...
    """
    both = value_and_grad(f, argnums, has_aux)

    @functools.wraps(f, assigned=("__name__", "__qualname__", "__module__"), updated=())
    def gradient(*args, **kwargs):
        value, g = both(*args, **kwargs)
        return (g, value[1]) if has_aux else g

    return gradient


def jacobian(f, argnums=0):
    """The Jacobian function: ``jacobian(f)(x)[i..., j...] = d f(x)[i...] / d x[j...]``.

    It runs ``f`` once, and its pullback on all unit cotangents of an output together, as `vectorize` does.
    With a tuple of ``argnums`` it is a tuple of Jacobians.

    For an array in and an array out the result has shape ``f(x).shape + x.shape``; for trees it is a tree
    of such blocks, the output's structure outside and the input's inside.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(mg.jacobian(lambda x: x**2)(mnp.array([1.0, 3.0])))
    array([[2., 0.],
           [0., 6.]])
    """

    function(f, "what is differentiated", "(arrays)")
    if isinstance(argnums, tuple | list):
        several = [jacobian(f, position) for position in argnums]
        return lambda *args, **kwargs: tuple([one(*args, **kwargs) for one in several])

    @functools.wraps(f, assigned=("__name__", "__qualname__", "__module__"), updated=())
    def with_jacobian(*args, **kwargs):
        (position,) = _choose(args, (argnums,))

        def of_one(value):
            return f(*args[:position], value, *args[position + 1 :], **kwargs)

        y, pullback = vjp_within("jacobian", of_one, (args[position],))
        outputs, out_structure = flatten(y)
        outputs = [output if hasattr(output, "shape") else active().asarray(output) for output in outputs]
        _refuse_a_complex_move(outputs, args[position])
        blocks = []
        for i, output in enumerate(outputs):

            def pulled(basis, i=i):
                g = [basis if j == i else _zeros(other) for j, other in enumerate(outputs)]
                return pullback(unflatten(out_structure, g))[0]

            if math.prod(output.shape):
                blocks.append(_rows(pulled, output))
            else:
                blocks.append(tree_map(lambda x, y=output: _nothing(x, y), args[position]))
        leaves, structure = flatten(unflatten(out_structure, blocks))
        del blocks
        return unflatten(structure, own(leaves))

    return with_jacobian


def hessian(f, argnums=0):
    """The matrix of second derivatives of a scalar function, ``jacobian(grad(f))``: shape ``x.shape + x.shape``.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(mg.hessian(lambda z: z[0] * z[1])(mnp.array([0.0, 0.0])))  # the lecture's saddle
    array([[0., 1.],
           [1., 0.]])
    """
    return jacobian(grad(f, argnums), argnums)


def hvp(f):
    """Hessian-vector products, forward over reverse: ``hvp(f)(x, v) = d/de grad f(x + e v)`` at e = 0.

    ``x`` and ``v`` are trees of one structure; no Hessian is formed, and the cost is a few evaluations of ``f``.
    Source: Pearlmutter (1994).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(mg.hvp(lambda x: mnp.sum(x**3))(mnp.array([1.0, 2.0]), mnp.array([1.0, 1.0])))
    array([ 6., 12.])
    """

    function(f, "what is differentiated", "(arrays)")

    @functools.wraps(f, assigned=("__name__", "__qualname__", "__module__"), updated=())
    def product(x, v):
        return jvp(grad(f), (x,), (v,))[1]

    return product


def _choose(args, positions):
    for position in positions:
        whole = hasattr(position, "__index__") and not isinstance(position, bool)
        if not whole or not -len(args) <= position < len(args):
            raise ValueError(f"argnums names argument {position!r} and the function was called with {len(args)}")
    return tuple(position % len(args) for position in positions)


def _one_like(y):
    y = innermost(y)
    return backend_of(y).create("ones", getattr(y, "shape", ()), dtype=getattr(y, "dtype", None))


def _zeros(y):
    y = innermost(y)
    return backend_of(y).create("zeros", y.shape, dtype=y.dtype)


def _rows(pulled, y):
    """The cotangents ``pulled`` back from the unit cotangents of ``y``, in its shape; many at once, where that goes."""
    shape, size = tuple(y.shape), math.prod(y.shape)
    y = innermost(y)
    eye = backend_of(y).create("eye", size, dtype=y.dtype)
    basis = PRIMITIVES["reshape"](eye, shape=(size, *shape))

    def one(i):
        return tree_map(lambda row: PRIMITIVES["reshape"](row, shape=(1, *row.shape)), pulled(basis[i, ...]))

    if size == 1:
        parts = [one(0)]
    else:
        try:
            cuts = [*range(0, size, AT_ONCE), size]
            parts = [over_examples(pulled, [basis[i:j, ...]], [True]) for i, j in pairwise(cuts)]
        except ManyValues:  # a rule of somebody's own looks at the values of its cotangent
            parts = [one(i) for i in range(size)]

    def laid_out(*part):
        rows = part[0] if len(part) == 1 else PRIMITIVES["concatenate"](*part, axis=0)
        return PRIMITIVES["reshape"](rows, shape=(*shape, *rows.shape[1:]))

    return tree_map(laid_out, *parts)


def _refuse_a_complex_move(outputs, x):
    """A complex result moves with a real argument by a complex number, of which a pullback has the real part."""
    turning = next((y for y in outputs if hasattr(y, "dtype") and is_complex(y)), None)
    real = any(not hasattr(leaf, "dtype") or not is_complex(leaf) for leaf in flatten(x)[0])
    if turning is not None and real:
        raise TypeError(
            f"jacobian in a real argument of a function that returned {describe(turning)}: return "
            "(mnp.real(y), mnp.imag(y)) and take both Jacobians"
        )


def _nothing(x, y):
    """The Jacobian of an empty ``y``: no rows in the shape of ``x``."""
    x = innermost(x)
    shape = tuple(y.shape) + tuple(getattr(x, "shape", ()))
    return backend_of(x).create("zeros", shape, dtype=getattr(x, "dtype", None))
