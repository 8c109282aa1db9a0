"""fvbn, made and pixelcnn as systems: what they learn of digits, orders, classes, and what they are refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp

import minigan as mg
import minigan.numpy as mnp
from minigan.models import SYSTEMS
from minigan.models.explicit import digit_bits
from minigan.models.explicit.fvbn import fvbn
from minigan.models.explicit.made import made
from minigan.models.explicit.pixelcnn import joint_log_density, pixelcnn
from minigan.random import generator


def model_of(trained):
    return trained.state.parameters["model"]


@pytest.mark.parametrize(
    "system, least",
    [(fvbn(), 5.0), (made(), 4.0), (made(order="spread"), 4.0), (made(layers=0), 4.0)],
    ids=["fvbn", "made", "spread", "no hidden layer"],
)
def test_it_learns_digits(system, least):
    """Hundreds of steps in, nats a digit above independent pixels; what has learned nothing is said to have collapsed."""
    found = system.measured(system.train(400))
    assert found["nats"] > found["nats_of_baseline"] + least and not found["collapsed"]
    assert found["nats_are"] == "exact" and found["nats_gap"] is None and not found["latent_code"]
    assert found["evaluations_per_sample"] == 64 == len(system.parts["model"].order)


def test_without_weights_it_is_independent_pixels():
    """So it says exactly as much as the baseline, and has collapsed."""
    system = fvbn()
    trained = system.train(0)
    (layer,) = model_of(trained)
    nothing = ({**layer, "weight": 0.0 * layer["weight"]},)
    state = trained.state._replace(parameters={"model": nothing})
    found = system.measure(state, generator(0))
    assert_allclose(found["nats"], found["nats_of_baseline"], atol=2e-4)
    assert found["parameters"] == 64 * 63 // 2 + 64


def test_decay_makes_weights_smaller_and_spares_biases():
    def size(decay):
        (layer,) = model_of(fvbn(decay=decay).train(200))
        return float(mnp.sum(layer["weight"] ** 2)), float(mnp.max(mnp.abs(layer["bias"])))

    (free, _), (decayed, bias) = size(None), size(0.05)
    assert decayed < 0.5 * free and bias > 4.0


def test_an_order_may_be_written_down():
    rng = np.random.default_rng(0)
    order = rng.permutation(64)
    system = made(order=",".join(map(str, order)), hidden=70)
    assert system.parts["model"].order == tuple(order) and "of one's own" in system.title
    x = mnp.asarray(rng.integers(0, 2, (2, 64)), dtype="float32")
    state = system.train(0).state
    changed = mg.to_numpy(x).copy()
    changed[:, order[-1]] = 1.0 - changed[:, order[-1]]
    one, two = (
        mg.to_numpy(system.parts["model"].logits(state.parameters["model"], mnp.asarray(x))) for x in (x, changed)
    )
    assert_array_equal(one, two)


@pytest.mark.parametrize(
    "order, told",
    [("0,1,2", r"permutation of 0 \.\. 63, and 0, 1, 2 has 3 entries"), ("colums", "the nearest is 'columns'")],
)
def test_what_is_no_order_is_refused(order, told):
    with pytest.raises(ValueError, match=told):
        made(order=order)


# -- classes ---------------------------------------------------------------------------------------------------------


def test_the_density_is_the_sum_over_classes():
    system = pixelcnn(features=3, depth=2, batch=8)
    state, x = system.train(1).state, digit_bits().held_out[:5, ...]
    params, model = state.parameters["model"], system.parts["model"]
    labels = mg.to_numpy(digit_bits().labels).astype(int)
    each = [
        np.log(np.mean(labels == k)) + mg.to_numpy(model.log_density(params, x, mnp.full((5,), k, dtype="int64")))
        for k in range(10)
    ]
    assert_allclose(mg.to_numpy(joint_log_density(model, params, x, system.parts["prior"])), each, rtol=1e-5)
    assert_allclose(mg.to_numpy(system.log_density(state, x)), logsumexp(each, axis=0), rtol=1e-5)


def test_it_draws_the_class_that_is_asked_for(on_numpy):
    """A classifier of real digits recognises half of what a short training draws, where chance is a tenth."""
    from sklearn.linear_model import LogisticRegression

    bits = digit_bits()
    judge = LogisticRegression(max_iter=1000).fit(mg.to_numpy(bits.training), mg.to_numpy(bits.labels).astype(int))
    system = pixelcnn(features=8, depth=3, lr=1e-2)
    state = system.train(200).state
    hits = [
        (judge.predict(mg.to_numpy(system.sample(state, 40, generator(0), condition=name))) == int(name)).mean()
        for name in system.conditions
    ]
    assert min(hits) > 0.25 and np.mean(hits) > 0.5, hits
    assert len(set(judge.predict(mg.to_numpy(system.sample(state, 100, generator(1)))))) == 10


def test_without_classes_there_is_nothing_to_ask_for():
    system = pixelcnn(gated=False, classes=False, features=4, depth=2, batch=8)
    assert system.conditions == () and pixelcnn().conditions == tuple("0123456789")
    state = system.train(1).state
    assert system.sample(state, 3, generator(0)).shape == (3, 64)
    with pytest.raises(ValueError, match="no class is called '3'; it knows none"):
        system.sample(state, 3, generator(0), condition="3")
    assert "held_out_accuracy" not in system.measure(state, generator(0))
    assert system.measure(state, generator(0))["parameters"] == system.parts["model"].count(state.parameters["model"])


def test_all_are_registered():
    assert {"fvbn", "made", "pixelcnn"} <= SYSTEMS.keys()
    assert {SYSTEMS[name].heading for name in ("fvbn", "made", "pixelcnn")} == {"Fully Visible Belief Nets"}
