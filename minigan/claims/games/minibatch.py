"""Minibatch GAN: what a D that sees whole batches knows and one that sees single samples cannot, by enumeration."""

from __future__ import annotations

import itertools
import math

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...backend import to_numpy
from ...gan import discriminator_loss
from ...training import Player, players_learner, train
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


def collapsed_and_real(rng, batches: int, n: int):
    """Batches of the two points -1 and 1, drawn anew and collapsed: two arrays of shape (batches, n, 1)."""
    real = mnp.where(rng.uniform((batches, n, 1)) < 0.5, -1.0, 1.0)
    collapsed = mnp.broadcast_to(mnp.where(rng.uniform((batches, 1, 1)) < 0.5, -1.0, 1.0), (batches, n, 1))
    return real, collapsed


LAYERS = {
    "none": None,
    "minibatch discrimination": nn.minibatch_discrimination(4, 2, weight=nn.normal(0.5)),
    "deviation over the batch": nn.minibatch_stddev(),
}


def trained_accuracy(layer, n: int, seed: int, steps: int = 300, batches: int = 8) -> float:
    """How often a trained D is right about a batch's kind, asked of each of its samples; over all batches, exactly."""
    middle = () if layer is None else (layer,)
    D = nn.sequential(nn.dense(8), nn.relu, *middle, nn.dense(1))

    def of_batches(parameters, x):
        return mnp.stack([D.apply(parameters["D"], x[i, ...]) for i in range(x.shape[0])])

    def loss(parameters, batch, rng):
        real, collapsed = (of_batches(parameters, side) for side in batch)
        return discriminator_loss(real, collapsed)

    player = Player(lambda rng: D.init(rng, (n, 1)), loss, optim.adam(3e-2))
    learner = players_learner({"D": player}, lambda rng, state: collapsed_and_real(rng, batches, n))
    parameters = train(learner, steps, rng=seed, check_every=steps).state.parameters
    every = every_batch(n)
    p, q = batch_laws(every)
    said = to_numpy(of_batches(parameters, mnp.asarray(every[:, :, None]))) > 0.0  # by every sample of every batch
    share = said.mean((1, 2))
    return 0.5 * float(p @ share + q @ (1.0 - share))


@claim(
    "minibatch-discriminator",
    section="games",
    heading="Minibatch GAN on ImageNet",
    statement="The layer does not mind a batch's order and leaves a sample's nearness to itself out; a trained D with it "
    "tells collapsed batches from real ones about as well as can be, one without it guesses.",
    latex=r"o(x_{\pi(i)}) = o(x)_{\pi(i)}, \qquad o(x_i) = \sum_{j \ne i} e^{-\|M_i - M_j\|_1}",
    cost=4.0,
)
def minibatch_discriminator(run: Run, layers=LAYERS, own_term=0.0):
    rng = run.rng()
    layer = nn.minibatch_discrimination(5, 3)
    weights = layer.init(rng, (None, 4))
    x = rng.standard_normal((9, 4))
    order = to_numpy(rng.permutation(9))
    found = to_numpy(layer.apply(weights, x))
    turned = to_numpy(layer.apply(weights, mnp.asarray(to_numpy(x)[order])))
    yield Check("another order: the same numbers in that order", 0.0, float(abs(turned - found[order]).max()), 1e-13)
    m = (to_numpy(x) @ to_numpy(weights["weight"])).reshape(9, 5, 3)
    near = np.array([[sum(np.exp(-abs(a - b).sum(-1)) for b in m) - 1.0 + own_term] for a in m])[:, 0]
    yield Check("nearness by loops, itself left out", 0.0, float(abs(near - found[:, 4:]).max()), 1e-13)
    alone = float(abs(to_numpy(layer.apply(weights, x[:1, ...]))[:, 4:]).max())
    yield Check("a batch of one: nearness", own_term, alone, 1e-15)
    n = 4
    best = 1.0 - 0.5**n
    for seed in run.seeds(1 if run.quick else 3):
        for name, layer in layers.items():
            accuracy = trained_accuracy(layer, n, seed)
            what = f"seed {seed}, batches of {n}, {name}: accuracy"
            if name == "none":
                yield Check(what, 0.5, accuracy, 1e-12)
            else:
                yield Check(f"{what}, the best {best:g}", best, accuracy, 0.03)
