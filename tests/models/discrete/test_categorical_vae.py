"""The categorical VAE: its two objectives and its bound against formulas written out and against exact codes."""

import json
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.data import binary_digits
from minigan.models import categorical_vae as vae
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
    recipe = vae.CategoricalVAE(kl, steps=60, warm_up=20)
    whole = recipe.train(seed=1)
    half = recipe.train(steps=30, seed=1)
    again = recipe.train(steps=30, seed=half.rng, state=half.state, history=half.history)
    assert again.history == whole.history and len(whole.history["loss"]) == 60
    assert whole.history["loss"][-1] < whole.history["loss"][0] - 5.0
    assert {mg.to_numpy(leaf).dtype.name for leaf in mg.tree_leaves(whole.state)} == {"float32"}
    measured = recipe.measure(whole)
    assert json.loads(json.dumps(measured, allow_nan=False)) == measured == recipe.measure(whole)
    x = mg.to_numpy(whole.sample(7))
    assert x.shape == (7, vae.PIXELS) and set(np.unique(x)) <= {-1.0, 1.0}


@pytest.mark.parametrize("seed", [0, 1])
def test_the_true_kls_objective_overstates_what_codes_achieve(seed):
    """Relaxed codes carry more than discrete ones may: after 300 steps by about a nat, without being a bound."""
    recipe = vae.CategoricalVAE("true", steps=300, warm_up=30)
    measured = recipe.measure(recipe.train(seed=seed))
    assert measured["objective_trained"] > measured["discrete_elbo"]
    assert measured["discrete_elbo"] > -64.0 * math.log(2.0)  # a fair coin a pixel


def test_a_loss_that_is_no_number_stops_training():
    from minigan.gan import Diverged

    recipe = vae.CategoricalVAE("true")
    state = recipe.train(steps=0).state
    bad = state._replace(parameters=mg.tree_map(lambda x: x + float("nan"), state.parameters))
    with np.errstate(all="ignore"), pytest.raises(Diverged, match="autoencoder's loss"):
        recipe.train(steps=2, state=bad)


def test_an_unknown_kl_is_refused():
    with pytest.raises(ValueError, match="relaxed or true"):
        vae.CategoricalVAE("false")
