"""The categorical VAE: its two objectives and its bound against formulas written out and against exact codes."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.data import binary_digits
from minigan.models.discrete import categorical_vae as vae
from minigan.random import generator

every = pytest.mark.parametrize("kl", vae.KL)


def setting(scale=1.0, n=5):
    rng = generator(0, host=True)
    params = mg.tree_map(lambda x: scale * x, vae.initial_parameters(rng, "float64"))
    return params, binary_digits().images[:n, ...], rng.gumbel((n, vae.LETTERS, vae.ALPHABET))


def relaxed_by_hand(logits, noise):
    y = (logits + noise) / vae.TEMPERATURE
    return np.exp(y - y.max(-1, keepdims=True)) / np.exp(y - y.max(-1, keepdims=True)).sum(-1, keepdims=True)


def log_concrete(x, logits):
    """log of (n-1)! t^(n-1) prod a_k x_k^(-t-1) / (sum a_k x_k^-t)^n, as the paper prints it."""
    n, t, a = x.shape[-1], vae.TEMPERATURE, np.exp(logits)
    top = np.prod(a * x ** (-t - 1.0), -1)
    return np.log(math.factorial(n - 1) * t ** (n - 1) * top / ((a * x**-t).sum(-1)) ** n)


def by_hand(params, x, z, penalty):
    likelihood = mg.to_numpy(vae.log_likelihood(params, x, mnp.asarray(z)))
    return likelihood - penalty


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_the_relaxed_kl_is_that_of_two_concrete_densities(weight):
    params, x, noise = setting()
    logits = mg.to_numpy(vae.code_logits(params, x))
    z = relaxed_by_hand(logits, mg.to_numpy(noise))
    penalty = (log_concrete(z, logits) - log_concrete(z, 0.0 * logits)).sum(-1)
    found = mg.to_numpy(vae.relaxed_objective(params, x, noise, weight))
    assert_allclose(found, by_hand(params, x, z, weight * penalty), rtol=1e-9)


@pytest.mark.parametrize("weight", [1.0, 0.3])
def test_the_true_kl_is_that_of_two_categorical_laws(weight):
    params, x, noise = setting()
    logits = mg.to_numpy(vae.code_logits(params, x))
    q = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    penalty = (q * np.log(q * vae.ALPHABET)).sum((-2, -1))
    assert_allclose(mg.to_numpy(vae.categorical_kl(mnp.asarray(logits))), penalty, rtol=1e-10)
    z = relaxed_by_hand(logits, mg.to_numpy(noise))
    found = mg.to_numpy(vae.true_objective(params, x, noise, weight))
    assert_allclose(found, by_hand(params, x, z, weight * penalty), rtol=1e-10)


def test_the_likelihood_is_bernoullis():
    params, x, _ = setting()
    code = mnp.full((5, vae.LETTERS, vae.ALPHABET), 1.0 / vae.ALPHABET)
    logits = vae.NETWORKS.decoder.apply(params.decoder, mnp.reshape(code, (5, -1)))
    p, ink = 1.0 / (1.0 + np.exp(-mg.to_numpy(logits))), mg.to_numpy(x) > 0
    stated = np.where(ink, np.log(p), np.log1p(-p)).sum(-1)
    assert_allclose(mg.to_numpy(vae.log_likelihood(params, x, code)), stated, rtol=1e-12)


def test_the_discrete_elbo_is_exact_where_the_code_is_certain():
    """Logits a thousand times as large leave one code: its likelihood, minus log K a letter."""
    params, x, noise = setting()
    params = params._replace(encoder=mg.tree_map(lambda w: 1000.0 * w, params.encoder))
    logits = mg.to_numpy(vae.code_logits(params, x))
    code = np.eye(vae.ALPHABET)[logits.argmax(-1)]
    stated = by_hand(params, x, code, vae.LETTERS * math.log(vae.ALPHABET))
    assert_allclose(mg.to_numpy(vae.discrete_elbo(params, x, noise)), stated, rtol=1e-9)


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_discrete_elbo_is_below_an_importance_weighted_bound(seed):
    """log mean of w = p(x | c) p(c) / q(c | x) over 100 codes is above mean log w, by Jensen's inequality."""
    params, x, _ = setting(scale=2.0, n=3)
    rng = generator(seed)
    draws = np.stack(
        [mg.to_numpy(vae.discrete_elbo(params, x, rng.gumbel((3, vae.LETTERS, vae.ALPHABET)))) for _ in range(100)]
    )
    logits = vae.code_logits(params, x)
    weights = []
    for _ in range(100):
        noise = rng.gumbel((3, vae.LETTERS, vae.ALPHABET))
        code = mnp.astype(vae.one_hot(vae.gumbel_max(logits, noise=noise), vae.ALPHABET), "float64")
        log_q = mnp.sum(code * mnp.log_softmax(logits), (-2, -1))
        w = vae.log_likelihood(params, x, code) - vae.LETTERS * math.log(vae.ALPHABET) - log_q
        weights.append(mg.to_numpy(w))
    bound = np.logaddexp.reduce(np.stack(weights), 0) - math.log(100)
    assert (draws.mean(0) - 4.0 * draws.std(0) / 10.0 < bound).all()


