"""Wrong formulas for the claims on discrete outputs, each of which must make its claim fail."""

import math

import minigan.numpy as mnp
from minigan.claims.discrete.straight_through import relaxed_slope
from minigan.discrete import (
    concrete_log_density,
    gumbel_softmax,
    gumbel_softmax_gradient,
    rebar,
    reinforce,
    relax,
    straight_through_gradient,
)

NAN = math.nan


def times(estimator, factor):
    return lambda *args, **given: factor * estimator(*args, **given)


def with_baseline(wrong):
    """REINFORCE with some baselines mistaken for others."""

    def estimator(*args, baseline="none", **given):
        return reinforce(*args, baseline=wrong.get(baseline, baseline), **given)

    return estimator


def shifted(estimator, by):
    """Off by a constant in every logit."""
    return lambda *args, **given: estimator(*args, **given) + by


def control_variate_not_put_back(f, logits, rng=None, *, noise=None, temperature=0.5, scale=1.0, baseline=0.0, **given):
    """(f(x) - c(z)) s alone, with the z that chose x: its mean lacks what the control variate took."""
    if noise is None:
        noise = rng.gumbel((2, *_leading(given), *logits.shape))
    above = noise[0, ...]
    soft = gumbel_softmax(logits, temperature, noise=above)
    hard = gumbel_softmax(logits, 0.0, noise=above)
    axes = logits.ndim
    leading = hard.shape[: hard.ndim - axes]

    def at(x):
        return mnp.reshape(f(mnp.reshape(x, (-1, *logits.shape))), (*leading, *(1,) * axes))

    return mnp.mean((at(hard) - scale * at(soft)) * (hard - mnp.softmax(logits)), axis=-axes - 1)


def _leading(given):
    return given["shape"], given.get("samples", 1)


def gaussian(rng, shape):
    """Normal values of the Gumbel law's mean and variance."""
    return 0.5772156649015329 + math.pi / math.sqrt(6.0) * rng.standard_normal(shape)


def second_best(logits, noise):
    """The runner-up of the Gumbel race."""
    moved = logits + noise
    best = mnp.max(moved, axis=-1, keepdims=True)
    return mnp.argmax(mnp.where(moved == best, -math.inf, moved), axis=-1)


def density_times(factor):
    """p(x) times factor(n, temperature)."""

    def density(log_x, logits, temperature):
        found = concrete_log_density(log_x, logits, temperature)
        return found + math.log(factor(log_x.shape[-1], temperature))

    return density


def density_with_exponent(log_x, logits, temperature):
    """prod x^(-t) in place of prod x^(-t - 1)."""
    return concrete_log_density(log_x, logits, temperature) + mnp.sum(log_x, axis=-1)


def density_of_opposite_logits(log_x, logits, temperature):
    return concrete_log_density(log_x, -logits, temperature)


def warmer(log_x, logits, temperature):
    """The density at 1.1 times the temperature."""
    return concrete_log_density(log_x, logits, 1.1 * temperature)


def logits_cooled_alone(logits, temperature, *, noise):
    return mnp.softmax(logits / (temperature + 1e-9) + noise)


def noise_warmed(logits, temperature, *, noise):
    return mnp.softmax(logits + noise / (temperature + 1e-9))


def without_noise(logits, temperature, *, noise):
    return mnp.softmax((logits + 0.0 * noise) / (temperature + 1e-9))


def hard(logits, temperature, *, noise):
    """The one-hot value at every temperature."""
    return gumbel_softmax(logits, 0.0, noise=noise)


def at_temperature(change):
    """The relaxed gradient at change(temperature)."""

    def estimator(*args, temperature=1.0, **given):
        return gumbel_softmax_gradient(*args, temperature=change(temperature), **given)

    return estimator


def ignores_temperature(estimator):
    return lambda *args, temperature=1.0, hard=False, **given: estimator(*args, **given)


