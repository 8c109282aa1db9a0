"""Tensors and tables of other libraries are read wherever arrays are, or refused with what to do."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import data, metrics, nn, optim
from minigan.gan import fit
from tests.elsewhere import READ, DataFrame, Exchanged, Tensor, TensorOnAGpu

ROWS = np.arange(12.0).reshape(6, 2) ** 0.5
WEIGHTS = np.asarray([0.5, -1.5])


@pytest.fixture(params=READ, ids=lambda kind: kind.__name__)
def elsewhere(request):
    return request.param(ROWS)


# -- read ----------------------------------------------------------------------------------------------------


def test_asarray_and_to_numpy(elsewhere):
    assert_array_equal(mg.to_numpy(mnp.asarray(elsewhere)), ROWS)
    assert_array_equal(mg.to_numpy(elsewhere), ROWS)


@pytest.mark.parametrize(
    "function",
    [
        mnp.sin,  # a primitive
        mnp.mean,  # NumPy's own on plain arrays
        mnp.softmax,
        lambda x: mnp.matmul(x, mnp.asarray(WEIGHTS)),
        lambda x: mnp.concatenate([mnp.asarray(ROWS), x]),
        lambda x: mnp.where(mnp.asarray(True), x, 0.0),
        lambda x: mnp.sum(mnp.asarray(WEIGHTS) * mnp.maximum(x, 1.0), axis=-1),
    ],
)
def test_functions_of_arrays(elsewhere, function):
    found = function(elsewhere)
    assert mg.backend.backend_of_type(type(found)) is not None
    assert_array_equal(mg.to_numpy(found), mg.to_numpy(function(mnp.asarray(ROWS))))


@pytest.mark.parametrize(
    "f",
    [
        lambda w, x: mnp.sum(mnp.multiply(w, x) ** 2),
        lambda w, x: mnp.sum(mnp.sin(mnp.matmul(x, w))),
        lambda w, x: mnp.sum(mnp.logaddexp(x, w)),
    ],
)
def test_a_constant_of_a_differentiated_function(elsewhere, f):
    """Every transformation sees NumPy's numbers, and what comes out is ours."""
    w = mnp.asarray(WEIGHTS)
    plain = mnp.asarray(ROWS)
    for transformed in (
        lambda x: mg.grad(lambda w: f(w, x))(w),
        lambda x: mg.jvp(lambda w: f(w, x), (w,), (w,))[1],
        lambda x: mg.compile(mg.grad(lambda w: f(w, x)))(w),
        lambda x: mg.hessian(lambda w: f(w, x))(w),
        lambda x: mg.trace(lambda w: f(w, x))(w)(w),
    ):
        found = transformed(elsewhere)
        assert mg.backend.backend_of_type(type(found)) is not None
        assert_array_equal(mg.to_numpy(found), mg.to_numpy(transformed(plain)))


def test_training_data(elsewhere):
    def trained(rows):
        return fit(nn.dense(2), nn.mlp([4, 1]), rows, steps=2, batch=4).history

    assert trained(elsewhere) == trained(mnp.asarray(ROWS)) == trained(ROWS.tolist())


def test_data_sets_and_metrics(elsewhere):
    assert_array_equal(data.from_array(elsewhere, "x").values, ROWS)
    other = mnp.asarray(ROWS + 1.0)
    for metric in (
        metrics.frechet_distance,
        metrics.sliced_wasserstein,
        lambda x, y: metrics.precision_recall(x, y).recall,
        lambda x, y: metrics.mmd(x, y, metrics.gaussian_kernel(1.0)),
    ):
        assert float(metric(elsewhere, other)) == float(metric(mnp.asarray(ROWS), other))


def test_a_layers_input(elsewhere):
    layer = nn.mlp([3, 1])
    params = layer.init(0, (None, 2))
    plain = mg.to_numpy(layer.apply(params, mnp.asarray(ROWS)))
    assert_array_equal(mg.to_numpy(layer.apply(params, elsewhere)), plain)
    assert_array_equal(mg.to_numpy(layer.apply(params, ROWS.tolist())), plain)


# -- refused -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "given",
    [
        lambda x: mg.grad(mnp.sum)(x),
        lambda x: mg.jvp(mnp.sum, (x,), (x,)),
        lambda x: mg.compile(mnp.sum)(x),
        lambda x: optim.sgd(0.1).init(x),
    ],
)
@pytest.mark.parametrize("kind", READ)
def test_what_is_differentiated_or_moved_is_to_be_ours(given, kind):
    with pytest.raises(TypeError, match=rf"{kind.__module__}\.{kind.__name__}.*mnp\.asarray\(x\)"):
        given(kind(ROWS))


@pytest.mark.parametrize(
    "door",
    [
        mnp.asarray,
        mg.to_numpy,
        mnp.sin,
        mnp.mean,
        lambda x: fit(nn.dense(2), nn.dense(1), x, steps=1),
        lambda x: data.from_array(x, "x"),
        lambda x: metrics.frechet_distance(x, ROWS),
        lambda x: nn.dense(1).apply({"weight": ROWS[:2], "bias": 0.0}, x),
    ],
)
def test_a_tensor_that_cannot_be_read_from_here(door):
    with pytest.raises(TypeError, match=r"a torch\.TensorOnAGpu of shape \(6, 2\) cannot be read.*cpu\(\)\.numpy\(\)"):
        door(TensorOnAGpu(ROWS))


def test_a_table_with_words_in_it():
    mixed = DataFrame(np.asarray([[1.0, "a"], [2.0, "b"]], dtype=object))
    with pytest.raises(TypeError, match=r"a pandas\.DataFrame of shape \(2, 2\).*Python objects.*to_numpy\(dtype=float\)"):
        fit(nn.dense(2), nn.dense(1), mixed, steps=1)


def test_what_is_from_elsewhere():
    for x in (Tensor(ROWS), DataFrame(ROWS), Exchanged(ROWS)):
        assert mg.backend.is_elsewhere(type(x))
    for x in (ROWS, ROWS[0, 0], 1.0, [1.0], None, "a", mnp.asarray(ROWS), np.ma.masked_array(ROWS), nn.dense(1)):
        assert not mg.backend.is_elsewhere(type(x))
