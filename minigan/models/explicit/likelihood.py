"""A model with an explicit likelihood as a system: one player, whose loss is minus a log-likelihood or a bound on it.

A printed log-likelihood says here what kind of number it is: *exact*, a *bound* from below (with its gap where that is
measured), or an *estimate* (with its interval). And a sample has a price: how often a network is evaluated for it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...autodiff import tree_leaves
from ...backend import to_numpy
from ...optim import Optimizer
from ...training import Learner, Player, players_learner
from ..form import Form
from ..system import System

KINDS = ("exact", "bound", "estimate")


class Nats(NamedTuple):
    """A mean log-likelihood in nats an example, and what it is.

    * ``mean`` over examples, with its ``standard_error`` as that of a sample of examples.
    * ``kind``: ``"exact"``; ``"bound"``, which is at most the truth; ``"estimate"``, which may lie on either side.
    * ``gap``: of a bound, the mean truth minus it, where that is measured; of exact nats, how far below them the bound
      lies that was trained.
    * ``gap_at_least``: of a bound whose gap is not known, how much higher a tighter bound lies.
    * ``interval``: of an estimate, (low, high) for the mean log-likelihood of these very examples.

    >>> coins = Nats(mean=-64 * math.log(2.0), standard_error=0.0)  # of 64 fair ones
    >>> coins.kind, coins.as_metrics(dimensions=64)["bits_per_dimension"]
    ('exact', 1.0)
    """

    mean: float
    standard_error: float
    kind: str = "exact"
    gap: float | None = None
    interval: tuple[float, float] | None = None
    gap_at_least: float | None = None

    def as_metrics(self, dimensions: int) -> dict:
        """JSON-able, with bits a dimension: -nats / (dimensions log 2)."""
        return {
            "nats": round(self.mean, 4),
            "nats_standard_error": round(self.standard_error, 4),
            "nats_are": self.kind,
            "nats_gap": None if self.gap is None else round(self.gap, 4),
            "nats_gap_at_least": None if self.gap_at_least is None else round(self.gap_at_least, 4),
            "nats_interval": None if self.interval is None else [round(end, 4) for end in self.interval],
            "bits_per_dimension": round(-self.mean / (dimensions * math.log(2.0)), 5),
        }


def nats_of(values, kind: str = "exact", *, gap=None, interval=None, gap_at_least=None) -> Nats:
    """The `Nats` of log-likelihoods (or bounds on them) of single examples, shape (n,), n >= 2.

    >>> nats_of([-1.0, -3.0], "bound", gap=0.5)
    Nats(mean=-2.0, standard_error=1.0, kind='bound', gap=0.5, interval=None, gap_at_least=None)
    """
    if kind not in KINDS:
        raise ValueError(f"nats are exact, a bound or an estimate, and were called {kind!r}")
    values = np.asarray(to_numpy(values), dtype=float)
    if values.ndim != 1 or len(values) < 2:
        raise ValueError(f"nats are a mean over two examples or more, and the values have the shape {values.shape}")
    error = float(values.std(ddof=1)) / math.sqrt(len(values))
    return Nats(float(values.mean()), error, kind, gap, interval, gap_at_least)


def nats_in(metrics) -> Nats:
    """The `Nats` that `Nats.as_metrics` wrote among a run's metrics.

    >>> nats_in(nats_of([-1.0, -3.0]).as_metrics(2)).mean
    -2.0
    """
    interval = metrics["nats_interval"]
    return Nats(
        metrics["nats"],
        metrics["nats_standard_error"],
        metrics["nats_are"],
        metrics["nats_gap"],
        None if interval is None else tuple(interval),
        metrics["nats_gap_at_least"],
    )


def bound_of_draws(log_w) -> Nats:
    """The bound E log w of log weights (k, n), k independent draws for each of n examples.

    log 1/k sum w is a tighter bound (Burda et al., 2016), so what it gains is a part of the gap.

    >>> bound_of_draws([[0.0, -1.0], [0.0, -1.0]]).gap_at_least
    0.0
    """
    log_w = np.asarray(log_w, dtype=float)
    tighter = np.logaddexp.reduce(log_w, 0) - math.log(len(log_w))
    return nats_of(log_w.mean(0), "bound", gap_at_least=float((tighter - log_w.mean(0)).mean()))


class Cost(NamedTuple):
    """What a sample costs: ``evaluations`` of a network (or of a sweep of a Markov chain), one after the other; and
    whether a ``latent_code`` controls it.

    >>> from minigan.models import SYSTEMS
    >>> SYSTEMS["fvbn"]().parts["cost"]  # one for each of 64 pixels
    Cost(evaluations=64, latent_code=False)
    """

    evaluations: int
    latent_code: bool


class Counted:
    """A function, and how often it was called.

    >>> f = Counted(abs)
    >>> f(-1) + f(-2), f.calls
    (3, 2)
    """

    def __init__(self, function: Callable):
        self.function, self.calls = function, 0

    def __call__(self, *args, **kwargs):
        self.calls += 1
        return self.function(*args, **kwargs)


@takes_lists("training", "held_out")
def likelihood_system(
    title: str,
    *,
    init: Callable,
    log_density: Callable,
    sample: Callable,
    training,
    held_out,
    optimizer: Optimizer,
    steps: int,
    batch: int,
    cost: Cost,
    baseline: float,
    dimensions: int | None = None,
    objective: Callable | None = None,
    judge: Callable | None = None,
    measure: Callable | None = None,
    form: Form | None = None,
    draw: Callable | None = None,
    shown=None,
    learner: Learner | None = None,
    name: str = "likelihood",
    parts=None,
    **more,
) -> System:
    """The `System` of one network with parameters ``init(rng)``, which maximises ``objective`` over rows of ``training``.

    * ``log_density(params, x)``: log p(x) in nats, shape (n,); ``objective(params, x, rng)`` is what is maximised in its
      place, shape (n,), such as a bound.
    * ``sample(params, n, rng, condition=None)``.
    * ``judge(params, x, rng)``: the `Nats` of held-out rows; without it those of ``log_density``, exact.
    * ``baseline``: nats that a model must surpass, else it has ``collapsed``; such as those of independent pixels.
    * ``dimensions``: of what the nats are of, by default a row of ``held_out``.
    * ``measure(params, rng)``: further metrics. ``more`` are further fields of `System`.
    * ``draw(rng, state)``: what ``objective`` is given as ``x``, if that is more than ``batch`` rows of ``training``.
    * ``shown``: what samples stand beside, if they are in other units than ``training``; as the ``data`` of `System`.
    * ``learner``: one of its own, whose state has ``parameters["model"]`` too.

    ``parts`` has the ``cost``, the ``held_out`` rows, the ``baseline``, ``judge``, and ``nats(params, x, rng)`` of such
    rows one by one, shape (n,): ``log_density``, unless the ``parts`` that are given have another.

    >>> from minigan import optim
    >>> bell = likelihood_system(
    ...     "N(mu, 1), by one whole step to the mean",
    ...     init=lambda rng: mnp.asarray(0.0),
    ...     log_density=lambda mu, x: mnp.sum(-0.5 * (x - mu) ** 2 - 0.5 * math.log(2.0 * math.pi), -1),
    ...     sample=lambda mu, n, rng, condition=None: mu + rng.standard_normal((n, 1)),
    ...     training=mnp.asarray([[3.0]]),
    ...     held_out=mnp.asarray([[2.0], [4.0]]),
    ...     optimizer=optim.sgd(1.0),
    ...     steps=1,
    ...     batch=4,
    ...     cost=Cost(1, latent_code=False),
    ...     baseline=-2.0,
    ... )
    >>> trained = bell.train()
    >>> float(parameters_of(trained)), bell.measured(trained)["nats"]  # -1/2 - log(2 pi) / 2
    (3.0, -1.4189)
    """
    dimensions = dimensions or math.prod(held_out.shape[1:])
    maximised = objective or (lambda params, x, rng: log_density(params, x))
    judged = judge or (lambda params, x, rng: nats_of(log_density(params, x)))

    def rows(rng, state):
        return mnp.take(training, rng.integers(0, training.shape[0], (batch,)), 0)

    def loss(parameters, x, rng):
        return -mnp.mean(maximised(parameters["model"], x, rng))

    def measured(state, rng):
        params = state.parameters["model"]
        found = judged(params, held_out, rng)
        return {
            **found.as_metrics(dimensions),
            "nats_of_baseline": round(baseline, 4),
            "parameters": sum(math.prod(leaf.shape) for leaf in tree_leaves(params)),
            "evaluations_per_sample": cost.evaluations,
            "latent_code": cost.latent_code,
            **({} if measure is None else measure(params, rng)),
            "collapsed": not found.mean > baseline,
        }

    return System(
        title,
        learner or players_learner({"model": Player(init, loss, optimizer)}, draw or rows, name=name),
        lambda state, n, rng, condition=None: sample(state.parameters["model"], n, rng, condition),
        measured,
        steps,
        data=training if shown is None else shown,
        form=form or Form(),
        log_density=lambda state, x: log_density(state.parameters["model"], x),
        **{"when_collapsed": "it says less than independent pixels do; try more steps or a smaller --lr", **more},
        parts={
            "cost": cost,
            "held_out": held_out,
            "baseline": baseline,
            "judge": judged,
            "nats": lambda params, x, rng: log_density(params, x),
            **(parts or {}),
        },
    )


def parameters_of(trained) -> Any:
    """The model's parameters, of what training a `likelihood_system` returns."""
    return trained.state.parameters["model"]