PLANTED = {
    "must-be-differentiable": [
        dict(sample=lambda logits, t, noise: gumbel_softmax(logits, 0.1, noise=noise)),
        dict(sample=lambda logits, t, noise: gumbel_softmax(logits, 1.0, noise=noise, hard=True)),
        dict(sample=lambda logits, t, noise: mnp.softmax(logits + 0.0 * noise)),
        dict(sample=lambda logits, t, noise: NAN * logits),
    ],
    "gumbel-max": [
        dict(noise=gaussian),
        dict(noise=lambda rng, shape: -rng.gumbel(shape)),
        dict(noise=lambda rng, shape: 1.1 * rng.gumbel(shape)),
        dict(noise=lambda rng, shape: rng.gumbel(shape) + 0.1),
        dict(draw=lambda logits, noise: mnp.argmax(1.05 * logits + noise, axis=-1)),
        dict(draw=lambda logits, noise: mnp.argmax(logits + 0.0 * noise, axis=-1)),
        dict(draw=second_best),
    ],
    "relaxed-argmax": [
        dict(sample=logits_cooled_alone),
        dict(sample=noise_warmed),
        dict(sample=without_noise),
        dict(sample=lambda logits, t, noise: gumbel_softmax(1.05 * logits, t, noise=noise)),
        dict(sample=lambda logits, t, noise: -gumbel_softmax(logits, t, noise=noise)),
    ],
    "relaxed-mean": [
        dict(mean=lambda odds: odds / (1.0 + odds)),
        dict(mean=lambda odds: 0.5),
        dict(mean=lambda odds: odds * (odds - 1.0 + math.log(odds)) / (odds - 1.0) ** 2),
        dict(mean=lambda odds: NAN),
        dict(sample=hard),
        dict(sample=logits_cooled_alone),
        dict(sample=noise_warmed),
        dict(sample=lambda logits, t, noise: gumbel_softmax(logits, 1.001 * t, noise=noise)),
    ],
    "concrete-density": [
        dict(density=density_times(lambda n, t: 1.0 / math.factorial(n - 1))),
        dict(density=density_times(lambda n, t: t)),
        dict(density=density_times(lambda n, t: 1.0 + 1e-9)),
        dict(density=density_times(lambda n, t: NAN)),
        dict(density=density_with_exponent),
        dict(density=density_of_opposite_logits),
        dict(density=lambda log_x, logits, t: concrete_log_density(log_x, 1.05 * logits, t)),
    ],
    "concrete-convexity": [
        dict(threshold=lambda n: 1.0),
        dict(threshold=lambda n: 1.0 / n),
        dict(threshold=lambda n: 1.01 / (n - 1)),
        dict(threshold=lambda n: 0.97 / (n - 1)),
        dict(threshold=lambda n: NAN),
        dict(density=warmer),
        dict(density=lambda log_x, logits, t: -concrete_log_density(log_x, logits, t)),
        dict(density=density_with_exponent),
    ],
    "reinforce-unbiased": [
        dict(estimator=times(reinforce, 0.99)),
        dict(estimator=times(reinforce, -1.0)),
        dict(estimator=times(reinforce, NAN)),
        dict(estimator=with_baseline({"leave_one_out": "batch_mean"})),
        dict(estimator=with_baseline({"leave_one_out_optimal": "batch_mean"})),
        dict(estimator=with_baseline({"optimal": "mean"})),
        dict(estimator=with_baseline({"mean": "optimal"})),
        dict(estimator=with_baseline({"none": 0.01})),
    ],
    "rebar-unbiased": [
        dict(estimator=times(rebar, 0.999)),
        dict(estimator=times(rebar, NAN)),
        dict(estimator=shifted(rebar, 1e-6)),
        dict(estimator=control_variate_not_put_back),
        dict(general=shifted(relax, 0.05)),
        dict(general=times(relax, -1.0)),
    ],
    "straight-through-bias": [
        dict(estimator=reinforce),  # no bias
        dict(estimator=times(straight_through_gradient, 1.001)),
        dict(estimator=times(straight_through_gradient, NAN)),
        dict(estimator=gumbel_softmax_gradient),
        dict(estimator=lambda *args, **given: gumbel_softmax_gradient(*args, hard=True, **given)),
    ],
    "straight-through-gumbel-bias": [
        dict(estimator=ignores_temperature(straight_through_gradient)),  # p (1 - p)
        dict(estimator=at_temperature(lambda t: 1.0)),
        dict(estimator=times(gumbel_softmax_gradient, 1.0 + 1e-9)),
        dict(slope=lambda logit: 1.0 / (2.0 + 2.0 * math.cosh(logit))),  # p (1 - p)
        dict(slope=lambda logit: relaxed_slope(-2.0)),
        dict(slope=lambda logit: NAN),
    ],
    "relaxation-trade-off": [
        dict(estimator=at_temperature(lambda t: 1.0)),
        dict(estimator=at_temperature(lambda t: 1.0 / t)),
        dict(estimator=ignores_temperature(reinforce)),
        dict(estimator=times(gumbel_softmax_gradient, NAN)),
        dict(estimator=times(gumbel_softmax_gradient, 0.0)),  # no variance
    ],
    "discrete-gans": [
        dict(train=lambda estimator, seed, setting: (0.8, 0.2)),  # hardly a string well formed
        dict(train=lambda estimator, seed, setting: (0.101, 0.99)),
        dict(train=lambda estimator, seed, setting: (NAN, NAN)),
        dict(train=lambda estimator, seed, setting: (0.04 if estimator == "gumbel" else 0.5, 0.99)),
        dict(train=lambda estimator, seed, setting: (0.04, 0.89)),
    ],
}
