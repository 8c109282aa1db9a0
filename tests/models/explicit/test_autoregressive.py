"""Bits by the chain rule: each network against the reference's loops, both ways to sample, tables, orders."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.models.explicit.autoregressive import (
    all_states,
    drawn,
    drawn_plainly,
    enumerated,
    log_likelihood,
    order_called,
    products_in_order,
    uniforms,
)
from minigan.models.explicit.fvbn import full_table, table_of
from minigan.models.explicit.made import masked_network
from minigan.models.explicit.pixelcnn_networks import one_stack, two_stacks
from minigan.nn.masked_dense import hidden_degrees
from minigan.random import generator
from reference.belief_nets import chain_rule, logistic_conditional, masked_convolution, masked_logit
from reference.networks import sigmoid

ORDER = (3, 0, 5, 1, 4, 2)
MODELS = {
    "fvbn": masked_network(range(6)),
    "made": masked_network(ORDER, (7,)),
    "made of two": masked_network(ORDER, (11, 5)),
    "table": full_table(6),
    "one stack": one_stack(2, 3, 4, 3),
    "two stacks": two_stacks(3, 2, 4, 3),
    "one stack of classes": one_stack(2, 3, 4, 2, classes=3),
    "two stacks of classes": two_stacks(2, 3, 4, 2, classes=3),
}
every = pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)


def parameters(model, seed=0, dtype="float64", scale=0.5):
    rng = generator(seed)
    params = model.init(rng, dtype)
    return mg.tree_map(lambda leaf: leaf + scale * rng.standard_normal(tuple(leaf.shape), dtype=dtype), params)


def classes_for(model, n):
    """Classes for networks that have them."""
    try:
        model.logits(parameters(model), mnp.zeros((1, 6)))
    except ValueError:
        return mnp.asarray(np.arange(n) % 3)
    return None


def host(tree):
    return mg.tree_map(mg.to_numpy, tree)


# -- against loops ---------------------------------------------------------------------------------------------------


def test_a_logistic_net_is_the_chain_rule_by_loops():
    params = parameters(MODELS["fvbn"])
    (own,) = host(params)
    conditional = logistic_conditional(own["bias"], own["weight"].T)
    states = mg.to_numpy(all_states(6))
    stated = [math.log(chain_rule(conditional, x)) for x in states]
    assert_allclose(mg.to_numpy(enumerated(MODELS["fvbn"], params)), stated, rtol=1e-12)


@pytest.mark.parametrize("name, widths", [("made", (7,)), ("made of two", (11, 5))])
def test_a_masked_network_is_what_its_degrees_say(name, widths):
    params = parameters(MODELS[name])
    layers = [(own["weight"], own["bias"]) for own in host(params)]
    place, degrees = np.argsort(ORDER) + 1, [hidden_degrees(6, width) for width in widths]
    x = mg.to_numpy(all_states(6))[::7]
    found = mg.to_numpy(MODELS[name].logits(params, mnp.asarray(x)))
    stated = [[masked_logit(i, row, place, layers, degrees) for i in range(6)] for row in x]
    assert_allclose(found, stated, rtol=1e-12, atol=1e-12)


def output_by_loops(own, h):
    h = np.maximum(np.maximum(h, 0.0) @ own["hidden"]["weight"] + own["hidden"]["bias"], 0.0)
    return (h @ own["last"]["weight"] + own["last"]["bias"])[..., 0]


@pytest.mark.parametrize("name", ["one stack", "one stack of classes"])
def test_one_stack_is_masked_convolutions_by_loops(name):
    params = parameters(MODELS[name])
    own, x = host(params), mg.to_numpy(all_states(6))[::9]
    given = classes_for(MODELS[name], len(x))
    found = mg.to_numpy(MODELS[name].logits(params, mnp.asarray(x), given))
    for n, bits in enumerate(x):
        h = 2.0 * bits.reshape(2, 3, 1) - 1.0
        for i, p in enumerate(own["layers"]):
            sees = (lambda r, c: (r, c) <= (0, 0)) if i else (lambda r, c: (r, c) < (0, 0))
            a = masked_convolution(np.maximum(h, 0.0) if i else h, p["weight"], p["bias"], sees) + p["place"]
            a = a if given is None else a + p["class"][n % 3]
            h = h + a if i else a
        assert_allclose(found[n], output_by_loops(own["output"], h).ravel(), rtol=1e-11, atol=1e-12)


def gated(a):
    return np.tanh(a[..., : a.shape[-1] // 2]) * sigmoid(a[..., a.shape[-1] // 2 :])


@pytest.mark.parametrize("name, shape", [("two stacks", (3, 2)), ("two stacks of classes", (2, 3))])
def test_two_stacks_are_the_gated_formula_by_loops(name, shape):
    params = parameters(MODELS[name])
    own, x = host(params), mg.to_numpy(all_states(6))[::9]
    given = classes_for(MODELS[name], len(x))
    found = mg.to_numpy(MODELS[name].logits(params, mnp.asarray(x), given))
    for n, bits in enumerate(x):
        v = h = 2.0 * bits.reshape(*shape, 1) - 1.0
        for i, p in enumerate(own["layers"]):
            above = (lambda r, c: r <= 0) if i else (lambda r, c: r < 0)
            left = (lambda r, c: c <= 0) if i else (lambda r, c: c < 0)
            added = [0.0 if given is None else p[stack]["class"][n % 3] for stack in ("above", "left")]
            a = masked_convolution(v, p["above"]["weight"], p["above"]["bias"], above) + p["above"]["place"] + added[0]
            b = masked_convolution(h, p["left"]["weight"], p["left"]["bias"], left) + p["left"]["place"] + added[1]
            out = gated(b + a @ p["down"]["weight"] + p["down"]["bias"]) @ p["out"]["weight"] + p["out"]["bias"]
            v, h = gated(a), (h + out if i else out)
        assert_allclose(found[n], output_by_loops(own["output"], h).ravel(), rtol=1e-11, atol=1e-12)


# -- what holds of all -----------------------------------------------------------------------------------------------


@every
@given(seed=st.integers(0, 1000))
def test_probabilities_sum_to_one(model, seed):
    params = parameters(model, seed)
    for given_class in (0, 2) if classes_for(model, 1) is not None else (None,):
        assert_allclose(mg.to_numpy(mnp.sum(mnp.exp(enumerated(model, params, given_class)))), 1.0, atol=1e-12)


@every
@given(seed=st.integers(0, 1000), dtype=st.sampled_from(["float32", "float64"]), n=st.sampled_from([1, 5]))
def test_a_cache_changes_no_bit(model, seed, dtype, n):
    params, given_classes = parameters(model, seed, dtype), classes_for(model, n)
    numbers = uniforms(model, params, n, generator(seed + 1))
    fast = drawn(model, params, numbers, given_classes)
    assert_array_equal(mg.to_numpy(fast), mg.to_numpy(drawn_plainly(model, params, numbers, given_classes)))
    asked, bit, told = model.conditionals(params, n, given_classes), None, [None] * 6
    for i in model.order:
        told[i], bit = asked.send(bit), fast[:, i]
    in_order = model.logits(params, fast, given_classes, products_in_order)
    assert_array_equal(mg.to_numpy(mnp.stack(told, 1)), mg.to_numpy(in_order))
    tolerance = {"float32": 1e-3, "float64": 1e-11}[dtype]
    assert_allclose(
        mg.to_numpy(model.logits(params, fast, given_classes)), mg.to_numpy(in_order), rtol=tolerance, atol=tolerance
    )


@every
@given(seed=st.integers(0, 1000), t=st.integers(0, 5))
def test_a_logit_does_not_hear_of_later_bits(model, seed, t):
    """Exactly, whatever is put there in place of bits."""
    params, rng = parameters(model, seed), generator(seed)
    x, other = (mnp.astype(rng.integers(0, 2, (4, 6)), "float64") for _ in range(2))
    if t == 5 and model is not MODELS["table"]:
        other = 100.0 * rng.standard_normal((4, 6))
    later = mnp.asarray([1.0 if model.order.index(i) >= t else 0.0 for i in range(6)])
    one, two = (
        mg.to_numpy(model.logits(params, x, classes_for(model, 4))) for x in (x, mnp.where(later > 0.5, other, x))
    )
    heard = [i for place, i in enumerate(model.order) if place <= t]
    assert_array_equal(one[:, heard], two[:, heard])


def test_samples_have_the_law_that_is_enumerated():
    """Frequencies of 64 states among 20,000 samples, by chi squared: below its 1 - 1e-6 quantile for 63 degrees."""
    for model in (MODELS["made"], MODELS["two stacks"], MODELS["table"]):
        params = parameters(model, 3, scale=0.3)
        x = mg.to_numpy(model.sample(params, 20_000, generator(4)))
        counts = np.bincount((x @ (2 ** np.arange(5, -1, -1))).astype(int), minlength=64)
        expected = 20_000 * np.exp(mg.to_numpy(enumerated(model, params)))
        assert ((counts - expected) ** 2 / expected).sum() < 129.0


def test_no_hidden_layer_is_a_logistic_net():
    net, params = MODELS["fvbn"], parameters(MODELS["fvbn"])
    x = all_states(6)
    (own,) = params
    weight = mnp.tril(mnp.matrix_transpose(own["weight"]), -1)
    assert_allclose(mg.to_numpy(net.logits(params, x)), mg.to_numpy(x @ weight.T + own["bias"]), rtol=1e-12, atol=1e-12)
    assert net.count(params) == 6 * 5 // 2 + 6


@pytest.mark.parametrize("name", ["made of two", "one stack", "two stacks of classes"])
def test_masked_parameters_are_not_counted(name):
    model = MODELS[name]
    params, given_classes = parameters(model), classes_for(model, 32)

    def cost(params):
        return mnp.sum(model.log_density(params, all_states(6)[::2, ...], given_classes) ** 2)

    moved = sum(int((mg.to_numpy(leaf) != 0.0).sum()) for leaf in mg.tree_leaves(mg.grad(cost)(params)))
    assert moved <= model.count(params) < sum(leaf.size for leaf in mg.tree_leaves(params))


# -- tables ----------------------------------------------------------------------------------------------------------


@given(st.integers(1, 6), st.integers(0, 1000), st.floats(0.05, 5.0))
def test_a_table_is_any_law(n, seed, concentration):
    law = np.random.default_rng(seed).dirichlet(np.full(2**n, concentration))
    law[: 2 ** (n - 1)] *= seed % 2  # every other law is 0 on half of its states
    law /= law.sum()
    found = mg.to_numpy(mnp.exp(enumerated(full_table(n), table_of(law))))
    assert_allclose(found, law, rtol=1e-9, atol=1e-15)


@pytest.mark.parametrize(
    "law, told",
    [
        ([0.5, 0.6], r"of a table sum to 1, and these to 1\.1: divide by their sum"),
        ([0.5, 0.25, 0.25], r"each of 2\^n states, n at least 1, and has the shape \(3,\)"),
        ([[0.5, 0.5]], r"has the shape \(1, 2\)"),
        ([1.5, -0.5], r"numbers from 0 to 1, and has -0\.5 among them"),
        ([math.nan, 1.0], "has nan among them"),
        ([1.0], r"shape \(1,\)"),
    ],
)
def test_what_is_no_table_of_probabilities_is_refused(law, told):
    with pytest.raises(ValueError, match=told):
        table_of(law)


# -- orders, states, classes -----------------------------------------------------------------------------------------


def test_orders_have_names():
    assert order_called("raster", 2, 2) == (0, 1, 2, 3)
    assert order_called("columns", 2, 2) == (0, 2, 1, 3)
    assert order_called("reversed", 2, 2) == (3, 2, 1, 0)
    for word in ("raster", "columns", "reversed", "spread"):
        assert sorted(order_called(word, 5, 3)) == list(range(15))


@pytest.mark.parametrize(
    "word, told",
    [
        ("rastre", "an order is one of raster, .* and was 'rastre'; the nearest is 'raster'"),
        ("xyz", "and was 'xyz'; or 4 numbers with commas between"),
        ("0,1,2", r"a permutation of 0 \.\. 3, and 0, 1, 2 has 3 entries"),
        ("0,1,2,2", r"a permutation of 0 \.\. 3, and 0, 1, 2, 2 has 2 twice"),
        ("0,1,2,4", "and 0, 1, 2, 4 has 4"),
    ],
)
def test_what_is_no_order_is_refused(word, told):
    with pytest.raises(ValueError, match=told):
        order_called(word, 2, 2)


def test_states_count_up_from_zero():
    numbers = mg.to_numpy(all_states(5)) @ (2 ** np.arange(4, -1, -1))
    assert_array_equal(numbers, np.arange(32))
    for n in (0, 21):
        with pytest.raises(ValueError, match=rf"n in 1 \.\. 20, and n was {n}"):
            all_states(n)


def test_certain_bits_cost_nothing_and_impossible_ones_everything():
    x, logits = mnp.asarray([[1.0, 0.0], [0.0, 0.0]]), mnp.asarray([mnp.inf, -mnp.inf])
    assert_array_equal(mg.to_numpy(log_likelihood(logits, x)), [0.0, -np.inf])


def test_classes_are_given_where_there_are_some():
    for name in ("one stack", "two stacks"):
        with pytest.raises(ValueError, match="3 classes: say which"):
            MODELS[f"{name} of classes"].logits(parameters(MODELS[f"{name} of classes"]), mnp.zeros((1, 6)))
        with pytest.raises(ValueError, match="made without classes"):
            MODELS[name].logits(parameters(MODELS[name]), mnp.zeros((1, 6)), mnp.asarray([0]))
    with pytest.raises(ValueError, match=r"images of 2 x 3 bits have the shape \(n, 6\), not \(1, 7\)"):
        MODELS["one stack"].logits(parameters(MODELS["one stack"]), mnp.zeros((1, 7)))


@pytest.mark.parametrize("make", [one_stack, two_stacks])
def test_sizes_are_counts(make):
    for how, told in (
        (dict(depth=0), "depth of PixelCNN are a positive integer, and were 0"),
        (dict(features=1.5), "features .* and were 1.5"),
        (dict(classes=-1), "classes .* and were -1"),
    ):
        with pytest.raises(ValueError, match=told):
            make(2, 3, **how)
