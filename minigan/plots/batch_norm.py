"""Batch normalisation in G: samples that depend on their batch, and the normalisations that let them alone."""

from __future__ import annotations

from .. import nn
from .. import numpy as mnp
from .. import random as random_
from ..backend import to_numpy
from ..gan.batch_correlation import variance_from_batch
from .style import DISCRIMINATOR, EXACT, FAKE, figure, tidy

COLLAPSED = "#b03a2e"
NOISE, REFERENCES = 4, 12


def generators() -> dict:
    """A generator of two hidden layers for each way to normalise them, by name."""

    def network(normalise):
        return nn.sequential(nn.dense(16), normalise, nn.relu, nn.dense(16), normalise, nn.relu, nn.dense(2))

    return {
        "batch norm": network(nn.batch_norm()),
        "virtual batch norm": nn.with_reference(network(nn.virtual_batch_norm(REFERENCES)), REFERENCES),
        "reference batch norm": nn.with_reference(network(nn.reference_batch_norm(REFERENCES)), REFERENCES),
    }


def batch_norm_effect(redraws: int = 400, sizes=(2, 4, 8, 16, 32, 64), seed: int = 3):
    """Left, one noise vector's sample in ``redraws`` batches of 8, with everything else drawn anew. Right, the share of a
    sample's variance that comes from the rest of its batch, over the batch's size.
    """
    drawn, (left, right) = figure(1, 2, width=9.6, height=4.2)
    looks = ((COLLAPSED, "o", 10, 0.4), (DISCRIMINATOR, "s", 90, 1.0), (FAKE, "D", 90, 1.0))
    for (name, layer), (colour, marker, size, alpha) in zip(generators().items(), looks, strict=True):
        params, rng = layer.init(random_.generator(seed), (None, NOISE)), random_.generator(seed + 1)

        def samples(z, layer=layer, params=params):
            return layer.apply(params, z, train=True)

        own = rng.standard_normal((1, NOISE))
        batches = (mnp.concatenate([own, rng.standard_normal((7, NOISE))], axis=0) for _ in range(redraws))
        first = to_numpy(mnp.stack([samples(z)[0, ...] for z in batches]))
        left.scatter(first[:, 0], first[:, 1], s=size, marker=marker, color=colour, alpha=alpha, linewidths=0)
        left.scatter([], [], s=40, marker=marker, color=colour, label=name)
        shares = [variance_from_batch(samples, NOISE, n, seed + 2, samples=40, redraws=6) for n in sizes]
        right.plot(sizes, shares, "-", marker=marker, markersize=6, color=colour, label=name)
    right.set_xscale("log", base=2)
    right.set_xticks(sizes, [str(n) for n in sizes])
    right.axhline(0.0, color=EXACT, linewidth=0.6)
    left.set_title(f"one noise vector in {redraws} batches of 8", fontsize=11)
    right.set_title("how much of a sample is the others' noise", fontsize=11)
    left.set_xlabel("$x_1$")
    left.set_ylabel("$x_2$")
    right.set_xlabel("size of the batch")
    right.set_ylabel("share of the variance")
    left.legend(frameon=True, framealpha=0.9, edgecolor="none", fontsize=9)
    for axes in (left, right):
        tidy(axes)
    return drawn