@every
def test_it_trains_resumes_and_is_judged(kl):
    system = vae.categorical_vae(kl=kl, warm_up=20)
    whole = system.train(60, seed=1)
    half = system.train(30, seed=1)
    again = system.train(30, half.rng, state=half.state, history=half.history)
    assert again.history == whole.history and len(whole.history["autoencoder_loss"]) == 60
    assert whole.history["autoencoder_loss"][-1] < whole.history["autoencoder_loss"][0] - 5.0
    kinds = {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(whole.state._replace(steps=None))}
    assert kinds == {"float32"} and int(mg.to_numpy(whole.state.steps)) == 60
    measured = system.measured(whole)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured == system.measured(whole)
    x = mg.to_numpy(system.sample(whole.state, 7, generator(0)))
    assert x.shape == (7, vae.PIXELS) and set(np.unique(x)) <= {-1.0, 1.0}


@every
def test_its_loss_is_minus_the_mean_objective_with_the_weight_of_the_step(kl):
    """0 to 1 over the first ``warm_up`` steps, and 1 from then on."""
    system = vae.categorical_vae(kl=kl, warm_up=4, batch=8)
    rng = generator(0)
    state = system.learner.init(rng)
    for i, weight in enumerate((0.25, 0.5, 0.75, 1.0, 1.0, 1.0)):
        batch = system.learner.draw(rng, state)
        (x, noise, drawn), _ = batch
        assert float(mg.to_numpy(drawn)) == weight and x.shape == (8, vae.PIXELS), i
        stated = -np.mean(mg.to_numpy(vae.OBJECTIVES[kl](state.parameters["autoencoder"], x, noise, weight)))
        state, metrics = system.learner.step(state, batch)
        assert_allclose(float(mg.to_numpy(metrics["autoencoder_loss"])), stated, rtol=1e-5)


def test_without_a_warm_up_the_weight_is_one_at_once():
    system = vae.categorical_vae(warm_up=0)
    rng = generator(0)
    (_, _, weight), _ = system.learner.draw(rng, system.learner.init(rng))
    assert float(mg.to_numpy(weight)) == 1.0


def test_it_is_trained_on_other_digits_than_it_is_judged_by():
    """1,200 of the 1,797; a step draws from no other row."""
    every_digit = mg.to_numpy(binary_digits("float32").images)
    training = {row.tobytes() for row in every_digit[:-597]}
    system = vae.categorical_vae(batch=500)
    rng = generator(0)
    state = system.learner.init(rng)
    for _ in range(5):
        (x, _, _), _ = system.learner.draw(rng, state)
        assert {row.tobytes() for row in mg.to_numpy(x)} <= training
    assert len(every_digit) == 1797 and {row.tobytes() for row in every_digit[-597:]} - training


@pytest.mark.parametrize("seed", [0, 1])
def test_the_true_kls_objective_overstates_what_codes_achieve(seed):
    """Relaxed codes carry more than discrete ones may: after 300 steps by about a nat, without being a bound."""
    result, measured = vae.train_categorical_vae("true", steps=300, seed=seed, warm_up=30)
    assert measured["objective_trained"] > measured["discrete_elbo"]
    assert measured["discrete_elbo"] > -64.0 * math.log(2.0)  # a fair coin a pixel
    assert len(result.history["autoencoder_loss"]) == 300


def test_a_code_that_says_nothing_has_collapsed():
    """An encoder that always sends one and the same letter has a perplexity of 1, an even one of 8."""
    params, _, _ = setting(0.0)
    found = vae.measure(params, "true", generator(0))
    assert_allclose(found["perplexity_of_letters"], vae.ALPHABET, rtol=1e-3)
    assert not found["collapsed"] and found["categorical_kl"] == 0.0
    bias = params.encoder[-1]["bias"]
    favours = 50.0 * mnp.asarray([1.0 if i % vae.ALPHABET == 0 else 0.0 for i in range(bias.shape[0])])
    certain = params._replace(encoder=[*params.encoder[:-1], {**params.encoder[-1], "bias": bias + favours}])
    found = vae.measure(certain, "true", generator(0))
    assert found["collapsed"] and found["perplexity_of_letters"] == 1.0
    assert_allclose(found["categorical_kl"], vae.LETTERS * math.log(vae.ALPHABET), atol=1e-3)


@pytest.mark.parametrize("compiled", [True, False])
def test_a_loss_that_is_no_number_stops_training(compiled):
    from minigan.training import Diverged

    system = vae.categorical_vae(batch=8, lr=1e300)
    with np.errstate(all="ignore"), pytest.raises(Diverged, match="the autoencoder's"):
        system.train(4, compiled=compiled)


def test_an_unknown_kl_is_refused():
    with pytest.raises(ValueError, match="--kl cannot be 'false'; it is true or relaxed"):
        vae.categorical_vae(kl="false")
