"""REBAR and RELAX: REINFORCE with a control variate that is reparametrised, unbiased and of low variance.

With z = log p + G the perturbed log-probabilities, x = argmax z, and z' drawn anew given x, for any continuous c

    E[ (f(x) - c(z')) d log p(x)  +  d c(z)  -  d c(z') ]  =  d E f(X),      d = d/d logits,

the first term's mean being d E f - E[c(z') d log p(x)], and the other two putting back what c took. RELAX learns c,
REBAR takes c(z) = scale f(softmax(z / temperature)).
"""

from __future__ import annotations

import math
from typing import NamedTuple

import minigan.numpy as mnp

from .. import optim
from ..autodiff import grad, stop_gradient, vjp
from ..backend import dtype_name
from ..random import as_generator
from ..validation import count, number
from .arguments import as_floats, as_logits, as_temperature
from .gumbel import one_hot
from .reinforce import sum_of_others
from .sampling import draw_one_hot, evaluate, gumbel_noise, log_probabilities, per_sample


def conditional_gumbel(logits, indices, rng=None, *, noise=None):
    """Perturbed log-probabilities z = log softmax(logits) + G, given that ``indices`` is their argmax.

    The largest is a standard Gumbel value whatever the argmax, z_k = g_k; below it lie the others, Gumbel variables cut
    off at z_k: z_i = -log(exp(-(log p_i + g_i)) + exp(-z_k)), a logaddexp that neither overflows nor passes z_k.
    ``noise`` are the standard Gumbel draws g, shape (*leading, *logits.shape), ``indices`` integers of the same shape
    without the last axis; with ``rng`` they are drawn. For a fixed argmax differentiable in ``logits``.
    Source: Maddison, Tarlow & Minka (2014); Tucker et al. (2017), appendix.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> mg.to_numpy(conditional_gumbel(mnp.zeros(3), mnp.asarray(1), noise=mnp.array([5.0, 0.0, -1.0]))).round(4)
    array([-0.02  ,  0.    , -2.2143])
    """
    logits = as_logits(logits)[0]
    indices = mnp.asarray(indices)
    places = logits.ndim - 1
    if indices.ndim < places or tuple(indices.shape[indices.ndim - places :]) != tuple(logits.shape[:-1]):
        raise ValueError(
            f"conditional_gumbel needs an index for each of the {tuple(logits.shape[:-1])} variables of logits "
            f"of shape {tuple(logits.shape)}, and the indices have shape {tuple(indices.shape)}"
        )
    if (rng is None) == (noise is None):
        raise ValueError("conditional_gumbel takes exactly one of rng, to draw here, and noise, Gumbel draws")
    expected = (*indices.shape, logits.shape[-1])
    noise = as_generator(rng).gumbel(expected) if noise is None else as_floats(noise, "noise")
    noise = mnp.astype(noise, logits.dtype)
    if tuple(noise.shape) != expected:
        raise ValueError(f"conditional_gumbel needs noise of shape {expected}, and it has {tuple(noise.shape)}")
    x = one_hot(indices, logits.shape[-1], logits.dtype)
    return _given_argmax(log_probabilities(logits), x, noise)


def _given_argmax(log_p, x, noise):
    """z of argmax x; log sum exp of ``log_p`` being 0, the largest is the noise at the argmax."""
    top = mnp.sum(x * noise, axis=-1, keepdims=True)
    return mnp.where(x > 0.5, top, -mnp.logaddexp(-(log_p + noise), -top))


# -- the estimators --------------------------------------------------------------------------------------------


def relax(f, logits, surrogate, rng=None, *, samples=None, noise=None, shape=()):
    """An estimate of d/d logits E f(X) with the control variate ``surrogate``: unbiased for any ``f``, smooth or not.

    The mean over samples of (f(x) - c(z'))(x - softmax(logits)) + dc(z) - dc(z'). ``surrogate`` takes perturbed
    log-probabilities (batch, *logits.shape) to (batch,), is continuous, and differentiable almost everywhere: learn it
    with `minimise_variance`, and any choice leaves the estimate unbiased. ``f``, ``logits``, ``samples`` and ``shape``
    are those of `reinforce`; ``noise`` has shape (2, *shape, samples, *logits.shape), the second half for z'. The
    result is shaped like the logits, and differentiable in what ``surrogate`` closes over. Raises what `reinforce` does.
    Source: Grathwohl et al. (2018), algorithm 1.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> a = mnp.array([1.0, 2.0, 3.0])
    >>> surrogate = lambda z: mnp.softmax(2.0 * z) @ a
    >>> estimate = relax(lambda x: x @ a, logits, surrogate, mg.random.generator(0, host=True), samples=100_000)
    >>> mg.to_numpy(estimate).round(2)  # -1/3, 1/9, 2/9
    array([-0.33,  0.11,  0.22])
    """
    plain, control = _parts(f, logits, surrogate, rng, samples, noise, shape, "relax")
    return mnp.mean(plain - control, axis=-as_logits(logits)[0].ndim - 1)


