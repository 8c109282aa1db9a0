"""Layers of several inputs and of several outputs: against the layers inside, one by one."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.random import generator


def drawn(shape, seed=0):
    return generator(seed).standard_normal(shape)


def host(tree):
    return [mg.to_numpy(leaf) for leaf in mg.tree_leaves(tree)]


def same(a, b):
    assert len(host(a)) == len(host(b)) > 0
    for x, y in zip(host(a), host(b)):
        assert_array_equal(x, y)


# -- concatenate ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("leading", [(6,), (2, 3), (1,)])
def test_concatenate_is_each_layer_on_its_input_side_by_side(leading):
    layer = nn.concatenate(nn.identity, nn.dense(4), nn.embedding(5, 2))
    shapes = ((*leading, 3), (*leading, 2), leading)
    params = layer.init(generator(0), shapes)
    x = (drawn(shapes[0]), drawn(shapes[1], 1), generator(2).integers(0, 5, leading))
    y = mg.to_numpy(layer.apply(params, x))
    none, dense, embedded = params
    assert none is None and y.shape == (*leading, 9) == layer.output_shape(shapes)
    by_hand = mg.to_numpy(x[1]) @ mg.to_numpy(dense["weight"]) + mg.to_numpy(dense["bias"])
    rows = mg.to_numpy(embedded["weight"])[mg.to_numpy(x[2])]
    assert_allclose(y, np.concatenate([mg.to_numpy(x[0]), by_hand, rows], -1), rtol=1e-13, atol=1e-15)
    assert_array_equal(mg.to_numpy(layer.apply(list(params), list(x))), y)


def test_a_batch_of_unknown_size_fits_any():
    layer = nn.concatenate(nn.identity, nn.dense(4))
    assert layer.output_shape(((None, 3), (5, 2))) == (5, 7)
    assert layer.output_shape(((None, 3), (None, 2))) == (None, 7)


def conditional():
    """Noise and a class into the generator: what the first layer of a conditional GAN is."""
    first = nn.concatenate(nn.sequential(nn.dense(4), nn.batch_norm()), nn.sequential(nn.embedding(5, 2), nn.dropout(0.5)))
    return nn.sequential(first, nn.tanh, nn.dense(2))


def inputs(n=8):
    return drawn((n, 3)), generator(1).integers(0, 5, n)


def test_derivatives_go_to_every_part_and_every_float_input():
    network = conditional()
    params = network.init(generator(0), ((None, 3), (None,)))
    z, label = inputs()
    mg.check_grads(lambda params, z: network.apply(params, (z, label), train=True, rng=generator(3)), (params, z))


def test_layers_draw_in_order_from_one_stream():
    layer = nn.concatenate(nn.dropout(0.5), nn.dropout(0.5))
    x = mnp.ones((6, 3))
    rng = generator(7)
    one, other = (nn.dropout(0.5).apply(None, x, train=True, rng=rng) for _ in range(2))
    found = layer.apply((None, None), (x, x), train=True, rng=generator(7))
    same(found, mnp.concatenate([one, other], -1))


def test_statistics_inside_are_those_of_the_input_they_stand_at():
    network = conditional()
    params = network.init(generator(0), ((None, 3), (None,)))
    x = inputs()
    seen = nn.update_statistics(network, params, x, 0.25, generator(3))
    expected = nn.update_statistics(nn.sequential(nn.dense(4), nn.batch_norm()), params[0][0], x[0], 0.25)
    same(seen[0][0], expected)
    same(seen[0][1], params[0][1])
    same(seen[2], params[2])
    assert not np.any(mg.to_numpy(seen[0][0][1]["mean"]) == 0.0)
    assert nn.concatenate(nn.dense(2), nn.identity).observe is None


# -- branches -------------------------------------------------------------------------------------------------------


def discriminator():
    trunk = nn.sequential(nn.dense(4), nn.batch_norm(), nn.leaky_relu(0.2), nn.dropout(0.3))
    return nn.branches(trunk, real=nn.dense(1), label=nn.sequential(nn.dense(3), nn.batch_norm()))


def test_branches_are_heads_on_the_trunks_output():
    layer = discriminator()
    params, x = layer.init(generator(0), (None, 2)), drawn((7, 2), 1)
    assert set(params) == {"trunk", "heads"} and set(params["heads"]) == {"real", "label"}
    y = layer.apply(params, x)
    trunk = nn.sequential(nn.dense(4), nn.batch_norm(), nn.leaky_relu(0.2), nn.dropout(0.3))
    h = trunk.apply(params["trunk"], x)
    same(y["real"], nn.dense(1).apply(params["heads"]["real"], h))
    same(y["label"], nn.sequential(nn.dense(3), nn.batch_norm()).apply(params["heads"]["label"], h))
    assert layer.output_shape((7, 2)) == {key: tuple(value.shape) for key, value in y.items()}


def test_the_trunk_draws_first_and_heads_in_the_order_given():
    layer = nn.branches(nn.dropout(0.5), b=nn.dropout(0.5), a=nn.dropout(0.5))
    params = {"trunk": None, "heads": {"a": None, "b": None}}  # trees sort their keys; draws do not
    x, rng = mnp.ones((4, 5)), generator(2)
    h = nn.dropout(0.5).apply(None, x, train=True, rng=rng)
    b, a = (nn.dropout(0.5).apply(None, h, train=True, rng=rng) for _ in range(2))
    same(layer.apply(params, x, train=True, rng=generator(2)), {"a": a, "b": b})


def test_statistics_of_trunk_and_heads():
    """Without dropout, so that what the heads see can be told from outside."""
    trunk, head = nn.sequential(nn.dense(4), nn.batch_norm()), nn.sequential(nn.dense(3), nn.batch_norm())
    layer = nn.sequential(nn.tanh, nn.branches(trunk, real=nn.dense(1), label=head))
    params, x = layer.init(generator(0), (None, 2)), drawn((7, 2), 1)
    seen = nn.update_statistics(layer, params, x, 0.25)
    own, moved = params[1], seen[1]
    same(moved["trunk"], nn.update_statistics(trunk, own["trunk"], mnp.tanh(x), 0.25))
    h = trunk.apply(own["trunk"], mnp.tanh(x), train=True)
    same(moved["heads"]["label"], nn.update_statistics(head, own["heads"]["label"], h, 0.25))
    same(moved["heads"]["real"], own["heads"]["real"])
    assert nn.branches(nn.dense(2), a=nn.tanh).observe is None


def test_statistics_with_dropout_need_and_take_a_generator():
    layer = discriminator()
    params, x = layer.init(generator(0), (None, 2)), drawn((7, 2), 1)
    seen = nn.update_statistics(layer, params, x, 0.25, generator(3))
    again = nn.update_statistics(layer, params, x, 0.25, generator(3))
    same(seen, again)
    assert np.any(mg.to_numpy(seen["heads"]["label"][1]["mean"]) != 0.0)


def test_derivatives_of_a_loss_of_all_heads():
    layer = discriminator()
    params, x = layer.init(generator(0), (None, 2)), drawn((5, 2), 1)

    def loss(params, x):
        y = layer.apply(params, x, train=True, rng=generator(3))
        return mnp.mean(mnp.softplus(y["real"])) + mnp.mean(mnp.square(y["label"]))

    mg.check_grads(loss, (params, x))


def test_several_in_and_several_out_train_compiled():
    """A regression of two targets from two inputs: each head to a tenth of where it began."""
    trunk = nn.mlp([16], output="tanh")
    network = nn.sequential(
        nn.concatenate(nn.identity, nn.embedding(5, 3)), nn.branches(trunk, a=nn.dense(1), b=nn.dense(2))
    )
    params, adam = network.init(generator(0), ((None, 3), (None,))), optim.adam(1e-2)
    z, label = inputs(32)
    target = {"a": mnp.sin(z[:, :1]), "b": mnp.reshape(mnp.astype(label, "float64") / 5.0, (32, 1)) * z[:, 1:]}

    def losses(params):
        y = network.apply(params, (z, label))
        return {key: mnp.mean(mnp.square(y[key] - target[key])) for key in y}

    @mg.compile
    def step(params, memory):
        gradient = mg.grad(lambda params: sum(losses(params).values()))(params)
        return adam.update(params, gradient, memory)

    first, memory = losses(params), adam.init(params)
    for _ in range(300):
        params, memory = step(params, memory)
    last = losses(params)
    assert all(float(last[key]) < 0.1 * float(first[key]) for key in ("a", "b"))


# -- what is refused --------------------------------------------------------------------------------------------------

BOTH = nn.concatenate(nn.identity, nn.dense(2))
HEADS = nn.branches(nn.dense(2), a=nn.dense(1))
X = np.ones((4, 3))


@pytest.mark.parametrize(
    ("bad", "error", "words"),
    [
        (lambda: nn.concatenate(), ValueError, "a layer for every input"),
        (lambda: nn.concatenate(nn.dense(1), nn.dense), TypeError, "layer 1 of concatenate is no Layer.*call it first"),
        (lambda: BOTH.init(generator(0), (None, 3)), ValueError, r"a tuple of 2 shapes, and was given \(None, 3\)"),
        (lambda: BOTH.init(generator(0), ((None, 3),)), ValueError, r"2 shapes, and was given \(\(None, 3\),\)"),
        (lambda: BOTH.init(generator(0), ((4, 3), (5, 3))), ValueError, r"other axes agree.*\(4, 3\), \(5, 2\)"),
        (lambda: BOTH.output_shape(((4, 3), (4, 1, 3))), ValueError, r"other axes agree.*\(4, 3\), \(4, 1, 2\)"),
        (lambda: BOTH.output_shape(((4, None), (4, 3))), ValueError, "other axes agree"),
        (lambda: BOTH.apply((None, None), mnp.asarray(X)), ValueError, r"2 inputs, and .* array of shape \(4, 3\)"),
        (lambda: BOTH.apply((None, None), (mnp.asarray(X),)), ValueError, "2 inputs, and was given 1"),
        (lambda: BOTH.apply({}, (mnp.asarray(X),) * 2), ValueError, "2 parameters, and was given a dict"),
        (
            lambda: nn.concatenate(nn.identity, nn.identity).apply((None, None), (mnp.ones((4, 3)), mnp.ones((1, 3)))),
            ValueError,
            r"other axes agree.*\(4, 3\), \(1, 3\)",
        ),
        (lambda: nn.branches(nn.dense(1)), ValueError, "heads by name"),
        (lambda: nn.branches(nn.dense, a=nn.dense(1)), TypeError, "the trunk of branches is no Layer"),
        (lambda: nn.branches(nn.dense(1), a=nn.dense), TypeError, "the head a of branches is no Layer"),
        (lambda: HEADS.apply({"trunk": None, "heads": {"b": None}}, X), ValueError, r"\['a'\], and was given \['b'\]"),
        (lambda: HEADS.apply((None, None), X), ValueError, r"'trunk' and 'heads'.* and was given 2"),
    ],
)  # fmt: skip
def test_refused_in_a_sentence(bad, error, words):
    with pytest.raises(error, match=words):
        bad()


def test_a_head_may_be_called_anything():
    layer = nn.branches(nn.tanh, trunk=nn.relu, x=nn.identity)
    y = layer.apply({"trunk": None, "heads": {"trunk": None, "x": None}}, mnp.asarray([-1.0, 2.0]))
    assert_allclose(mg.to_numpy(y["trunk"]), [0.0, np.tanh(2.0)], rtol=1e-15)
