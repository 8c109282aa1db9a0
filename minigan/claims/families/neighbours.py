"""Nearest neighbours: the class posterior of mixtures with a component at each point."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...models.families.neighbours import (
    adapted_bandwidth,
    adapted_bound,
    certain_bandwidth,
    class_posterior,
    nearest_of_classes,
    neighbours_posterior,
)
from ...models.families.points import groups
from ..registry import Check, Run, claim, largest
from .k_means import HEADING, SECTION

POINTS, PLACES = 150, 300


def drawn(run: Run, stream: int):
    """Points with their groups as labels, and places to classify."""
    rng = run.rng(stream)
    (x, y), (places, _) = groups(rng, POINTS), groups(rng, PLACES)
    return x, y, places


@claim(
    "nearest-neighbour-limit",
    section=SECTION,
    heading=HEADING,
    statement="The class posterior of mixtures with a component at each point becomes the nearest neighbour's class as "
    "their bandwidth goes to 0: from a computed bandwidth down it has the same favourite at each place, and its log-odds "
    "grow like the difference of squared distances over 2 h^2.",
    latex=r"p(c \mid x) = \frac{n_c}{n} \hat p_c(x) \Big/ \sum_b \frac{n_b}{n} \hat p_b(x) \to 1[c = y_{(1)}], \quad "
    r"2 h^2 \log \mathrm{odds} \to d_c^2 - d_1^2",
)
def nearest_neighbour_limit(run: Run, posterior=class_posterior, certain=certain_bandwidth, nearest=nearest_of_classes):
    from sklearn.neighbors import KernelDensity, KNeighborsClassifier

    for stream in range(3):
        x, y, places = drawn(run, stream)
        host, labels, there = to_numpy(x), to_numpy(y), to_numpy(places)
        for h in (0.3, 1.0):
            of_class = [KernelDensity(bandwidth=h, leaf_size=POINTS).fit(host[labels == c]) for c in range(3)]
            joint = [(labels == c).mean() * np.exp(one.score_samples(there)) for c, one in enumerate(of_class)]
            stated = np.stack(joint, 1) / np.sum(joint, 0)[:, None]
            off = largest(abs(to_numpy(posterior(x, y, h, places)) - stated).ravel())
            yield Check(f"points {stream}, h = {h:g}: Bayes' rule on KernelDensity of each class", 0.0, off, 1e-11)
        one = KNeighborsClassifier(1).fit(host, labels).predict(there)
        for share in (0.999, 0.1):
            h = share * certain(x, y, places)[:, None]
            differ = float((to_numpy(mnp.argmax(posterior(x, y, h, places), -1)) != one).sum())
            yield Check(f"points {stream}: favourites that are not 1-NN's, {share:g} of the proved h", 0.0, differ, 0.0)
        two = mnp.sort(nearest(x, y, places)[0], -1)[:, :2]
        margin = two[:, 1] - two[:, 0]
        odds = mnp.sort(posterior(x, y, mnp.sqrt(margin / 400.0)[:, None], places), -1)
        found = to_numpy(mnp.log(odds[:, -1] / odds[:, -2])) / 200.0  # 2 h^2 / margin is 1 / 200
        # n_c exp(-d_c^2 / 2 h^2) at most, and exp(-d_c^2 / 2 h^2) at least: off by log n / 200 either way
        slack = math.log(POINTS) / 200.0
        off = largest(abs(found - 1.0))
        yield Check(f"points {stream}: log-odds over margin / 2 h^2, furthest from 1", 0.0, off, slack)


@claim(
    "k-neighbours-adapted",
    section=SECTION,
    heading=HEADING,
    statement="k nearest neighbours are such a posterior with a bandwidth of each place's own, between its k-th and next "
    "neighbour, as the components exp(-(d/h)^p / 2) become balls, exactly at p infinite and within a stated bound before.",
    latex=r"p(c \mid x) = \sum_j w_j 1[y_j = c], \quad w_j \propto e^{-(|x - x_j| / h(x))^p / 2} "
    r"\to \frac{1}{k} 1[j \in N_k(x)]",
)
def k_neighbours_adapted(run: Run, posterior=neighbours_posterior, bound=adapted_bound):
    from sklearn.neighbors import KernelDensity, KNeighborsClassifier

    x, y, places = drawn(run, 10)
    host, labels, there = to_numpy(x), to_numpy(y), to_numpy(places)
    for k in (1, 5, 20):
        shares = KNeighborsClassifier(k).fit(host, labels).predict_proba(there)
        off = largest(abs(to_numpy(posterior(x, y, k, places)) - shares).ravel())
        yield Check(f"k = {k}, p infinite: off KNeighborsClassifier's probabilities", 0.0, off, 1e-15)
        for power in (8.0, 64.0, 512.0):
            apart = abs(to_numpy(posterior(x, y, k, places, power)) - shares).max(1)
            most = to_numpy(bound(x, k, places, power))[:, 0]
            what = f"k = {k}, p = {power:g}: off them, over its bound, at the worst place"
            yield Check(what, 1.0, largest(apart / np.maximum(most, 1e-14)), 0.0, "<=")
    few = 10 if run.quick else 40
    radii = to_numpy(adapted_bandwidth(x, 5, places)[0])[:few, 0]
    found = []
    for at, radius in zip(there, radii):
        balls = [KernelDensity(kernel="tophat", bandwidth=radius).fit(host[labels == c]) for c in range(3)]
        found.append([(labels == c).mean() * math.exp(one.score(at[None])) for c, one in enumerate(balls)])
    stated = np.array(found) / np.sum(found, 1, keepdims=True)
    off = largest(abs(to_numpy(posterior(x, y, 5, places))[:few] - stated).ravel())
    yield Check(f"k = 5: Bayes' rule on KernelDensity of balls, {few} places", 0.0, off, 1e-12)
