"""What comes back from a pullback: the sum over every way a value went, in the dtype of the argument."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.autodiff import flatten, unflatten
from minigan.backend import dtype_name
from minigan.testing import broadcastable_shapes, example_arguments

# -- a value that goes twice ---------------------------------------------------------------------------------------

X = [0.5, -1.5, 2.0]
TWICE = {
    "the argument": lambda x: (x, x),
    "a list": lambda x: [x, x],
    "a dict": lambda x: {"a": x, "b": x},
    "a nested tree": lambda x: ((x,), [x, None]),
    "an intermediate result": lambda x: (lambda y: (y, y))(x * 1.0),
    "one part of several": lambda x: (lambda parts: (parts[0], parts[0]))(mnp.split(mnp.concatenate([x, x]), 2)),
}


@pytest.mark.parametrize("f", TWICE.values(), ids=TWICE)
def test_a_value_that_goes_twice_gets_the_sum(f):
    x = mnp.asarray(X)
    y, pullback = mg.vjp(f, x)
    leaves, structure = flatten(y)
    cotangents = [mnp.asarray([1.0, 2.0, 4.0]), mnp.asarray([8.0, 16.0, 32.0])]
    assert len(leaves) == 2
    found = pullback(unflatten(structure, cotangents))[0]
    assert_array_equal(mg.to_numpy(found), [9.0, 18.0, 36.0])
    tangents = mg.tree_leaves(mg.jvp(f, (x,), (cotangents[0],))[1])
    for tangent in tangents:
        assert_array_equal(mg.to_numpy(tangent), [1.0, 2.0, 4.0])


def test_a_value_that_goes_out_and_on_gets_the_sum():
    pullback = mg.vjp(lambda x: (x, x * x, mnp.sum(x)), mnp.asarray(X))[1]
    one = mnp.ones(3)
    assert_array_equal(mg.to_numpy(pullback((one, one, mnp.asarray(1.0)))[0]), 2.0 + 2.0 * np.asarray(X))


def test_one_array_given_as_two_arguments_gets_a_cotangent_for_each():
    x = mnp.asarray(X)
    first, second = mg.vjp(lambda a, b: a * b, x, x)[1](mnp.ones(3))
    assert_array_equal(mg.to_numpy(first + second), 2.0 * np.asarray(X))


@pytest.mark.parametrize("f", TWICE.values(), ids=TWICE)
def test_a_pullback_that_is_differentiated_adds_up_too(f):
    """<g, g> of the sum of both cotangents g = c + c is 4 <c, c>, with gradient 8 c."""

    def squared(c):
        y, pullback = mg.vjp(f, mnp.asarray(X))
        structure = flatten(y)[1]
        return mnp.sum(mnp.square(pullback(unflatten(structure, [c, c]))[0]))

    c = mnp.asarray([1.0, 2.0, 4.0])
    assert_array_equal(mg.to_numpy(mg.grad(squared)(c)), 8.0 * mg.to_numpy(c))
    assert_array_equal(mg.to_numpy(mg.compile(mg.grad(squared))(c)), 8.0 * mg.to_numpy(c))


# -- dtypes of mixed widths ----------------------------------------------------------------------------------------

WIDTHS = ("float32", "float64")
SEVERAL = [
    p
    for p in mg.PRIMITIVES.values()
    if p.push is not None
    and not p.name.startswith("test_")
    and p.differentiable != "all"
    and len(p.differentiable) > 1
]


def narrowed(x, width):
    return mnp.asarray(x, dtype=width) if x.dtype.kind == "f" else mnp.asarray(x)


@pytest.mark.parametrize("primitive", SEVERAL, ids=lambda p: p.name)
@given(data=st.data())
def test_every_cotangent_has_its_arguments_dtype_beside_others(primitive, data):
    """Where NumPy's promotion makes the result wide, the cotangent of a narrow argument is narrow again."""
    example = data.draw(st.sampled_from(primitive.examples))
    shapes = data.draw(broadcastable_shapes(len(example.shapes))) if primitive.kind == "elementwise" else None
    host = data.draw(example_arguments(example, shapes))
    narrow = data.draw(st.sampled_from(primitive.differentiable))
    arguments = [narrowed(x, WIDTHS[i != narrow]) for i, x in enumerate(host)]

    def f(*moving):
        given = list(arguments)
        for i, x in zip(primitive.differentiable, moving):
            given[i] = x
        return primitive(*given, **example.params)

    moving = [arguments[i] for i in primitive.differentiable]
    with np.errstate(all="ignore"):
        y, pullback = mg.vjp(f, *moving)
        assert_dtypes(pullback(mg.tree_map(mnp.ones_like, y)), moving)
        _, tangent = mg.jvp(f, moving, [mnp.ones_like(x) for x in moving])
    for a, b in zip(mg.tree_leaves(tangent), mg.tree_leaves(y), strict=True):
        assert dtype_name(a.dtype) == dtype_name(b.dtype)


def assert_dtypes(found, like):
    for g, x in zip(mg.tree_leaves(found), mg.tree_leaves(like), strict=True):
        assert (dtype_name(g.dtype), g.shape) == (dtype_name(x.dtype), x.shape)


MIXED = {
    "a narrow bias beside wide rows": lambda narrow, wide: mnp.mean((wide @ mnp.ones((2, 2)) + narrow) ** 2),
    "rows by a narrow matrix": lambda narrow, wide: mnp.sum(mnp.tanh(wide * narrow)),
    "a where": lambda narrow, wide: mnp.sum(mnp.where(wide > 0.0, wide, narrow)),
    "a concatenation": lambda narrow, wide: mnp.sum(mnp.square(mnp.concatenate([mnp.ravel(wide), narrow]))),
    "a maximum": lambda narrow, wide: mnp.sum(mnp.maximum(wide, narrow)),
    "an einsum": lambda narrow, wide: mnp.einsum("ij,j->", wide, narrow) ** 2,
    "an update": lambda narrow, wide: mnp.sum(mnp.index_add(wide, 0, narrow) ** 3),
}


@pytest.mark.parametrize("f", MIXED.values(), ids=MIXED)
def test_gradients_of_mixed_arguments_keep_each_width(f):
    narrow, wide = mnp.asarray([0.5, -0.25], dtype="float32"), mnp.asarray([[1.0, 2.0], [-3.0, 0.5], [0.1, 0.2]])
    for gradient in (mg.grad(f, (0, 1)), mg.compile(mg.grad(f, (0, 1)))):
        found = gradient(narrow, wide)
        assert_dtypes(found, (narrow, wide))
        expected = mg.grad(f, (0, 1))(mnp.astype(narrow, "float64"), wide)
        for a, b in zip(found, expected):
            np.testing.assert_allclose(mg.to_numpy(a), mg.to_numpy(b), rtol=1e-6)
    assert_dtypes(mg.hvp(lambda both: f(*both))((narrow, wide), (narrow, wide)), (narrow, wide))


def test_a_layer_of_narrow_bias_beside_wide_rows():
    layer = nn.dense(3)
    parameters = {"weight": mnp.ones((2, 3)), "bias": mnp.zeros(3, dtype="float32")}
    rows = mnp.asarray([[1.0, 2.0], [3.0, 4.0]])
    loss = lambda p: mnp.mean(layer.apply(p, rows) ** 2)
    for transformed in (mg.grad(loss), mg.compile(mg.grad(loss))):
        assert_dtypes(transformed(parameters), parameters)

