"""A restricted Boltzmann machine of the digits as bits: its log Z is exact as long as its hidden units are few."""

from __future__ import annotations

from typing import Annotated, Literal

import minigan.numpy as mnp

from ... import optim
from ...backend import to_numpy
from ...options import Above, Batch, Rate
from ...random import generator
from ..form import images
from ..registry import system
from ..system import System
from .ais import annealed_log_partition, rbm_path
from .bits import PIXELS, SIDE, digit_bits, independent_pixels
from .contrastive_divergence import EnergyModel, energy_learner
from .gibbs import drawn, rbm_sweep
from .likelihood import Cost, Nats, likelihood_system, nats_of
from .markov_chain import chain, sweeps_per_sample
from .rbm import RBM, free_energy, log_partition, log_probability

STEPS = 10_000
DECAY = 5e-4  # of the weights: half of this times their sum of squares is minimised besides
SWEEPS = 1000  # of a chain from independent pixels, for a sample
EXACT = 20  # hidden units whose states can be gone through


def rbm_model(base_bias, hidden: int) -> EnergyModel:
    """RBMs of visible units that begin as independent ones of logits ``base_bias``, with ``hidden`` hidden units."""
    visible, dtype = base_bias.shape[0], base_bias.dtype

    def init(rng):
        weights = 0.05 * rng.standard_normal((visible, hidden), dtype=dtype)
        return RBM(weights, base_bias, mnp.zeros(hidden, dtype=dtype))

    return EnergyModel(
        init,
        lambda params, v: free_energy(v, *params),
        lambda params: log_partition(*params),
        lambda rng, n: drawn(mnp.broadcast_to(base_bias, (n, visible)), rng.uniform((n, visible), dtype=dtype)),
        lambda params, v, numbers: rbm_sweep(v, *params, numbers),
        visible + hidden,
        visible,
    )


@system(heading="Boltzmann Machines", about="a restricted Boltzmann machine of real digits in black and white")
def rbm(
    *,
    hidden: Annotated[int, Above(0), "hidden units; up to 20 the nats are exact, beyond an estimate"] = EXACT,
    training: Annotated[Literal["pcd", "cd", "exact"], "where the model's own mean comes from"] = "pcd",
    k: Annotated[int, Above(0), "sweeps of the chains a step"] = 1,
    batch: Batch = 100,
    lr: Rate = 0.01,
) -> System:
    """`digit_bits`, trained on 1,200 and judged by 597, by one of `contrastive_divergence.METHODS`.

    >>> rbm(hidden=16, training="cd").title
    'an RBM of 64 pixels and 16 hidden units, trained by cd'
    """
    bits = digit_bits()
    share = (mnp.sum(bits.training, 0) + 1.0) / (bits.training.shape[0] + 2.0)
    base_bias = mnp.log(share) - mnp.log(1.0 - share)
    model = rbm_model(base_bias, hidden)
    optimizer = optim.adam(optim.cosine(lr, STEPS))
    learner = energy_learner(
        model,
        bits.training,
        optimizer,
        method=training,
        k=k,
        batch=batch,
        penalty=lambda params: 0.5 * DECAY * mnp.sum(mnp.square(params.weights)),
        name="rbm",
    )

    def annealed(params, rng):
        return annealed_log_partition(rbm_path(*params, base_bias=base_bias), rng, temperatures=1000, chains=20)

    def log_density(params, x):
        if hidden <= EXACT:
            return log_probability(x, *params)
        return -mnp.astype(free_energy(x, *params), "float64") - annealed(params, generator(0)).log_partition

    def judge(params, x, rng) -> Nats:
        if hidden <= EXACT:
            return nats_of(log_probability(x, *params))
        found, score = annealed(params, rng), -to_numpy(free_energy(x, *params)).astype(float)
        low, high = (float(score.mean()) - end for end in reversed(found.interval))
        return nats_of(score - found.log_partition, "estimate", interval=(low, high))

    return likelihood_system(
        f"an RBM of {PIXELS} pixels and {hidden} hidden units, trained by {training}",
        init=model.init,
        log_density=log_density,
        sample=lambda params, n, rng, condition=None: chain(model, params, n, rng, SWEEPS)[-1],
        training=bits.training,
        held_out=bits.held_out,
        optimizer=optimizer,
        steps=STEPS,
        batch=batch,
        cost=Cost(SWEEPS, latent_code=False),
        baseline=independent_pixels(bits.training, bits.held_out),
        judge=judge,
        measure=lambda params, rng: {"sweeps_per_independent_sample": sweeps_per_sample(model, params, rng)},
        form=images(SIDE, low=0.0),
        learner=learner,
        parts={"model": model, "training": training},
    )
