"""Wide random networks: kernels in closed form, and the distance from the Gaussian process, which falls as 1 / width."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...backend import to_numpy
from ...models.families import wide_networks as W
from ..registry import Check, Run, claim
from .language import drawn
from .latent_linear import HEADING, SECTION


def relu_by_quadrature(x, y) -> float:
    """E relu(w . x) relu(w . y) in the plane of x and y: E r^2 / 2 pi = 1 / pi times an integral over the angle of w."""
    angle = math.acos(float(np.clip(x @ y / np.linalg.norm(x) / np.linalg.norm(y), -1.0, 1.0)))
    nodes, weights = np.polynomial.legendre.leggauss(40)
    low, high = angle - 0.5 * math.pi, 0.5 * math.pi  # where both are on
    at = 0.5 * (high - low) * nodes + 0.5 * (high + low)
    inner = 0.5 * (high - low) * weights @ (np.cos(at) * np.cos(at - angle))
    return float(np.linalg.norm(x) * np.linalg.norm(y) * inner / math.pi)


def erf_by_quadrature(x, y) -> float:
    """E erf(w . x) erf(w . y), by Gauss and Hermite's rule in the plane of x and y."""
    from scipy.special import erf

    nodes, weights = np.polynomial.hermite_e.hermegauss(160)
    first, turn = x / np.linalg.norm(x), y - (y @ x) / (x @ x) * x
    second = turn / np.linalg.norm(turn)
    a, b = np.meshgrid(nodes, nodes)
    values = erf(a * (x @ first)) * erf(a * (y @ first) + b * (y @ second))
    return float((np.outer(weights, weights) * values).sum() / (2.0 * math.pi))


def fourth_moment(width: int) -> float:
    """E f^4 at E f^2 = 1: 3 + 15 / width."""
    return 3.0 + 15.0 / width


@claim(
    "wide-network-is-a-gaussian-process",
    section=SECTION,
    heading=HEADING,
    statement="A wide random network is a Gaussian process, with the kernel of relu or erf units in closed form; how far "
    "a network of finite width is from it falls as 1 / width: in law by total variation, in its kernel and in what it "
    "predicts by the mean square.",
    latex=r"\mathrm{TV}(f(x),\, N(0, 1)) \sim \frac{15}{24\, h} \cdot \frac12 \int |\mathrm{He}_4| \varphi, \qquad "
    r"\mathbb{E}\,(K_h - K)^2 = \frac{c}{h}",
    cost=3.0,
)
def wide_networks(
    run: Run, relu=W.relu_kernel, erf=W.erf_kernel, first_order=W.FIRST_ORDER, moment=fourth_moment, decay=1.0
):
    for stream, scale in enumerate((0.3, 1.0, 1.5)):
        x, y = drawn(run.rng(70 + stream), 4, 4)
        x, y = scale * x, y / np.linalg.norm(y)
        both = mnp.asarray(x[None]), mnp.asarray(y[None])
        by_angles, by_hermite = relu_by_quadrature(x, y), erf_by_quadrature(x, y)
        yield Check(f"relu units, pair {stream}: K by quadrature", by_angles, float(relu(*both)[0, 0]), 1e-13)
        # the rule's own error, by 100 nodes and 160: 1e-9 at these lengths
        yield Check(f"erf units, pair {stream}: K by quadrature", by_hermite, float(erf(*both)[0, 0]), 1e-7)
    gaps = {width: width**decay * W.total_variation(width) for width in (64, 128, 256, 1024)}
    for width, gap in gaps.items():
        # the next order is 1 / width too, with a coefficient below 0.4
        what = f"{width} relu units: width times the total variation of f(x) from a Gaussian"
        yield Check(what, first_order, gap, 0.4 / width)
    width, draws = 12, 100_000 if run.quick else 400_000
    rng = run.rng(80)
    phi = to_numpy(W.features(mnp.asarray([[1.0, 1.0]]), width, rng, networks=draws))[:, 0]
    squared = (phi**2).sum(-1)  # f is N(0, |phi|^2) given the hidden weights: E f^4 = 3 E |phi|^4
    error = 3.0 * (squared**2).std() / math.sqrt(draws)
    off = (3.0 * (squared**2).mean() - moment(width)) / error
    yield Check(f"{width} relu units, drawn: E f^4 less 3 + 15 / width, in standard errors", 0.0, off, 4.5)
    seen = drawn(run.rng(81), (8, 3))[0]
    rows = mnp.asarray(seen / np.linalg.norm(seen, axis=1, keepdims=True))
    # of a diagonal entry E relu^4 - (E relu^2)^2 = 3/2 - 1/4 at |x| = 1
    alone = rows[:1, :]
    networks = 4000
    for width in (10, 160):
        error = W.kernel_error(alone, width, rng, networks=networks)
        # the mean of squares of nearly Gaussian numbers: sqrt(2 / n) of itself, more for the few units' heavy tails
        spread = 4.5 * 1.25 * math.sqrt((2.0 + 60.0 / width) / networks)
        yield Check(f"{width} relu units: width times E (K_h(x, x) - K)^2, |x| = 1", 1.25, error, spread)
    y, new = mnp.sin(3.0 * rows[:, 0]), mnp.asarray(drawn(run.rng(82), (5, 3))[0])
    few, many = (W.prediction_error(rows, y, new, 0.3, width, rng, networks=300) for width in (200, 1600))
    # of 300 networks each; by eight seeds it lies between 0.80 and 1.11
    yield Check("width times the squared distance of predictions, 200 units over 1,600", 1.0, few / many, 0.4)
