"""Wrong formulas for the claims on eight schools."""

import math
from types import SimpleNamespace

import minigan.numpy as mnp
from minigan.autodiff import grad
from minigan.claims.implicit.eight_schools import STEPS
from minigan.models.implicit.eight_schools import Moments, exact_moments
from minigan.models.implicit.hamiltonian import hamiltonian_chains, leapfrog
from minigan.models.implicit.schools_posteriors import posterior_samples
from minigan.random import as_generator

NAN = math.nan
TRAINS = ("avb-eight-schools",)


def euler(slopes, z, momentum, step, leaps):
    """Both moved at once, from where both were: no volume is kept, and there is no way back."""
    for _ in range(leaps):
        z, momentum = z + step * momentum, momentum + step * slopes(z)
    return z, momentum


def whole_steps(slopes, z, momentum, step, leaps):
    """No half steps at the ends: volumes are kept, and there is no way back."""
    for _ in range(leaps):
        momentum = momentum + step * slopes(z)
        z = z + step * momentum
    return z, momentum


def chains_that_take(share):
    """Chains with an acceptance of their own, ``share`` of what was gained."""

    def chains(log_density, start, rng, *, steps, step_length, leaps):
        rng, slopes, z, states = as_generator(rng), grad(lambda z: mnp.sum(log_density(z))), start, []
        for _ in range(steps):
            momentum = rng.standard_normal(tuple(z.shape))
            end, turned = leapfrog(slopes, z, momentum, step_length, leaps)
            gained = log_density(end) - log_density(z) + 0.5 * mnp.sum(momentum * momentum - turned * turned, -1)
            z = mnp.where((rng.uniform((z.shape[0],)) < share(gained))[:, None], end, z)
            states.append(z)
        return SimpleNamespace(samples=mnp.stack(states))

    return chains


def of_step(factor):
    """The law at another temperature."""
    return lambda log_density, *given, **how: hamiltonian_chains(lambda z: factor * log_density(z), *given, **how)


def moments(means=0.0, deviations=1.0):
    exact = exact_moments()
    return Moments(exact.means + means * exact.deviations, exact.deviations * deviations)


def in_place_of_training(law):
    """The Gaussians, and ``law`` for AVB."""
    return lambda way, seed, steps: law(seed) if way == "AVB" else posterior_samples(way, seed, steps)


PLANTED = {
    "hamiltonian-any-step": [
        dict(path=euler),
        dict(path=whole_steps),
        dict(acceptance=lambda gained: 0.0 * gained),  # every end is taken
        dict(acceptance=lambda gained: mnp.minimum(0.5 * gained, 0.0)),
        dict(acceptance=lambda gained: gained),  # no share
        dict(acceptance=lambda gained: NAN * gained),
        dict(chains=chains_that_take(lambda gained: mnp.minimum(mnp.exp(0.5 * gained), 1.0))),
        dict(chains=chains_that_take(lambda gained: mnp.astype(gained > 0.0, gained.dtype))),  # only what gains
        dict(chains=of_step(1.2)),
        dict(exact=moments(means=0.1)),
        dict(exact=moments(deviations=1.05)),
        dict(exact=moments(means=NAN)),
    ],
    "avb-eight-schools": [
        dict(samples=lambda way, seed, steps: posterior_samples("one Gaussian", seed, 1)),
        dict(samples=in_place_of_training(lambda seed: posterior_samples("one Gaussian", seed, 1))),
        dict(samples=in_place_of_training(lambda seed: as_generator(seed).standard_normal((10_000, 10)))),  # the prior
        dict(samples=in_place_of_training(lambda seed: NAN * mnp.ones((10, 10)))),
        dict(samples=in_place_of_training(lambda seed: posterior_samples("AVB", seed, STEPS // 20))),  # hardly begun
        dict(gaussian=lambda independent: SimpleNamespace(elbo=-13.4)),  # no gain by a covariance
        dict(gaussian=lambda independent: SimpleNamespace(elbo=-12.8 - 0.42 * independent)),  # more than there is
    ],
}
