"""Minibatch GAN: what a D that sees whole batches knows and one that sees single samples cannot, by enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np

import minigan.numpy as mnp

from ... import nn
from ...backend import to_numpy
from ..registry import Check, Run, claim

# two points; the data draws each sample anew, a collapsed G one point for the whole batch, each as often as the other
BATCHES = (2, 4, 8)


def every_batch(n: int):
    """All 2^n batches of the two points -1 and 1: shape (2^n, n)."""
    return np.array(list(itertools.product((-1.0, 1.0), repeat=n)))


def batch_laws(batches):
    """The probability of each batch under the data and under the collapsed G."""
    n = batches.shape[1]
    same = (batches == batches[:, :1]).all(-1)
    return np.full(len(batches), 0.5**n), np.where(same, 0.5, 0.0)


def accuracy_by(seen, p, q) -> float:
    """The best accuracy of a D that knows a batch by ``seen`` alone: 1/2 sum over its values of max(p, q)."""
    _, place = np.unique(np.round(seen, 9), axis=0, return_inverse=True)
    place = place.reshape(-1)
    return 0.5 * float(np.maximum(np.bincount(place, p), np.bincount(place, q)).sum())


def nearness(batch):
    """The feature that minibatch discrimination adds to every sample, with one kernel along the line."""
    layer = nn.minibatch_discrimination(kernels=1, width=1)
    return to_numpy(layer.apply({"weight": mnp.asarray([[1.0]])}, mnp.asarray(batch[:, None])))[:, 1:]


def spread(batch):
    """The feature that the deviation of a batch adds."""
    return to_numpy(nn.minibatch_stddev(epsilon=0.0).apply(None, mnp.asarray(batch[:, None])))[:, 1:]


FEATURES = {"minibatch discrimination": nearness, "deviation over the batch": spread}


@claim(
    "minibatch-features",
    section="games",
    heading="Minibatch GAN on ImageNet",
    statement="Features of a minibatch make a collapsed batch visible: where each batch is one point, another every time, "
    "a D that sees samples one by one does no better than chance, one with the features as well as any D of batches.",
    latex=r"\text{accuracy} = \tfrac12 \;\text{ by samples}, \qquad 1 - 2^{-n} \;\text{ by batches of } n",
)
def minibatch_features(run: Run, best=lambda n: 1.0 - 0.5**n, features=FEATURES):
    for n in BATCHES:
        batches = every_batch(n)
        p, q = batch_laws(batches)
        single = [float(law @ (batches[:, 0] > 0.0)) for law in (p, q)]
        chance = 0.5 * (max(single) + 1.0 - min(single))
        yield Check(f"batches of {n}: best accuracy of a D that sees one sample", 0.5, chance, 1e-15)
        yield Check(f"batches of {n}: of a D that sees all of it", best(n), accuracy_by(batches, p, q), 1e-15)
        for name, feature in features.items():
            seen = np.stack([np.sort(feature(batch)[:, 0]) for batch in batches])
            yield Check(f"batches of {n}: by {name} alone", best(n), accuracy_by(seen, p, q), 1e-15)
    jsd = [_jsd(*batch_laws(every_batch(n))) for n in BATCHES]
    for n, found in zip(BATCHES, jsd):
        t = 0.5 ** (n - 1)  # how often the data's own batch is of one point: JSD in closed form
        stated = math.log(2.0) + 0.5 * t * math.log(t) - 0.5 * (1.0 + t) * math.log1p(t)
        yield Check(f"batches of {n}: JSD between the laws of batches, which is 0 of samples", stated, found, 1e-14)


def _jsd(p, q) -> float:
    m = 0.5 * (p + q)
    return float(sum(0.5 * (a[a > 0] * np.log(a[a > 0] / m[a > 0])).sum() for a in (p, q)))