def rebar(f, logits, rng=None, *, samples=None, temperature=0.5, scale=1.0, baseline=0.0, noise=None, shape=()):
    """REBAR's estimate of d/d logits E f(X): `relax` with c(z) = scale f(softmax(z / temperature)). Unbiased.

    ``f`` must be defined and continuous between the one-hot points too: where it jumps (an argmax inside) the estimate
    is biased, and `reinforce` or `relax` is the tool. ``temperature`` > 0 and ``scale`` are numbers, best tuned by
    `tune_rebar`, or with ``scale="leave_one_out"`` (2 samples at least) each sample's scale is the regression of
    REINFORCE on the control variate over the other samples, which keeps the estimate unbiased. ``baseline``, a number
    near E f, is first taken off f, and matters at scales other than 1. All else as in `relax`.
    Raises `ValueError` also for a temperature that is not positive. Source: Tucker et al. (2017), equation 4.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: mnp.square(x @ mnp.array([1.0, 2.0, 3.0]))
    >>> rng = mg.random.generator(0, host=True)
    >>> estimates = rebar(f, logits, rng, shape=20_000)  # that many, of one sample each
    >>> mg.to_numpy(mnp.mean(estimates, 0)).round(1)  # -7/6, 2/9, 17/18
    array([-1.2,  0.2,  1. ])
    >>> bool(mnp.sum(mnp.var(estimates, axis=0)) < 6.0)  # REINFORCE: 2591/162 = 16.0
    True
    """
    logits = as_logits(logits)[0]
    temperature, axes = _above_zero(temperature, logits), logits.ndim
    of_others = isinstance(scale, str)
    if of_others and scale != "leave_one_out":
        raise ValueError(f"rebar's scale is a number or 'leave_one_out', and was {scale!r}")

    def surrogate(z):
        return evaluate(f, mnp.softmax(z / temperature), axes, "rebar") - baseline

    def centred(x):
        return evaluate(f, x, axes, "rebar") - baseline

    baseline = _as_number(baseline, logits, "the baseline of rebar")
    plain, control = _parts(centred, logits, surrogate, rng, samples, noise, shape, "rebar")
    if of_others:
        scale = _regression_on_others(plain, control, axes)
    else:
        scale = _as_number(scale, logits, "the scale of rebar")
    return mnp.mean(plain - scale * control, axis=-axes - 1)


def _above_zero(temperature, logits):
    temperature = as_temperature(temperature, logits)
    if isinstance(temperature, float) and temperature == 0.0:
        raise ValueError(
            "rebar needs a temperature above 0: at 0 its control variate jumps, and would not be of mean 0"
        )
    return temperature


def _as_number(x, logits, what):
    return mnp.astype(as_floats(x, what), logits.dtype) if hasattr(x, "dtype") else number(x, what)


def _parts(f, logits, surrogate, rng, samples, noise, shape, caller):
    """f(x) s and c(z') s - dc(z) + dc(z'), sample by sample; the mean of the second is 0."""
    logits = as_logits(logits)[0]
    noise = gumbel_noise(logits, rng, noise, samples, shape, caller, several=2)
    axes = logits.ndim
    above, below = noise[0, ...], noise[1, ...]
    x = draw_one_hot(logits, above)
    many = mnp.broadcast_to(logits, above.shape)

    def both(many):
        log_p = log_probabilities(many)
        z = mnp.stack([log_p + above, _given_argmax(log_p, x, below)])
        return evaluate(surrogate, z, axes, caller, "the surrogate")

    c, pullback = vjp(both, many)
    one = mnp.ones_like(c[0, ...])
    moved = pullback(mnp.stack([one, -one]))[0]
    score = x - mnp.softmax(logits)
    values = evaluate(f, x, axes, caller)
    return per_sample(values, axes) * score, per_sample(c[1, ...], axes) * score - moved


