"""Batch norm in G can cause strong intra-batch correlation: how much of a sample is other samples' noise."""

from __future__ import annotations

import math

from ... import nn
from ...backend import to_numpy
from ...gan.batch_correlation import sensitivity_to_batch, variance_from_batch
from ..registry import Check, Run, claim

COUNT = 12  # of a reference batch


def network(normalise):
    """Two hidden layers of 16 with something between each and its relu."""
    return nn.sequential(nn.dense(16), normalise, nn.relu, nn.dense(16), normalise, nn.relu, nn.dense(3))


NORMALISED = {"batch normalisation": lambda: network(nn.batch_norm())}
ONE_BY_ONE = {
    "no normalisation": lambda: network(nn.identity),
    "reference batch normalisation": lambda: nn.with_reference(network(nn.reference_batch_norm(COUNT)), COUNT),
    "virtual batch normalisation": lambda: nn.with_reference(network(nn.virtual_batch_norm(COUNT)), COUNT),
}


def share_by_projection(y):
    """Of y = batch_norm(w z): dy/dz is proportional to I - (1 1^T + y y^T) / n, a projection P of trace n - 2."""
    n = len(y)
    diagonal = 1.0 - (1.0 + y * y) / n
    return 1.0 - float((diagonal**2).sum()) / (n - 2)


def share_in_pairs():
    """In a batch of two y_0 = sign(z_0 - z_1), and E Var(y_0 | z_0) = 1 - E (2 Phi(z) - 1)^2 = 1 - 1/3."""
    return 2.0 / 3.0


@claim(
    "intra-batch-correlation",
    section="games",
    heading="Batch norm in G can cause strong intra-batch correlation",
    statement="With batch normalisation a generated sample depends on the noise of the others in its batch, the more the "
    "smaller the batch; not at all in evaluation mode, nor with reference or virtual batch normalisation.",
    latex=r"\frac{\partial x_i}{\partial z_j} \ne 0 \ (i \ne j), \qquad "
    r"\frac{\partial y}{\partial z} \propto I - \tfrac1n (\mathbf 1 \mathbf 1^T + y y^T)",
)
def batches_hang_together(
    run: Run,
    share=share_by_projection,
    pairs=share_in_pairs,
    normalised=NORMALISED,
    one_by_one=ONE_BY_ONE,
    training=True,
):
    layer = nn.batch_norm(epsilon=0.0)
    params = layer.init(None, (None, 1))
    linear = lambda z: layer.apply(params, 3.0 * z, train=training)
    for n in (4, 16):
        z = run.rng(60 + n).standard_normal((n, 1))
        host = to_numpy(z)[:, 0]
        found = sensitivity_to_batch(linear, z, samples=n).share
        stated = share((host - host.mean()) / host.std())
        yield Check(f"linear G, batch of {n}: share of the squared derivative", stated, found, 1e-10)
    found = variance_from_batch(linear, 1, 2, run.rng(61), samples=400 if run.quick else 3000, redraws=8)
    slack = 4.0 * 0.021 * math.sqrt(400.0 / (400 if run.quick else 3000))  # 0.021: over seeds, with 400
    yield Check("linear G, pairs: share of a sample's variance from the other", pairs(), found, slack)
    for seed in run.seeds(1 if run.quick else 3):
        for name, make in {**normalised, **one_by_one}.items():
            chosen = make()
            rng = Run(seed=seed).rng(62)
            weights, z = chosen.init(rng, (None, 4)), rng.standard_normal((8, 4))
            for mode in (True, False):
                f = lambda z, chosen=chosen, weights=weights, mode=mode: chosen.apply(weights, z, train=mode)
                derivative = sensitivity_to_batch(f, z, samples=4)
                variance = variance_from_batch(f, 4, 8, Run(seed=seed).rng(63), samples=16, redraws=8)
                what = f"{name}, {'training' if mode else 'evaluation'}, seed {seed}"
                if mode and name in normalised:
                    yield Check(f"{what}: share of the derivative", 0.05, derivative.share, 0.0, ">=")
                    yield Check(f"{what}: share of the variance", 0.05, variance, 0.0, ">=")
                else:
                    yield Check(f"{what}: derivative by others' noise", 0.0, derivative.others, 0.0)
                    yield Check(f"{what}: share of the variance", 0.0, variance, 1e-20)
        for name, make in normalised.items():
            chosen = make()
            weights = chosen.init(Run(seed=seed).rng(64), (None, 4))
            f = lambda z, chosen=chosen, weights=weights: chosen.apply(weights, z, train=training)
            shares = [variance_from_batch(f, 4, n, Run(seed=seed).rng(65), samples=48, redraws=8) for n in (4, 16, 64)]
            what = f"{name}, seed {seed}: share of the variance in batches of"
            yield Check(f"{what} 16 / 4", 0.6, shares[1] / shares[0], 0.0, "<=")
            yield Check(f"{what} 64 / 16", 0.6, shares[2] / shares[1], 0.0, "<=")
