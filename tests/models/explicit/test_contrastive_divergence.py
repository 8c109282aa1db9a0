"""Training of Boltzmann machines: its three gradients, the chains it keeps, and what it comes to."""

import math

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.neural_network import BernoulliRBM

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.models import SYSTEMS
from minigan.models.explicit import rbm
from minigan.models.explicit.boltzmann_of_bars import machine_model
from minigan.models.explicit.contrastive_divergence import METHODS, energy_learner
from minigan.models.explicit.rbm_of_digits import rbm_model
from minigan.random import generator
from minigan.training import train
from reference.boltzmann import rbm_log_probability

DATA = np.array([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0], [1.0, 1.0, 0.0], [1.0, 0.0, 1.0]])


def small(method, k=1, lr=1.0, **more):
    model = rbm_model(mnp.zeros(3), 2)
    return model, energy_learner(model, mnp.asarray(DATA), optim.sgd(lr), method=method, k=k, **more)


def gradient_of(statistics, v):
    """-dF / d(W, b, c), averaged over rows, by HIPS autograd."""

    def minus_free_energy(w, b, c):
        return anp.mean(v @ b + anp.sum(anp.log(1.0 + anp.exp(v @ w + c)), 1))

    return [autograd.grad(minus_free_energy, i)(*statistics) for i in range(3)]


def host(params):
    return [mg.to_numpy(x) for x in params]


def test_an_exact_step_climbs_the_likelihood():
    """With the rate 1 it adds the gradient of mean log p(v), p by loops over all states."""
    _, learner = small("exact")
    state = learner.init(generator(0))
    before = host(state.parameters["model"])
    after, metrics = learner.step(state, learner.draw(generator(1), state))

    def log_likelihood(w, b, c):
        return sum(rbm_log_probability(v, w, b, c) for v in DATA) / len(DATA)

    for i, (one, two) in enumerate(zip(before, host(after.parameters["model"]))):
        assert_allclose(two - one, autograd.grad(log_likelihood, i)(*before), atol=1e-12)
    assert_allclose(float(metrics["model_loss"]), -log_likelihood(*before), rtol=1e-12)


@pytest.mark.parametrize("method", ["cd", "pcd"])
@pytest.mark.parametrize("k", [1, 3])
def test_a_sampled_step_is_a_difference_of_two_means(method, k):
    """Of the data and of where k sweeps lead: from the data themselves, or from the chain that the state keeps."""
    _, learner = small(method, k)
    state = learner.init(generator(0))
    for seed in (1, 2):
        (v, numbers) = learner.draw(generator(seed), state)
        assert numbers.shape == (k, 4, 5)
        before = host(state.parameters["model"])
        others = np.asarray(DATA) if method == "cd" else mg.to_numpy(state.memories["chain"])
        for u in mg.to_numpy(numbers):
            h = (u[:, :2] < 1.0 / (1.0 + np.exp(-(others @ before[0] + before[2])))).astype(float)
            others = (u[:, 2:] < 1.0 / (1.0 + np.exp(-(h @ before[0].T + before[1])))).astype(float)
        state, _ = learner.step(state, (v, numbers))
        positive, negative = gradient_of(before, DATA), gradient_of(before, others)
        for i, after in enumerate(host(state.parameters["model"])):
            assert_allclose(after - before[i], positive[i] - negative[i], atol=1e-12)
        if method == "pcd":
            assert_array_equal(mg.to_numpy(state.memories["chain"]), others)
        else:
            assert "chain" not in state.memories


def test_the_chain_is_kept_across_a_stop():
    """Going on from a state is going on with its chains: the same as never having stopped, and not the same without."""
    learner = SYSTEMS["rbm"](hidden=8, batch=16).learner
    whole = train(learner, 20, rng=0)
    half = train(learner, 10, rng=0)
    rest = train(learner, 10, rng=half.rng, state=half.state)
    for one, two in zip(host(whole.state.parameters["model"]), host(rest.state.parameters["model"])):
        assert_array_equal(one, two)
    again = train(learner, 10, rng=0)
    memories = {**again.state.memories, "chain": mnp.zeros_like(again.state.memories["chain"])}
    other = train(learner, 10, rng=again.rng, state=again.state._replace(memories=memories))
    assert (host(other.state.parameters["model"])[0] != host(whole.state.parameters["model"])[0]).any()