def _regression_on_others(plain, control, axes):
    """sum <plain, control> / sum <control, control> over the other samples, for each sample."""
    n = plain.shape[-axes - 1]
    if n < 2:
        raise ValueError(f"the scale 'leave_one_out' of a sample is made of the others: it needs samples >= 2, not {n}")
    point = tuple(range(-axes, 0))
    products = sum_of_others(mnp.sum(plain * control, axis=point))
    squares = sum_of_others(mnp.sum(mnp.square(control), axis=point))
    zero = squares <= 0.0
    return per_sample(mnp.where(zero, 0.0, products / mnp.where(zero, 1.0, squares)), axes)


# -- tuning ----------------------------------------------------------------------------------------------------


class RebarSettings(NamedTuple):
    """What `tune_rebar` found: pass them on as ``rebar(f, logits, rng, **settings._asdict())``."""

    temperature: object
    scale: object
    baseline: object


def tune_rebar(f, logits, rng, *, steps=100, samples=64, temperature=0.5, scale=1.0, rate=0.05) -> RebarSettings:
    """The temperature and scale of least variance, by `minimise_variance` from the given ones: `RebarSettings`.

    The baseline is the mean of f over 16 ``samples`` draws. ``f`` is differentiated twice. The settings depend on the
    draws of ``rng``: estimate with other draws, and the estimates stay unbiased.
    Source: Tucker et al. (2017), section 3.2.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: mnp.square(x @ mnp.array([1.0, 2.0, 3.0]))
    >>> rng = mg.random.generator(0, host=True)
    >>> tuned = tune_rebar(f, logits, rng, steps=50)
    >>> spread = lambda **settings: float(mnp.sum(mnp.var(rebar(f, logits, rng, shape=20_000, **settings), axis=0)))
    >>> spread(**tuned._asdict()) < spread()
    True
    """
    logits = as_logits(logits)[0]
    one, scale = mnp.ones_like(logits, shape=()), number(scale, "the scale of rebar")
    start = {"log_temperature": one * math.log(_above_zero(temperature, logits)), "scale": one * scale}
    pilot = gumbel_noise(logits, rng, None, 16 * count(samples, "samples"), (), "tune_rebar")
    baseline = mnp.mean(evaluate(f, draw_one_hot(logits, pilot), logits.ndim, "tune_rebar"))

    def centred(x):
        return evaluate(f, x, logits.ndim, "tune_rebar") - baseline

    def surrogate(parameters, z):
        return parameters["scale"] * centred(mnp.softmax(z / mnp.exp(parameters["log_temperature"])))

    found = minimise_variance(centred, logits, surrogate, start, rng, steps=steps, samples=samples, rate=rate)
    return RebarSettings(mnp.exp(found["log_temperature"]), found["scale"], baseline)


def minimise_variance(f, logits, surrogate, parameters, rng, *, steps=100, samples=64, rate=0.05):
    """Parameters phi of ``surrogate(phi, z)`` by which one sample of `relax` has little variance, found by Adam.

    d/d phi Var g = d/d phi E |g|^2, the mean of g being the same for every phi: each step goes down the mean of |g|^2 over
    ``samples`` draws. Any tree of arrays, a network's weights included; returned in the same structure. The rate falls
    to zero along half a cosine. Source: Grathwohl et al. (2018), section 3.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits, rng = mnp.zeros(2), mg.random.generator(0, host=True)
    >>> black_box = lambda x: mnp.where(x[:, 0] > 0.5, 3.0, 1.0)
    >>> linear = lambda phi, z: mnp.softmax(z / 0.5) @ phi
    >>> phi = minimise_variance(black_box, logits, linear, mnp.zeros(2), rng, steps=60, rate=0.2)
    >>> spread = lambda phi: mnp.var(relax(black_box, logits, lambda z: linear(phi, z), rng, shape=5_000), axis=0)
    >>> bool(mnp.sum(spread(phi)) < 0.2 * mnp.sum(spread(mnp.zeros(2))))
    True
    """
    logits = stop_gradient(as_logits(logits)[0])
    steps, samples = count(steps, "steps"), count(samples, "samples")
    adam = optim.adam(optim.cosine(rate, steps))
    memory = adam.init(parameters)

    def spread(parameters, noise):
        estimates = relax(f, logits, lambda z: surrogate(parameters, z), noise=noise)
        return mnp.sum(mnp.square(estimates)) / samples

    gradient = grad(spread)
    for _ in range(steps):
        noise = as_generator(rng).gumbel((2, samples, 1, *logits.shape), dtype=dtype_name(logits.dtype))
        parameters, memory = adam.update(parameters, gradient(parameters, noise), memory)
    return parameters
