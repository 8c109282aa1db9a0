"""Layers with an inverse: there and back, determinants against the Jacobian's and the reference's, and what is refused."""

import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn
from minigan.backend import dtype_name
from minigan.nn.coupling import coupling_mask
from minigan.nn.invertible_linear import cosines, matrix_of
from minigan.random import generator
from reference.coupling import coupling as literal_coupling
from reference.coupling import log_determinant

ROWS = {
    "coupling, first half": lambda: nn.affine_coupling(nn.mlp([6, 8], activation="tanh")),
    "coupling, second half": lambda: nn.affine_coupling(nn.mlp([6, 8], activation="tanh"), "second half"),
    "coupling, own mask": lambda: nn.affine_coupling(nn.mlp([6, 8], activation="tanh"), [1, 0, 0, 0]),
    "linear": nn.invertible_linear,
    "normalisation": nn.activation_norm,
    "chain": lambda: nn.chain(nn.activation_norm(), nn.invertible_linear(), nn.affine_coupling(nn.dense(8))),
    "unflatten": lambda: nn.unflatten(2, 2),
}
IMAGES = {
    "checkerboard": lambda: nn.affine_coupling(nn.conv2d(4, 3, padding=1), "checkerboard"),
    "other checkerboard": lambda: nn.affine_coupling(nn.conv2d(4, 3, padding=1), "other checkerboard"),
    "channels": lambda: nn.affine_coupling(nn.conv2d(4, 1), "first half"),
    "linear over channels": nn.invertible_linear,
    "normalised channels": nn.activation_norm,
    "squeeze": lambda: nn.squeeze,
}
EVERY = [(make, (4,)) for make in ROWS.values()] + [(make, (2, 4, 2)) for make in IMAGES.values()]
every = pytest.mark.parametrize("make, shape", EVERY, ids=[*ROWS, *IMAGES])


def drawn(make, shape, seed=0, scale=0.4):
    rng, layer = generator(seed), make()
    params = layer.init(rng, (None, *shape), "float64")
    params = mg.tree_map(lambda leaf: leaf + scale * rng.standard_normal(leaf.shape), params)
    return layer, params, rng.standard_normal((3, *shape))


@every
@pytest.mark.parametrize("seed", [0, 1])
def test_there_and_back_and_how_volume_changes(make, shape, seed):
    layer, params, x = drawn(make, shape, seed)
    y, log_det = layer.forward(params, x)
    assert tuple(y.shape) == tuple(layer.output_shape(x.shape)) and log_det.shape == (3,)
    assert_allclose(mg.to_numpy(layer.inverse(params, y)), mg.to_numpy(x), atol=1e-11)
    for i in range(3):
        flat = mnp.reshape(x[i, ...], (-1,))

        def one(row):
            return mnp.reshape(layer.forward(params, mnp.reshape(row, (1, *shape)))[0], (-1,))

        exact = np.linalg.slogdet(mg.to_numpy(mg.jacobian(one)(flat)))[1]
        assert_allclose(float(log_det[i]), exact, atol=1e-10)


@every
def test_float32_stays(make, shape):
    layer = make()
    params = layer.init(generator(0), (None, *shape), "float32")
    x = generator(1).standard_normal((3, *shape), dtype="float32")
    y, log_det = layer.forward(params, x)
    assert {dtype_name(part.dtype) for part in (y, log_det, layer.inverse(params, y))} == {"float32"}


def test_a_coupling_is_the_references():
    layer, params, x = drawn(lambda: nn.affine_coupling(nn.dense(8)), (4,))
    w, b = (mg.to_numpy(params[key]) for key in ("weight", "bias"))
    half = w[:2]

    def moves(a):
        out = anp.dot(a, half) + b
        return 2.0 * anp.tanh(out[2:4]), out[6:8]

    y, log_det = layer.forward(params, x)
    for i, row in enumerate(mg.to_numpy(x)):

        def literal(x):
            return literal_coupling(x, lambda a: moves(a)[0], lambda a: moves(a)[1])

        assert_allclose(mg.to_numpy(y)[i], literal(row), rtol=1e-12)
        assert_allclose(float(log_det[i]), log_determinant(literal, row), rtol=1e-10)


