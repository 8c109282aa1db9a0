"""Wrong formulas for the claims on Boltzmann machines, each of which must make its claim fail."""

import math

import minigan.numpy as mnp
from minigan.claims.explicit.boltzmann import as_printed
from minigan.claims.explicit.markov_chains import (
    difference_of_means,
    expected_contrastive_divergence,
    law_of,
    time_of,
)
from minigan.models.explicit import ais, boltzmann, rbm
from minigan.models.explicit.gibbs import machine_sweep, rbm_sweep

NAN = math.nan


def without_hidden_units(v, weights, visible_bias, hidden_bias):
    """exp(b' v) / Z: the sum over h forgotten."""
    return v @ visible_bias - rbm.log_partition(weights, visible_bias, hidden_bias)


def of_spins(weights, visible_bias, hidden_bias):
    """Z of units -1 and 1: log(2 cosh) in place of softplus."""
    v = 2.0 * boltzmann.binary_states(weights.shape[0]) - 1.0
    field = v @ weights + hidden_bias
    return mnp.logsumexp(v @ visible_bias + mnp.sum(mnp.logaddexp(field, -field), -1))


def transposed(v, weights, visible_bias, hidden_bias):
    """Hidden biases with another sign."""
    return rbm.log_probability(v, weights, visible_bias, -hidden_bias)


def summed_over_z(x, z, machine):
    """p(x) as it should be, the same for every z."""
    p = mnp.exp(boltzmann.log_probability(x, *machine))
    return mnp.broadcast_to(p[:, None], (x.shape[0], z.shape[0]))


def given_z(x, z, machine):
    """p(x | z), which sums to one over x."""
    both = as_printed(x, z, machine)
    return both / mnp.sum(both, 0)


def shifted_weights(by):
    def estimate(*args, **given):
        found = ais.annealed_log_partition(*args, **given)
        return found._replace(log_weights=found.log_weights + by)

    return estimate


def without_moving(path, rng, **given):
    """Plain importance sampling: the chains stay where they began."""
    return ais.annealed_log_partition(path._replace(sweep=lambda states, beta, numbers: states), rng, **given)


def averaging_logarithms(log_w):
    """The mean of log w, with the interval of that mean."""
    of_runs = log_w.mean(1)
    half = 3.25 * of_runs.std(ddof=1) / math.sqrt(len(of_runs))
    return ais.Estimate(float(of_runs.mean()), (of_runs.mean() - half, of_runs.mean() + half), log_w)


def narrow(log_w):
    """An interval of one tenth of the width."""
    found = ais.estimate_of(log_w)
    low, high = (found.log_partition + 0.1 * (end - found.log_partition) for end in found.interval)
    return found._replace(interval=(low, high))


def wide(log_w):
    """An interval that holds everything."""
    return ais.estimate_of(log_w)._replace(interval=(-math.inf, math.inf))


def unbiased(machine, data, k):
    """CD-k, were it the gradient."""
    return difference_of_means(machine, data, law_of(machine))


def one_sweep_more(machine, data, k):
    return expected_contrastive_divergence(machine, data, k + 1)


def never_sweeping(machine, data, k):
    return difference_of_means(machine, data, data)


def other_sign(machine, data, model):
    return -difference_of_means(machine, data, model)


def half_of_the_model(machine, data, model):
    return difference_of_means(machine, data, 0.5 * (data + model))


def lazy(sweep):
    """Every other sweep leaves the chain where it is."""

    def wrong(s, *rest):
        moved = sweep(s, *rest)
        stay = rest[-1][:, :1] * 64.0 % 1.0 < 0.5
        return mnp.where(stay, s, moved)

    return wrong


def on_inverted(sweep):
    """Units are 1 where their number is above their probability."""
    return lambda s, *rest: 1.0 - sweep(s, *rest)


def all_units_at_once(s, weights, biases, numbers):
    return mnp.astype(numbers < mnp.sigmoid(s @ weights + biases), s.dtype)


PLANTED = {
    "boltzmann-normalised": [
        dict(log_probability=without_hidden_units),
        dict(log_probability=transposed),
        dict(log_probability=lambda v, *machine: -rbm.free_energy(v, *machine)),
        dict(log_partition=of_spins),
        dict(log_partition=lambda w, b, c: rbm.log_partition(w, b, c) + 1e-9),
        dict(log_probability=lambda v, *machine: NAN * rbm.log_probability(v, *machine)),
    ],
    "boltzmann-sum-over-z": [
        dict(printed=summed_over_z),  # nothing wrong with the slide
        dict(printed=given_z),
        dict(printed=lambda x, z, machine: NAN * as_printed(x, z, machine)),
    ],
    "annealed-importance-sampling": [
        dict(estimate=shifted_weights(0.3)),
        dict(estimate=without_moving),
        dict(estimate=shifted_weights(NAN)),
        dict(interval=averaging_logarithms),
        dict(interval=narrow),
        dict(interval=wide),
    ],
    "contrastive-divergence-bias": [
        dict(expected=unbiased),
        dict(expected=one_sweep_more),
        dict(expected=never_sweeping),
        dict(gradient=other_sign),
        dict(gradient=half_of_the_model),
        dict(gradient=lambda machine, data, model: NAN * difference_of_means(machine, data, model)),
    ],
    "gibbs-spectral-gap": [
        dict(time=lambda second: 1.0 / (1.0 - second)),
        dict(time=lambda second: -1.0 / math.log(second)),
        dict(time=lambda second: time_of(second) * (1.0 + 1e-8)),
        dict(time=lambda second: NAN),
        dict(sweep=lazy(rbm_sweep)),
        dict(sweep=lambda v, *rest: v),
        dict(general_sweep=all_units_at_once),
        dict(general_sweep=on_inverted(machine_sweep)),
        dict(general_sweep=lazy(machine_sweep)),
    ],
}
