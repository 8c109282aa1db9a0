"""Density ratios from samples, by every way there is, on pairs of laws whose ratio is known."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Annotated, Any

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...arrays import takes_lists
from ...autodiff import tree_map
from ...backend import to_numpy
from ...divergences import FDivergence
from ...divergences.variational import softly_bounded
from ...options import Above, Batch, Rate
from ...training import Player, Trained, players_learner
from ..form import Form
from ..registry import system
from ..system import System
from .pairs import Pair, pair_called
from .ratio_error import BANDS, bound_of, divergence_of, normaliser_of, ratio_errors, total_variation_to_p
from .ratio_estimators import RatioEstimator, estimator_called, quadratic_features, without_overlap

STEPS = 2000
CANDIDATES = 64  # draws of q for one sample
ERRORS = (
    "rms_error_in_bulk",
    "rms_of_true_log_ratio_in_bulk",
    "rms_error_by_quantile_of_p",
    "rms_error_by_quantile_of_q",
)
WORSE = 0.5  # of what v = 0 has for an error: then nothing was learned


class RatioNetwork:
    """v(x) = log p(x) / q(x) of rows (n, 2): a network of two layers, or linear in features of degree two.

    |v| stays softly below what the estimator bears.
    """

    def __init__(self, estimator: RatioEstimator, hidden: int = 64):
        self.estimator = estimator
        self.layers = None if estimator.linear else nn.mlp([hidden, hidden, 1], activation="relu")

    def init(self, rng) -> Any:
        if self.layers is None:
            return mnp.zeros(6, dtype="float32")
        return self.layers.init(rng, (None, 2))

    def log_ratio(self, params, x):
        if self.layers is None:
            out = mnp.matmul(quadratic_features(x), params)
        else:
            out = self.layers.apply(params, x)[:, 0]
        return softly_bounded(out, self.estimator.largest)


@system(heading="Generalizing these ideas", about="a density ratio learned from samples, beside the true one")
def ratios(
    *,
    pair: Annotated[
        str, "the two laws: mixture, one_covariance, two_covariances, ring, apart, or my_file.py:my_pair"
    ] = ("mixture"),
    by: Annotated[
        str, "class_probability, least_squares, moments, kernel, or a row of the f-GAN table: kl, pearson ..."
    ] = "class_probability",
    prior: Annotated[float, Above(0), "of class_probability: the share of p among what the classifier sees"] = 0.5,
    hidden: Annotated[int, Above(0), "units in either layer"] = 64,
    batch: Batch = 512,
    lr: Rate = 5e-3,
) -> System:
    """v = log p/q is learned from samples of p and q alone; the truth is a closed form, and the error is told by region.

    Samples are draws of q that the learned ratio chooses among: one of 64 with probability in proportion to exp v, a
    sample of p for the true ratio but for O(1/64). Raises `ValueError` for names that are none and a prior outside (0, 1).

    >>> ratios(by="kl").title
    'three Gaussians beside one, their ratio by kl bound'
    """
    laws = pair_called(pair)
    estimator = estimator_called(by, prior, samples=batch * STEPS)
    network = RatioNetwork(estimator, hidden)

    rows = batch * estimator.batches

    def draw(rng, state):
        return laws.p.sample(rng, rows), laws.q.sample(rng, rows)

    def loss(parameters, samples, rng):
        v_p, v_q = (network.log_ratio(parameters["ratio"], x) for x in samples)
        return estimator.loss(v_p, v_q, *samples)

    optimizer = optim.adam(optim.cosine(lr, STEPS), clip=optim.clip_by_norm(1.0))
    shared = laws.overlap
    return System(
        f"{laws.title}, their ratio by {estimator.title}",
        players_learner({"ratio": Player(network.init, loss, optimizer)}, draw, name=by),
        lambda state, n, rng, condition=None: resampled(laws, learned(network, state), n, rng),
        lambda state, rng: measure(laws, estimator, learned(network, state)),
        STEPS,
        data=lambda rng, n: laws.p.sample(rng, n),
        form=Form(columns=("x", "y")),
        log_density=lambda state, x: log_density(laws, learned(network, state), x),
        told=lambda trained: told(laws, estimator, learned(network, trained.state)),
        when_collapsed=(
            "the ratio is not known better than by taking it for 1; try more steps or a smaller --lr"
            if shared
            else f"the supports of p and q do not overlap, so no finite ratio is true: {without_overlap(estimator)}"
        ),
        parts={"pair": laws, "estimator": estimator, "network": network},
    )


def learned(network: RatioNetwork, state) -> Callable:
    """The trained ``log_ratio(x)`` as a function of rows in float64."""
    params = tree_map(lambda leaf: mnp.astype(leaf, "float64"), state.parameters["ratio"])
    return lambda x: network.log_ratio(params, mnp.astype(x, "float64"))


def log_ratio_of(system: System, trained: Trained) -> Callable:
    """The same of what training a `ratios` returns."""
    return learned(system.parts["network"], trained.state)


def resampled(pair: Pair, log_ratio: Callable, n: int, rng):
    """``n`` rows, each one of `CANDIDATES` draws of q with probability in proportion to exp v.

    Source: Rubin (1988), sampling-importance-resampling; candidates are not shared, so that samples are independent.
    """
    rows = pair.q.sample(rng, n * CANDIDATES)
    chosen = rng.categorical(mnp.reshape(log_ratio(rows), (n, CANDIDATES)))
    return mnp.take(rows, mnp.arange(n) * CANDIDATES + chosen, 0)


@takes_lists("x")
def log_density(pair: Pair, log_ratio: Callable, x):
    """log q(x) + v(x) - log Z, shape (n,): the density that the learned ratio makes of q."""
    return pair.q.log_density(mnp.astype(x, "float64")) + log_ratio(x) - normaliser_of(pair, log_ratio)


def bounded_divergence(
    pair: Pair, estimator: RatioEstimator, log_ratio: Callable
) -> tuple[FDivergence, float, float] | None:
    """(row, bound, divergence) by quadrature, of the row whose bound the estimator maximises; ``None`` without one."""
    row = estimator.row
    if row is None or not pair.overlap:
        return None
    return row, bound_of(pair, row, log_ratio), divergence_of(pair, row)


def measure(pair: Pair, estimator: RatioEstimator, log_ratio: Callable) -> dict:
    """Errors of v by region, calibration, the bound below its divergence; no errors where no ratio is finite."""
    found = {"shared_mass": round(pair.overlap, 4)}
    if not pair.overlap:
        v = [float(to_numpy(mnp.mean(log_ratio(x)))) for x in pair.held_out]
        return {
            **found,
            **dict.fromkeys(ERRORS),
            "mean_log_ratio_under_p": round(v[0], 3),
            "mean_log_ratio_under_q": round(v[1], 3),
            "collapsed": True,
        }
    errors, bounded = ratio_errors(pair, log_ratio), bounded_divergence(pair, estimator, log_ratio)
    learns = errors.right_side > 0.5 + 0.5 * WORSE if estimator.only_sign else errors.bulk < WORSE * errors.scale
    return {
        **found,
        **dict(zip(ERRORS, (_rounded(value) for value in (errors.bulk, errors.scale, errors.by_p[0], errors.by_q[0])))),
        "mean_error_in_tail_of_p": round(float(errors.by_p[1, -1]), 4),
        "mean_error_in_tail_of_q": round(float(errors.by_q[1, -1]), 4),
        "calibration_error": round(errors.calibration, 4),
        "share_on_the_right_side_of_1": round(errors.right_side, 4),
        "log_mean_ratio_under_q": _rounded(normaliser_of(pair, log_ratio)),
        "total_variation_of_reweighted_q_to_p": round(total_variation_to_p(pair, log_ratio), 4),
        "bound": None if bounded is None else _rounded(bounded[1]),
        "divergence": None if bounded is None else _rounded(bounded[2]),
        "collapsed": not learns,
    }


def _rounded(values):
    """For JSON: a number, or a list of them; an infinite divergence is ``None``."""
    if np.ndim(values):
        return [_rounded(value) for value in values]
    return round(float(values), 4) if math.isfinite(values) else None


def told(pair: Pair, estimator: RatioEstimator, log_ratio: Callable):
    """The table of errors by region."""
    columns = ("where the density is highest", "of p: rms error of log p/q", "mean", "of q: rms error", "mean")
    if not pair.overlap:
        means = [f"{float(to_numpy(mnp.mean(log_ratio(x)))):.3f}" for x in pair.held_out]
        rows = [("p", means[0], "inf"), ("q", means[1], "-inf")]
        below = f"the supports of p and q do not overlap: {without_overlap(estimator)}"
        return ("samples of", "mean of v", "log p/q"), rows, below
    errors, bounded = ratio_errors(pair, log_ratio), bounded_divergence(pair, estimator, log_ratio)
    numbers = np.stack([errors.by_p[0], errors.by_p[1], errors.by_q[0], errors.by_q[1]], -1)
    rows = [(band, *(f"{number:.3f}" for number in line)) for band, line in zip(BANDS, numbers)]
    below = f"in the bulk of both {errors.bulk:.3f}, where log p/q itself has {errors.scale:.3f}"
    if estimator.only_sign:
        below += f"; total variation tells only on which side of 1 p/q is, here rightly for {errors.right_side:.1%}"
    if bounded is not None:
        row, bound, divergence = bounded
        infinite = "which is infinite" if math.isinf(divergence) else f"{divergence:.4f}"
        below += f"; bound {bound:.4f} of {row.name}, {infinite}"
    return columns, rows, below