@given(st.integers(1, 6), st.integers(0, 99))
def test_the_linear_map_is_never_singular(width, seed):
    layer = nn.invertible_linear()
    params = mg.tree_map(lambda leaf: 2.0 * generator(seed).standard_normal(leaf.shape), layer.init(None, (None, width)))
    _, log_det = layer.forward(params, mnp.zeros((1, width)))
    assert_allclose(np.linalg.slogdet(mg.to_numpy(matrix_of(params)))[1], float(log_det[0]), atol=1e-9)
    assert_allclose(cosines(width) @ cosines(width).T, np.eye(width), atol=1e-14)


def test_normalisation_adapts_to_a_batch():
    x = 3.0 * generator(0).standard_normal((50, 4, 4, 2)) - 7.0
    norm = nn.activation_norm()
    y, _ = norm.forward(norm.adapted(norm.init(None, x.shape), x), x)
    assert_allclose(mg.to_numpy(mnp.mean(y, (0, 1, 2))), 0.0, atol=1e-12)
    assert_allclose(mg.to_numpy(mnp.std(y, (0, 1, 2))), 1.0, rtol=1e-5)
    constant = norm.adapted(norm.init(None, (3, 1)), mnp.ones((3, 1)))
    assert np.isfinite(mg.to_numpy(constant["log_scale"])).all()


def test_a_chain_adapts_each_of_its_parts_to_what_reaches_it():
    flow = nn.chain(nn.activation_norm(), nn.invertible_linear(), nn.activation_norm())
    x = generator(0).standard_normal((200, 2)) @ mnp.asarray([[3.0, 1.0], [0.0, 0.5]]) + 4.0
    y, _ = flow.forward(flow.adapted(flow.init(generator(1), x.shape), x), x)
    assert_allclose(mg.to_numpy(mnp.mean(y, 0)), 0.0, atol=1e-12)
    assert_allclose(mg.to_numpy(mnp.std(y, 0)), 1.0, rtol=1e-5)


def test_squeeze_brings_neighbours_together():
    x = mnp.reshape(mnp.arange(16.0), (1, 4, 4, 1))
    y, _ = nn.squeeze.forward(None, x)
    assert_array_equal(mg.to_numpy(y)[0, 0, 1], [2.0, 3.0, 6.0, 7.0])


@pytest.mark.parametrize(
    "wrong, kind, told",
    [
        (lambda: nn.chain(nn.dense(3)), TypeError, "part 0 of a chain is no Bijection and has no inverse"),
        (lambda: nn.chain(), ValueError, "has one at least"),
        (lambda: nn.affine_coupling(nn.dense(6)).init(None, (None, 3)), ValueError, r"even last axis, .* is \(3,\)"),
        (lambda: nn.affine_coupling(nn.dense(5)).init(None, (None, 4)), ValueError, r"\(n, 8\), and dense\(5\) makes"),
        (lambda: nn.affine_coupling(3), TypeError, "a coupling's network is a Layer"),
        (lambda: nn.affine_coupling(nn.dense(8), largest=0.0), ValueError, "positive number, and was 0.0"),
        (lambda: coupling_mask("upper half", (4,)), ValueError, "and was 'upper half'"),
        (lambda: coupling_mask("checkerboard", (4,)), ValueError, r"lies on images .* \(4,\)"),
        (lambda: coupling_mask([1, 1], (2,)), ValueError, "its mask has 0 and 1 in it"),
        (lambda: coupling_mask([1, 2], (2,)), ValueError, "holds 0 and 1 alone"),
        (lambda: coupling_mask([1, 0, 1], (2,)), ValueError, r"of shape \(3,\) does not fit x of shape \(2,\)"),
        (lambda: nn.squeeze.forward(None, mnp.ones((1, 3, 4, 1))), ValueError, r"2x2 pixels .* \(1, 3, 4, 1\)"),
        (lambda: nn.unflatten(2, 3).forward(None, mnp.ones((2, 4))), ValueError, "rows of 6 numbers are images"),
    ],
)
def test_what_has_no_inverse_is_refused(wrong, kind, told):
    with pytest.raises(kind, match=told):
        wrong()
