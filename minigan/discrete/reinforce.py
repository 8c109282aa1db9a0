"""REINFORCE, the score-function estimator, with its baselines; as an estimator, and as a loss to train with.

    d/d l E f(X) = E[f(X) s] = E[(f(X) - b) s],    s = d/d l log p(X) = X - softmax(l),

for every b that does not depend on X, since E s = 0. The baseline b decides the variance, and nothing else.
"""

from __future__ import annotations

import math

import minigan.numpy as mnp

from ..arrays import finite, floating
from ..autodiff import stop_gradient
from ..validation import is_number, number
from .arguments import as_logits
from .enumeration import expectation_and_gradient
from .sampling import draw_one_hot, evaluate, gumbel_noise, per_sample

BASELINES = {
    "none": "b = 0",
    "leave_one_out": "for each sample the mean of f over the others; unbiased",
    "leave_one_out_optimal": "for each sample sum f |s|^2 / sum |s|^2 over the others; unbiased",
    "batch_mean": "the mean of f over all samples, the sample's own included: the estimate shrinks by 1 - 1/n",
    "mean": "E f, by enumeration",
    "optimal": "E[f |s|^2] / E |s|^2, by enumeration: the constant of least variance",
    "optimal_per_coordinate": "E[f s_j^2] / E s_j^2 for each logit, by enumeration: least variance of all constants",
}
OF_OTHERS = ("leave_one_out", "leave_one_out_optimal")


def reinforce(f, logits, rng=None, *, samples=None, baseline="none", noise=None, shape=()):
    """An estimate of d/d logits E f(X) from samples: the mean of (f(x) - b)(x - softmax(logits)). Unbiased for any f.

    ``logits`` (..., K) are a product of independent categoricals; ``f`` takes one-hot samples (batch, *logits.shape) to
    (batch,), and needs no derivative. The result has the shape and dtype of ``logits``. Give ``rng`` and ``samples``
    (1 if not given), or ``noise``, standard Gumbel draws of shape (samples, *logits.shape), for instance under
    `minigan.compile`. ``shape`` asks for that many independent estimates at once, along leading axes (as does noise of
    shape (*shape, samples, *logits.shape)). ``baseline`` is a name of `BASELINES`, a number, or an array that
    broadcasts against the logits (a number a coordinate) and was not made from these samples: estimate it before, or
    use one of the leave-one-out baselines. Raises `ValueError` for an unknown name (naming those there are), a
    leave-one-out baseline of fewer than 2 samples, logits that are no distribution, f of another shape.
    Source: Williams (1992); leave-one-out: Mnih & Rezende (2016); optimal: Greensmith, Bartlett & Baxter (2004).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: x @ mnp.array([1.0, 2.0, 3.0])  # its gradient is (-1/3, 1/9, 2/9)
    >>> estimate = reinforce(f, logits, mg.random.generator(0, host=True), samples=100_000, baseline="leave_one_out")
    >>> mg.to_numpy(estimate).round(2)
    array([-0.33,  0.11,  0.22])
    """
    logits = as_logits(logits)[0]
    noise = gumbel_noise(logits, rng, noise, samples, shape, "reinforce")
    axes = logits.ndim
    x = draw_one_hot(logits, noise)
    score = x - mnp.softmax(logits)
    values = evaluate(f, x, axes, "reinforce")
    if isinstance(baseline, str):
        advantage = _named(baseline, f, logits, values, score)
    else:
        advantage = per_sample(values, axes) - _given(baseline, logits)
    return mnp.mean(advantage * score, axis=-axes - 1)


def _given(baseline, logits):
    if isinstance(baseline, bool) or is_number(baseline):
        return number(baseline, "the baseline")
    b = mnp.astype(finite(floating(baseline, "the numbers of the baseline"), "the numbers of the baseline"), logits.dtype)
    fits = b.ndim <= logits.ndim and all(n in (1, m) for n, m in zip(b.shape[::-1], logits.shape[::-1]))
    if not fits:
        raise ValueError(
            f"a baseline is a number, or an array that broadcasts against the logits' shape {tuple(logits.shape)}, "
            f"and it has shape {tuple(b.shape)}"
        )
    return b


