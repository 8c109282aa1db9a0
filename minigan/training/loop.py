"""The one training loop: draw, step, watch, guard, record. All it adds to a learner's `step` is bookkeeping."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from ..autodiff.program import NotStraight
from ..backend import active, to_numpy
from ..compiler import compile
from ..random import DrawnWhileRecording, as_generator
from ..validation import count, function, switch, told
from .guard import Diverged, find_non_finite, non_finite_metric
from .learner import Learner
from .progress import progress_bar


class Trained(NamedTuple):
    """What training returns: the final state, the metrics by step, the source of randomness, what was watched.

    >>> import minigan.numpy as mnp
    >>> halving = Learner(lambda rng: mnp.asarray(8.0), lambda rng, s: None, lambda s, b: (0.5 * s, {"size": s}))
    >>> found = train(halving, 3, watch=lambda step, state: {"state": float(state)} if step == 2 else None)
    >>> float(found.state), found.history, found.records
    (1.0, {'size': [8.0, 4.0, 2.0]}, [{'step': 2, 'state': 2.0}])
    """

    state: Any
    history: dict[str, list]
    rng: Any
    records: list


def train(
    learner: Learner,
    steps: int,
    *,
    rng=0,
    state=None,
    history: dict | None = None,
    records: list | None = None,
    callbacks=(),
    watch=None,
    check_every: int = 1,
    due=None,
    on_row=None,
    on_good=None,
    progress: bool = False,
    compiled: bool | None = None,
    threads: int | None = None,
) -> Trained:
    """Train ``learner`` for ``steps`` steps and return a `Trained`.

    ``rng`` is a seed or a generator of `minigan.random`. Give ``state`` (with ``history`` and ``records``) to go on from
    there; step numbers then go on as well. After every step each of ``callbacks`` (one function, or several) is called as
    ``callback(step, state, metrics)``, and one that returns True ends training; ``watch(step, state)`` may return a dict
    of JSON-able values, kept as a record of that step.

    Every ``check_every`` steps, and where ``due(step)`` says so, metrics come home together, and metrics and state are
    looked at: `Diverged` is raised with the last good state if one is not finite. For every step that passed, in order,
    ``on_row(step, row)`` is called with its metrics (and, under ``"watched"``, its record), then ``on_good(step, state,
    rng)`` once. The step runs compiled (`minigan.compile`) unless ``compiled`` is false, or left out and
    ``MINIGAN_EAGER=1`` in the environment; one that cannot be recorded runs as it is. ``threads`` are those of
    `minigan.compile`. With ``progress`` a bar is drawn.

    Raises `ValueError` for steps that are no non-negative integer, `TypeError` for what is no learner, no function, no
    seed or generator, and no switch.

    >>> import minigan.numpy as mnp
    >>> counting = Learner(lambda rng: mnp.asarray(0.0), lambda rng, s: rng.uniform(()), lambda s, b: (s + 1.0, {"b": b}))
    >>> float(train(counting, 5, check_every=2).state)
    5.0
    """
    if not isinstance(learner, Learner):
        raise TypeError(f"what is trained is a Learner of minigan.training, and this is {learner!r}")
    steps = count(steps, "steps", 0)
    check_every = count(check_every, "check_every")
    callbacks = _functions(callbacks)
    for what, given, call in (
        ("watch", watch, "(step, state)"),
        ("due", due, "(step)"),
        ("on_row", on_row, "(step, row)"),
        ("on_good", on_good, "(step, state, rng)"),
    ):
        if given is not None:
            function(given, what, call)
    if not isinstance(history, Mapping | None):
        raise TypeError(f"the history to go on from is a dict of lists, as that of train(...), and was {told(history)}")
    progress = switch(progress, "progress")
    compiled = None if compiled is None else switch(compiled, "compiled")
    rng = as_generator(rng)
    if state is None:
        state = learner.init(rng)
    history = {key: list((history or {}).get(key, ())) for key in [*learner.at_optimum, *(history or {})]}
    records = list(records or ())
    if compiled is None:
        compiled = os.environ.get("MINIGAN_EAGER") != "1"
    run = compiled_or_plain(learner.step, threads) if compiled else learner.step
    started = max(map(len, history.values()), default=0)
    good, pending = state, []

    def check(i):
        nonlocal good, pending
        bad = find_non_finite(state, metrics)
        if bad is not None:
            raise Diverged(started + i, *bad, good, history)
        first = started + i - len(pending) + 1
        rows = [({key: float(to_numpy(value)) for key, value in row.items()}, record) for row, record in pending]
        for step, (row, _) in enumerate(rows, first):
            bad = non_finite_metric(row)
            if bad is not None:
                raise Diverged(step, *bad, good, history)
        for step, (row, record) in enumerate(rows, first):
            for key, value in row.items():
                history.setdefault(key, []).append(value)
            if record is not None:
                records.append({"step": step, **record})
                row["watched"] = record
            if on_row is not None:
                on_row(step, row)
        good, pending = state, []
        if on_good is not None:
            on_good(started + i, state, rng)
        show(i, history)

    with progress_bar(steps, learner.name, learner.at_optimum, progress) as show:
        for i in range(1, steps + 1):
            batch = learner.draw(rng, state)
            try:
                state, metrics = run(state, batch)
            except ValueError as error:
                bad = _not_finite_anyway(learner.step, state, batch)
                if bad is None:
                    raise
                raise Diverged(started + i, *bad, good, history) from error
            pending.append((metrics, None if watch is None else watch(started + i, state)))
            looked = i % check_every == 0 or i == steps or (due is not None and due(started + i))
            if looked:
                check(i)
            if any([callback(started + i, state, metrics) is True for callback in callbacks]):
                if not looked:
                    check(i)
                break
    return Trained(state, history, rng, records)


def compiled_or_plain(step, threads=None):
    """``step`` compiled; from the first call on as it is, where it draws numbers inside or branches on values."""
    chosen = compile(step, threads=threads)

    def run(*args):
        nonlocal chosen
        try:
            return chosen(*args)
        except (DrawnWhileRecording, NotStraight):
            chosen = step
            return step(*args)

    return run


def _not_finite_anyway(step, state, batch):
    """What is not finite after a step in which a function refused a value, as one of logits refuses NaN, before the guard
    could look: recorded, the step sees no values and refuses none. ``None`` where that was not why.
    """
    try:
        with active().errstate(all="ignore"):
            return find_non_finite(*compile(step)(state, batch))
    except (TypeError, ValueError):
        return None


def _functions(callbacks) -> tuple:
    """One callback, or several, as a tuple of functions."""
    if callable(callbacks):
        return (callbacks,)
    if not isinstance(callbacks, Iterable) or isinstance(callbacks, str):
        raise TypeError(f"callbacks are functions (step, state, metrics), and were {told(callbacks)}")
    return tuple(function(one, "a callback", "(step, state, metrics)") for one in callbacks)