@pytest.mark.parametrize("method", METHODS)
def test_every_method_finds_the_chances_of_three_coins(method):
    """Three pixels of chances 0.8, 0.5 and 0.2, apart from each other: hidden units are not needed, and not in the way."""
    rng = np.random.default_rng(0)
    data = mnp.asarray((rng.random((4000, 3)) < [0.8, 0.5, 0.2]).astype(float))
    model = rbm_model(mnp.zeros(3), 2)
    learner = energy_learner(model, data, optim.adam(optim.cosine(0.05, 300)), method=method, batch=100)
    params = train(learner, 300, rng=0).state.parameters["model"]
    chances = mg.to_numpy(rbm.expected_statistics(*params).visible_bias)
    assert_allclose(chances, mg.to_numpy(mnp.mean(data, 0)), atol=0.04)


def test_a_visible_machine_cannot_tell_parity_and_a_hidden_unit_can():
    """Three bits with an even sum: all pairs are independent, so that without hidden units the best law is the uniform one
    and KL(data || model) is log 2."""
    data = mnp.asarray([[0.0, 0.0, 0.0], [0.0, 1.0, 1.0], [1.0, 0.0, 1.0], [1.0, 1.0, 0.0]])
    kl = {}
    for hidden in (0, 1):
        model = machine_model(3, hidden, "float64")
        learner = energy_learner(model, data, optim.adam(0.1), method="exact")
        kl[hidden] = train(learner, 300, rng=1).history["model_loss"][-1] - math.log(4.0)
    assert_allclose(kl[0], math.log(2.0), atol=1e-6)
    assert 0.0 < kl[1] < 0.1


def test_another_method_is_refused():
    with pytest.raises(ValueError, match="is trained by pcd, cd, exact, not by 'bp'"):
        small("bp")
    with pytest.raises(ValueError, match="--training cannot be 'pdc'; the nearest of its choices is 'pcd'"):
        SYSTEMS["rbm"](training="pdc")


def test_a_machine_of_bars_keeps_to_what_can_be_enumerated():
    with pytest.raises(ValueError, match=r"16 pixels and 5 hidden units would go through 2\^21 = 2097152 states"):
        SYSTEMS["boltzmann"](hidden=5)


@pytest.mark.parametrize("training", ["pcd", "cd", "exact"])
def test_a_short_training_on_digits_says_more_than_independent_pixels(training):
    """By three nats at least, and an untrained machine nothing more than they do."""
    system = SYSTEMS["rbm"](hidden=8, training=training)
    before, after = (system.measured(system.train(steps)) for steps in (0, 500))
    assert abs(before["nats"] - before["nats_of_baseline"]) < 0.7
    assert after["nats"] > after["nats_of_baseline"] + 2.5 and not after["collapsed"]


def test_scikit_learns_training_comes_to_nats_like_ours():
    """`BernoulliRBM`, of as many hidden units and by persistent chains too, judged by our exact log Z."""
    system = SYSTEMS["rbm"](hidden=12)
    held_out = system.parts["held_out"]
    theirs = BernoulliRBM(n_components=12, learning_rate=0.05, batch_size=20, n_iter=60, random_state=0)
    theirs.fit(mg.to_numpy(system.data))
    params = theirs.components_.T, theirs.intercept_visible_, theirs.intercept_hidden_
    found = mg.to_numpy(rbm.log_probability(held_out, *(mnp.asarray(x.astype(float)) for x in params))).mean()
    ours = system.measured(system.train(1500))["nats"]
    assert min(found, ours) > system.parts["baseline"] + 2.0 and abs(found - ours) < 1.5


def test_the_machine_of_bars_and_stripes_knows_its_samples_density():
    """Samples are drawn from the law that is told: their mean log-density is minus its entropy, by enumeration."""
    from minigan.models.explicit.states import binary_states

    system = SYSTEMS["boltzmann"]()
    state = system.train(100).state
    log_p = mg.to_numpy(system.log_density(state, binary_states(16)))
    assert_allclose(np.exp(log_p).sum(), 1.0, atol=1e-10)
    entropy, spread = -np.exp(log_p) @ log_p, math.sqrt(np.exp(log_p) @ log_p**2 - (np.exp(log_p) @ log_p) ** 2)
    for seed in (0, 1, 2):
        found = mg.to_numpy(system.log_density(state, system.sample(state, 2000, generator(seed))))
        assert abs(found.mean() + entropy) < 4.0 * spread / math.sqrt(2000)
    measured = system.measured(system.train(100))
    assert measured["nats"] < -measured["entropy_of_data"] and measured["kl_from_data"] > 0.0
