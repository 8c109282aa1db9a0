"""A general Boltzmann machine of bars and stripes: few enough units that all it says of itself is exact."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, NamedTuple

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...data import bars_and_stripes
from ...options import Above, Rate
from ..form import images
from ..registry import system
from ..system import System
from .boltzmann import Machine, free_energy, log_partition, log_probability, symmetric
from .contrastive_divergence import EnergyModel, energy_learner
from .gibbs import drawn, machine_sweep
from .likelihood import Cost, likelihood_system
from .markov_chain import sweeps_per_sample
from .states import binary_states, check_few

SIDE, PIXELS = 4, 16
STEPS = 1500
CHAINS = 100


class Pairs(NamedTuple):
    """Parameters that may be anything: a weight for every pair of units (row by row), and ``biases``."""

    weights: Any
    biases: Any

    def machine(self) -> Machine:
        """The machine that has them."""
        return Machine(symmetric(self.weights, self.biases.shape[0]), self.biases)


def machine_model(visible: int, hidden: int, dtype="float32") -> EnergyModel:
    """General machines whose weights begin as N(0, 0.1^2), biases at 0 and chains as fair coins."""
    units = visible + hidden

    def init(rng):
        weights = 0.1 * rng.standard_normal((units * (units - 1) // 2,), dtype=dtype)
        return Pairs(weights, mnp.zeros(units, dtype=dtype))

    return EnergyModel(
        init,
        lambda params, v: free_energy(v, *params.machine()),
        lambda params: log_partition(*params.machine()),
        lambda rng, n: drawn(mnp.zeros((n, units), dtype=dtype), rng.uniform((n, units), dtype=dtype)),
        lambda params, s, numbers: machine_sweep(s, *params.machine(), numbers),
        units,
        visible,
    )


@system(heading="Boltzmann Machines", about="a general Boltzmann machine of 4 x 4 bars and stripes, 30 images in all")
def boltzmann(
    *,
    hidden: Annotated[int, Above(-1), "hidden units, 0 to 4"] = 2,
    training: Annotated[Literal["exact", "pcd"], "where the model's own mean comes from"] = "exact",
    k: Annotated[int, Above(0), "sweeps of the chains a step"] = 1,
    lr: Rate = 0.05,
) -> System:
    """All 30 images are trained on at every step and judged by: at best the nats are -log 30 = -3.4012, minus the data's
    entropy, and what is missing is KL(data || model).

    Samples are drawn from the enumerated law: a chain hardly ever finds from one image to another.

    >>> boltzmann(hidden=3).title
    'a Boltzmann machine on bars and stripes, 3 of 19 units hidden, by exact gradients'
    """
    check_few(
        PIXELS + hidden, f"a machine of {PIXELS} pixels and {hidden} hidden units", otherwise="0 to 4 may be hidden"
    )
    data = bars_and_stripes(SIDE, "float32")
    entropy = math.log(data.shape[0])
    model = machine_model(PIXELS, hidden)
    optimizer = optim.adam(optim.cosine(lr, STEPS))
    learner = energy_learner(
        model, data, optimizer, method=training, k=k, chains=CHAINS, at_optimum=entropy, name="boltzmann"
    )

    def log_density(params, x):
        return log_probability(x, *params.machine())

    def measure(params, rng) -> dict:
        found = to_numpy(log_density(params, data))
        return {
            "entropy_of_data": round(entropy, 4),
            "kl_from_data": round(-entropy - float(found.mean()), 4),
            "probability_of_bars_and_stripes": round(float(mnp.exp(mnp.logsumexp(found))), 4),
            "sweeps_per_independent_sample": sweeps_per_sample(model, params, rng, chains=20, sweeps=400),
        }

    how = {"exact": "exact gradients", "pcd": "persistent chains"}[training]
    return likelihood_system(
        f"a Boltzmann machine on bars and stripes, {hidden} of {PIXELS + hidden} units hidden, by {how}",
        init=model.init,
        log_density=log_density,
        sample=lambda params, n, rng, condition=None: exact_samples(params, n, rng),
        training=data,
        held_out=data,
        optimizer=optimizer,
        steps=STEPS,
        batch=data.shape[0],
        cost=Cost(2**PIXELS, latent_code=False),
        baseline=-PIXELS * math.log(2.0),  # every pixel is as often 1 as 0
        measure=measure,
        form=images(SIDE, low=0.0),
        learner=learner,
        parts={"model": model, "training": training, "entropy": entropy},
    )


def exact_samples(params: Pairs, n: int, rng):
    """``n`` independent draws (n, 16) from p(v), by the distribution function of all 2^16 visible states."""
    v = binary_states(PIXELS)
    below = mnp.cumulative_sum(mnp.exp(log_probability(v, *params.machine())))
    number = mnp.searchsorted(below, rng.uniform((n,)) * below[-1])
    return mnp.astype(mnp.take(v, mnp.minimum(number, v.shape[0] - 1), 0), params.biases.dtype)
