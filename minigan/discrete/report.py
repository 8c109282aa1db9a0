"""Estimators of a discrete gradient, judged: bias, variance and cost of each against the enumerated truth."""

from __future__ import annotations

import functools
import inspect
import math
import time
from collections.abc import Mapping
from dataclasses import dataclass

import minigan.numpy as mnp

from ..backend import dtype_name, to_numpy
from ..random import as_generator
from ..validation import count, function, told
from .arguments import as_logits
from .enumeration import expectation_and_gradient, number_of_states
from .muprop import muprop
from .rebar import rebar, tune_rebar
from .reinforce import reinforce
from .relaxed import gumbel_softmax_gradient, straight_through_gradient

TEMPERATURES = (2.0, 1.0, 0.5, 0.25, 0.1)
BLOCK = 2**17  # numbers in the noise of one block of estimates
COLUMNS = ("estimator", "bias", "standard_error", "unbiased", "variance", "mean_squared_error", "cost", "estimates")


@dataclass(frozen=True)
class EstimatorReport:
    """What `estimator_report` measured: ``print`` it for the table; `minigan.plots.bias_against_variance` draws it.

    rows       a dictionary of plain numbers for each estimator, in their order
    value      E f
    gradient   the truth, shaped like the logits
    states     how many states were enumerated

    The keys of a row:

    estimator            its name
    bias                 |mean of the estimates - truth|
    standard_error       of the bias, (variance / estimates)^(1/2)
    unbiased             whether the bias lies within four standard errors of 0
    variance             the trace of one estimate's covariance
    mean_squared_error   E|estimate - truth|^2
    cost                 seconds relative to REINFORCE of one sample without a baseline
    estimates            how many were made
    """

    rows: tuple
    value: float
    gradient: object
    states: int

    def __str__(self) -> str:
        norm = math.sqrt(float(to_numpy(mnp.sum(mnp.square(self.gradient)))))
        told = f"E f = {self.value:.6g} and its gradient, |g| = {norm:.6g}, over {self.states} states"
        lines = [("estimator", "bias", "+/-", "zero?", "variance", "mean sq. error", "cost")]
        for row in self.rows:
            numbers = [f"{row[name]:.4g}" for name in ("bias", "standard_error", "variance", "mean_squared_error")]
            zero = "yes" if row["unbiased"] else "no"
            lines.append((row["estimator"], *numbers[:2], zero, *numbers[2:], f"{row['cost']:.2g} x"))
        widths = [max(map(len, column)) for column in zip(*lines)]
        table = ["  ".join([line[0].ljust(widths[0]), *map(str.rjust, line[1:], widths[1:])]) for line in lines]
        table.insert(1, "-" * len(table[0]))
        notes = "zero?: the bias lies within four standard errors of 0. cost: in REINFORCEs of one sample, no baseline."
        return "\n".join([told, "", *table, notes])


def estimator_report(estimators, f, logits, *, samples=50_000, rng=0) -> EstimatorReport:
    """Judge ``estimators`` of d/d logits E f(X) by the exact gradient: an `EstimatorReport`, whose print is a table.

    ``estimators`` maps names to functions (f, logits, rng) -> one estimate, shaped like ``logits``; one that also takes
    ``shape``, as those of this room do (``functools.partial(rebar, temperature=0.3)``), is asked for many at once, and
    others are called ``samples`` times. ``None`` is `default_estimators`. ``samples`` estimates of each are made, at
    least 2; ``rng`` is a generator or its seed, and each estimator draws from a stream of its own. The truth is
    enumerated, so at most 2^20 states. Raises what `expectation` does, and `ValueError` for no estimators, or one whose
    estimate has another shape.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> logits = mnp.log(mnp.array([1 / 2, 1 / 3, 1 / 6]))
    >>> f = lambda x: mnp.square(x @ mnp.array([1.0, 2.0, 3.0]))
    >>> report = estimator_report({"plain": reinforce, "through": straight_through_gradient}, f, logits)
    >>> [(row["estimator"], row["unbiased"]) for row in report.rows]
    [('plain', True), ('through', False)]
    >>> round(report.rows[0]["variance"]), round(report.rows[1]["bias"], 1)  # 2591/162 = 16.0, and 0.279
    (16, 0.3)
    """
    logits = as_logits(logits)[0]
    samples = count(samples, "samples", 2)
    rng = as_generator(rng)
    value, truth = expectation_and_gradient(f, logits)
    tuning, timing = rng.spawn(2)
    if estimators is None:
        estimators = default_estimators(f, logits, tuning)
    if not isinstance(estimators, Mapping):
        raise TypeError(f"the estimators are a mapping of names to functions, or None, and were {told(estimators)}")
    for name, estimator in estimators.items():
        function(estimator, f"the estimator {name!r}", "(f, logits, rng)")
    if not estimators:
        raise ValueError("estimator_report was given no estimators: a mapping of names to functions, or None")
    rows = []
    for (name, estimator), own in zip(estimators.items(), rng.spawn(len(estimators))):
        cost = _cost(estimator, f, logits, timing, samples)
        rows.append({**judged(name, estimator, f, logits, truth, own, samples), "cost": cost})
    rows = tuple({key: row[key] for key in COLUMNS} | row for row in rows)
    return EstimatorReport(rows, float(to_numpy(value)), truth, number_of_states(logits.shape))