def _named(name, f, logits, values, score):
    """f - b for every sample, with the axes of a point behind."""
    axes, n = logits.ndim, values.shape[-1]
    if name not in BASELINES:
        raise ValueError(f"no baseline is called {name!r}; there are {', '.join(BASELINES)}, or give a number")
    if name == "none":
        return per_sample(values, axes)
    if name == "batch_mean":
        return per_sample(values - mnp.mean(values, axis=-1, keepdims=True), axes)
    if name in OF_OTHERS:
        if n < 2:
            raise ValueError(f"the baseline {name!r} of a sample is made of the others: it needs samples >= 2, not {n}")
        if name == "leave_one_out":
            return per_sample(less_mean_of_others(values), axes)
        size = mnp.sum(mnp.square(score), axis=tuple(range(-axes, 0)))
        centre = mnp.mean(values, axis=-1, keepdims=True)  # taken off and put on again: it only saves digits
        others = sum_of_others(size)
        zero = others <= 0.0
        b = sum_of_others((values - centre) * size) / mnp.where(zero, 1.0, others)
        return per_sample(values - centre - mnp.where(zero, 0.0, b), axes)
    return per_sample(values, axes) - exact_baseline(name, f, logits)


def sum_of_others(values):
    """For every entry along the last axis the sum of the others."""
    return mnp.sum(values, axis=-1, keepdims=True) - values


def less_mean_of_others(values):
    """f_i - mean of f_j over j != i, along the last axis: n/(n - 1) (f_i - mean f)."""
    n = values.shape[-1]
    return (values - mnp.mean(values, axis=-1, keepdims=True)) * (n / (n - 1))


# -- exact baselines, and what they leave ----------------------------------------------------------------------


def exact_baseline(name, f, logits):
    """The baseline ``"mean"``, ``"optimal"`` (shape ()) or ``"optimal_per_coordinate"`` (the logits' shape), enumerated.

    Takes and raises what `expectation` does, and `ValueError` for another name.

    >>> import minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> float(exact_baseline("optimal", lambda x: x @ mnp.array([1.0, 2.0, 3.0]), logits)) * 33  # 65/33, and E f = 5/3
    65.0...
    """
    if name not in ("mean", "optimal", "optimal_per_coordinate"):
        raise ValueError(f"exact baselines are 'mean', 'optimal' and 'optimal_per_coordinate', and not {name!r}")
    logits = as_logits(logits)[0]
    mean, gradient = expectation_and_gradient(f, logits)
    if name == "mean":
        return mean
    p = mnp.softmax(logits)
    excess = (1.0 - 2.0 * p) * gradient  # E[(f - E f) s_j^2]
    size = p * (1.0 - p)  # E s_j^2
    if name == "optimal":
        excess, size = mnp.sum(excess), mnp.sum(size)
    zero = size <= 0.0
    return mean + mnp.where(zero, 0.0, excess / mnp.where(zero, 1.0, size))


def score_function_variance(f, logits, baseline=0.0):
    """The exact variance of one sample of `reinforce` in every logit, by enumeration: shaped like ``logits``.

    E[(f - b)^2 s_j^2] - (d/d l_j E f)^2 with s = x - softmax(logits); n independent samples have the n-th part of it.
    ``baseline`` is ``"none"``, ``"mean"``, ``"optimal"``, ``"optimal_per_coordinate"``, a number or an array. Takes and
    raises what `expectation` does.

    >>> import minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: x @ mnp.array([1.0, 2.0, 3.0])
    >>> without = float(mnp.sum(score_function_variance(f, logits)))  # 208/81
    >>> best = float(mnp.sum(score_function_variance(f, logits, "optimal")))  # 13/66
    >>> round(without / best, 9)  # 1056/81
    13.037037037
    """
    logits = as_logits(logits)[0]
    if isinstance(baseline, str):
        b = 0.0 if baseline == "none" else exact_baseline(baseline, f, logits)
    else:
        b = _given(baseline, logits)
    p = mnp.softmax(logits)
    mean, gradient = expectation_and_gradient(f, logits)

    def deviation(x):
        return mnp.square(evaluate(f, x, logits.ndim, "score_function_variance") - mean)

    square, of_square = expectation_and_gradient(deviation, logits)
    size = p * (1.0 - p)
    b = b - mean
    # with h = f - E f:  E[h^2 s_j^2] - 2 b E[h s_j^2] + b^2 E s_j^2,  and s_j^2 = (1 - 2 p_j) x_j + p_j^2
    second = (1.0 - 2.0 * p) * of_square + size * square
    return second - 2.0 * b * ((1.0 - 2.0 * p) * gradient) + mnp.square(b) * size - mnp.square(gradient)


