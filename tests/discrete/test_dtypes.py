"""Every estimate, sample and gradient has the dtype of the logits, with noise of the function's own as with given."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import discrete
from minigan.backend import dtype_name
from minigan.discrete.reinforce import BASELINES
from minigan.random import generator

WEIGHTS = np.array([1.0, 2.0, 4.0])
LOGITS = np.array([0.5, 0.1, -0.4])


def wide(x):
    """A function that answers in float64 whatever it is asked in: data are often so."""
    return mnp.square(x) @ mnp.asarray(WEIGHTS)


def own(x):
    return mnp.square(x) @ mnp.asarray(WEIGHTS, dtype=x.dtype)


ESTIMATORS = {
    **{
        f"reinforce, {baseline}": lambda f, logits, b=baseline, **how: discrete.reinforce(f, logits, baseline=b, **how)
        for baseline in (*BASELINES, 0.5)
    },
    "reinforce, float64 baseline": lambda f, logits, **how: discrete.reinforce(
        f, logits, baseline=mnp.asarray([0.1, 0.2, 0.3]), **how
    ),
    "muprop": discrete.muprop,
    "rebar": discrete.rebar,
    "rebar, float64 settings": lambda f, logits, **how: discrete.rebar(
        f, logits, temperature=mnp.asarray(0.4), scale=mnp.asarray(0.9), baseline=mnp.asarray(1.5), **how
    ),
    "rebar, leave one out": lambda f, logits, **how: discrete.rebar(f, logits, scale="leave_one_out", **how),
    "relax": lambda f, logits, **how: discrete.relax(f, logits, lambda z: f(mnp.softmax(z)), **how),
    "gumbel_softmax_gradient": discrete.gumbel_softmax_gradient,
    "gumbel_softmax_gradient, hard": lambda f, logits, **how: discrete.gumbel_softmax_gradient(
        f, logits, hard=True, temperature=mnp.asarray(0.7), **how
    ),
    "straight_through_gradient": discrete.straight_through_gradient,
}
SAMPLERS = {
    "gumbel_softmax": lambda logits, **how: discrete.gumbel_softmax(logits, 0.5, **how),
    "gumbel_softmax, hard, float64 temperature": lambda logits, **how: discrete.gumbel_softmax(
        logits, mnp.asarray(0.5), hard=True, **how
    ),
    "gumbel_softmax at 0": lambda logits, **how: discrete.gumbel_softmax(logits, 0.0, **how),
    "log_gumbel_softmax": lambda logits, **how: discrete.log_gumbel_softmax(logits, 0.5, **how),
    "binary_concrete": lambda logits, **how: discrete.binary_concrete(logits, 0.5, **how),
    "straight_through_softmax": discrete.straight_through_softmax,
    "straight_through_bernoulli": discrete.straight_through_bernoulli,
    "relaxed_top_k": lambda logits, **how: discrete.relaxed_top_k(logits, 2, 0.5, **how),
}
EXACT = {
    "expectation": lambda f, logits: discrete.expectation(f, logits),
    "expectation_gradient": lambda f, logits: discrete.expectation_gradient(f, logits),
    "score_function_variance": lambda f, logits: discrete.score_function_variance(f, logits, "optimal"),
    "exact_baseline": lambda f, logits: discrete.exact_baseline("optimal_per_coordinate", f, logits),
}
dtypes = pytest.mark.parametrize("dtype", ["float32", "float64"])


def arrays(tree):
    return [leaf for leaf in mg.tree_leaves(tree) if hasattr(leaf, "dtype")]


@dtypes
@pytest.mark.parametrize("f", [own, wide], ids=["own", "wide"])
@pytest.mark.parametrize("name", ESTIMATORS)
def test_estimates_with_noise_of_their_own(name, f, dtype):
    logits = mnp.asarray(LOGITS, dtype=dtype)
    for how in ({"samples": 4}, {"samples": 3, "shape": (2,)}):
        found = ESTIMATORS[name](f, logits, rng=generator(0), **how)
        assert dtype_name(found.dtype) == dtype
        assert tuple(found.shape) == (*how.get("shape", ()), 3)
    rows = mnp.asarray(np.stack([LOGITS, -LOGITS]), dtype=dtype)
    if not name.startswith("reinforce, float64"):
        found = ESTIMATORS[name](lambda x: mnp.sum(f(x), -1), rows, rng=generator(1), samples=4)
        assert (dtype_name(found.dtype), tuple(found.shape)) == (dtype, (2, 3))


@dtypes
@pytest.mark.parametrize("name", ESTIMATORS)
def test_noise_of_another_width_changes_nothing_but_digits(name, dtype):
    shape = (2, 4, 3) if name.startswith(("rebar", "relax")) else (4, 3)
    logits, noise = mnp.asarray(LOGITS, dtype=dtype), generator(0, host=True).gumbel(shape)
    noises = (mnp.asarray(mg.to_numpy(noise), dtype=width) for width in ("float32", "float64"))
    one, other = (ESTIMATORS[name](own, logits, noise=noise) for noise in noises)
    assert dtype_name(one.dtype) == dtype == dtype_name(other.dtype)
    np.testing.assert_allclose(mg.to_numpy(one), mg.to_numpy(other), rtol=2e-5, atol=2e-5)


@dtypes
@pytest.mark.parametrize("name", SAMPLERS)
def test_samples_and_their_gradients(name, dtype):
    logits = mnp.asarray(np.stack([LOGITS, -LOGITS]), dtype=dtype)

    def cost(logits):
        return mnp.sum(mnp.square(SAMPLERS[name](logits, rng=generator(3))) @ mnp.asarray(WEIGHTS))

    assert dtype_name(SAMPLERS[name](logits, rng=generator(3)).dtype) == dtype
    gradient = mg.grad(cost)(logits)
    assert (dtype_name(gradient.dtype), tuple(gradient.shape)) == (dtype, (2, 3))
    assert dtype_name(mg.jvp(lambda x: SAMPLERS[name](x, rng=generator(3)), (logits,), (logits,))[1].dtype) == dtype


@dtypes
@pytest.mark.parametrize("name", EXACT)
def test_what_is_enumerated(name, dtype):
    assert dtype_name(EXACT[name](wide, mnp.asarray(LOGITS, dtype=dtype)).dtype) == dtype


@dtypes
def test_tuned_settings_and_surrogates(dtype):
    logits = mnp.asarray(LOGITS, dtype=dtype)
    tuned = discrete.tune_rebar(own, logits, generator(0), steps=2, samples=4)
    assert {dtype_name(x.dtype) for x in arrays(tuned)} == {dtype}
    log_p, reward = mnp.log_softmax(logits), mnp.asarray([1.0, 2.0, 3.0])
    for baseline in (None, "leave_one_out", "batch_mean", 1.0):
        loss = lambda x, b=baseline: discrete.score_function_surrogate(mnp.log_softmax(x), reward, b)
        assert dtype_name(mg.grad(loss)(logits).dtype) == dtype
    narrow = mnp.asarray(reward, dtype=dtype)
    for baseline in (None, "leave_one_out", "batch_mean", 1.0):
        assert dtype_name(discrete.score_function_surrogate(log_p, narrow, baseline).dtype) == dtype
    assert dtype_name(discrete.baseline_loss(narrow, log_p).dtype) == dtype