def default_estimators(f, logits, rng, *, samples=4) -> dict:
    """The estimators of this room, each making one estimate of ``samples`` samples: a dictionary by name.

    REINFORCE with its baselines, MuProp, REBAR as it is and tuned for ``f`` by draws of ``rng``, straight-through, and
    the two relaxations at `TEMPERATURES`. From MuProp on they want an ``f`` that is smooth between the one-hot points;
    judge a black box with estimators of your own choice.
    """
    names = {
        "none": "reinforce",
        "leave_one_out": "reinforce, leave-one-out",
        "batch_mean": "reinforce, batch mean",
        "mean": "reinforce, exact mean",
        "optimal": "reinforce, optimal",
        "optimal_per_coordinate": "reinforce, optimal per coordinate",
    }
    one = functools.partial
    if samples < 2:
        names = {key: name for key, name in names.items() if key not in ("leave_one_out", "batch_mean")}
    found = {name: one(reinforce, baseline=key) for key, name in names.items()}
    found["muprop"] = muprop
    found["rebar"] = rebar
    found["rebar, tuned"] = one(rebar, **tune_rebar(f, logits, rng)._asdict())
    found["straight-through"] = straight_through_gradient
    for hard, name in ((True, "straight-through gumbel"), (False, "gumbel-softmax")):
        for t in TEMPERATURES:
            found[f"{name}, temperature {t:g}"] = one(gumbel_softmax_gradient, temperature=t, hard=hard)
    return {name: one(estimator, samples=samples) for name, estimator in found.items()}


# -- one estimator ---------------------------------------------------------------------------------------------


def judged(name, estimator, f, logits, truth, rng, samples) -> dict:
    """The row of one estimator, but for its cost."""
    deviations = _estimates(estimator, f, logits, rng, samples, name) - mnp.reshape(truth, (1, -1))
    deviations = mnp.astype(deviations, "float64")
    bias = mnp.mean(deviations, axis=0)
    variance = _number(mnp.sum(mnp.var(deviations, axis=0, ddof=1)))
    size, error = math.sqrt(_number(mnp.sum(mnp.square(bias)))), math.sqrt(variance / samples)
    squared = _number(mnp.mean(mnp.sum(mnp.square(deviations), axis=1)))
    eps = float(mnp.finfo(dtype_name(logits.dtype)).eps)
    rounding = 64.0 * eps * (math.sqrt(squared) + math.sqrt(_number(mnp.sum(mnp.square(truth)))))
    return {
        "estimator": name,
        "bias": size,
        "standard_error": error,
        "unbiased": size <= 4.0 * error + rounding,
        "variance": variance,
        "mean_squared_error": squared,
        "estimates": samples,
        **_temperature(estimator),
    }


def takes_shape(estimator) -> bool:
    """Whether the estimator has a parameter ``shape``, by which it is asked for many estimates at once."""
    try:
        return "shape" in inspect.signature(estimator).parameters
    except (TypeError, ValueError):
        return False


def _temperature(estimator) -> dict:
    """The kind of a relaxation and its temperature, where they can be read off a ``partial``: a curve in the picture."""
    given = {}
    while isinstance(estimator, functools.partial):
        given = {**estimator.keywords, **given}
        estimator = estimator.func
    if estimator is not gumbel_softmax_gradient or "temperature" not in given:
        return {}
    kind = "straight-through gumbel" if given.get("hard") else "gumbel-softmax"
    return {"relaxation": kind, "temperature": float(to_numpy(given["temperature"]))}


def _estimates(estimator, f, logits, rng, samples, name):
    """``samples`` estimates, flat: shape (samples, size of the logits)."""
    own, size = tuple(logits.shape), math.prod(logits.shape)
    if takes_shape(estimator):
        step = max(BLOCK // (4 * size), 1)
        blocks = [min(step, samples - start) for start in range(0, samples, step)]
        made = [_shaped(estimator(f, logits, rng, shape=n), (n, *own), name) for n in blocks]
        return mnp.concatenate([mnp.reshape(block, (-1, size)) for block in made])
    made = [_shaped(estimator(f, logits, rng), own, name) for _ in range(samples)]
    return mnp.reshape(mnp.stack(made), (samples, size))


def _shaped(estimate, shape, name):
    found = tuple(getattr(estimate, "shape", ()))
    if found != shape:
        raise ValueError(f"the estimator {name!r} returned an estimate of shape {found}, and it should have {shape}")
    return estimate


def _cost(estimator, f, logits, rng, samples) -> float:
    """Seconds of the estimator over those of plain REINFORCE, both called alike: the least of several, in turns."""
    at_once = takes_shape(estimator)
    size = min(samples, 1000 if at_once else 20)

    def seconds(estimator):
        start = time.perf_counter()
        for _ in range(1 if at_once else size):
            estimate = estimator(f, logits, rng, **({"shape": size} if at_once else {}))
        to_numpy(estimate)  # on a GPU only now it is there
        return time.perf_counter() - start

    turns = [(seconds(estimator), seconds(reinforce)) for _ in range(9)]
    return min(own for own, _ in turns) / min(plain for _, plain in turns)


def _number(x) -> float:
    return float(to_numpy(x))