# -- as a loss -------------------------------------------------------------------------------------------------


def score_function_surrogate(log_probability, reward, baseline=None):
    """A loss whose gradient is REINFORCE's estimate: mean of (reward - b) log_probability, the first factor a constant.

    ``log_probability`` (n,) or any shape, log p(x) of n samples x, differentiable in the parameters; ``reward`` of the
    same shape, what the samples earned. `minigan.grad` of it estimates the gradient of E[reward] for fixed rewards; its
    value means nothing. Minimise minus the surrogate to raise the reward. A reward that depends on the parameters by
    itself adds the gradient of ``mnp.mean(reward)``. ``baseline`` is ``None``, ``"leave_one_out"`` (over all entries),
    ``"batch_mean"`` (biased: the gradient shrinks by 1 - 1/n), a number, or an array that broadcasts against the
    rewards, for instance a network's output for each sample's context (never for the sample itself), trained by
    `baseline_loss`: the learned baseline of NVIL. Raises `ValueError` for shapes that differ, an unknown name, or
    leave-one-out of fewer than 2 samples. Source: Williams (1992); Mnih & Gregor (2014).

    >>> import minigan as mg, minigan.numpy as mnp
    >>> x, reward = mnp.array([[1.0, 0.0], [0.0, 1.0]]), mnp.array([3.0, 1.0])
    >>> loss = lambda logits: score_function_surrogate(mnp.sum(x * mnp.log_softmax(logits), -1), reward, 2.0)
    >>> mg.to_numpy(mg.grad(loss)(mnp.zeros(2)))  # (1/2)(1 (1/2, -1/2) - 1 (-1/2, 1/2))
    array([ 0.5, -0.5])
    """
    log_probability = floating(log_probability, "the log-probabilities")
    reward = stop_gradient(floating(reward, "the rewards"))
    if tuple(log_probability.shape) != tuple(reward.shape):
        raise ValueError(
            f"log_probability has shape {tuple(log_probability.shape)} and reward {tuple(reward.shape)}: "
            "both hold one number a sample; sum the log-probabilities of a sample's variables"
        )
    n = math.prod(reward.shape)
    if n < 1:
        raise ValueError("score_function_surrogate needs one sample at least")
    if isinstance(baseline, str):
        if baseline not in ("none", "leave_one_out", "batch_mean"):
            raise ValueError(
                f"no baseline of a surrogate is called {baseline!r}; there are none, leave_one_out, batch_mean, "
                "or give a number or an array"
            )
        if baseline == "leave_one_out":
            if n < 2:
                raise ValueError(f"the baseline 'leave_one_out' needs 2 samples or more, and there is {n}")
            reward = (reward - mnp.mean(reward)) * (n / (n - 1))
        elif baseline == "batch_mean":
            reward = reward - mnp.mean(reward)
    elif baseline is not None:
        if isinstance(baseline, bool) or is_number(baseline):
            baseline = number(baseline, "the baseline")
        else:
            baseline = floating(baseline, "the numbers of the baseline")
        advantage = reward - stop_gradient(baseline)
        if tuple(advantage.shape) != tuple(reward.shape):
            raise ValueError(
                f"the baseline, of shape {tuple(baseline.shape)}, does not broadcast against rewards "
                f"of shape {tuple(reward.shape)}"
            )
        reward = advantage
    return mnp.mean(reward * log_probability)


def baseline_loss(reward, baseline):
    """mean (reward - baseline)^2, the rewards constants: what a learned baseline minimises; at best E[reward | context].

    >>> import minigan.numpy as mnp
    >>> float(baseline_loss(mnp.array([1.0, 3.0]), mnp.array([2.0, 2.0])))
    1.0
    """
    reward, baseline = floating(reward, "the rewards"), floating(baseline, "the numbers of the baseline")
    return mnp.mean(mnp.square(stop_gradient(reward) - baseline))
