"""A system: everything that a command, a sweep or a picture needs to know of one of the lecture's models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import minigan.numpy as mnp

from ..random import as_generator, generator
from ..training import Learner, Trained, train
from ..validation import count, function, told
from .form import Form


@dataclass(frozen=True)
class System:
    """What a function under `minigan.models.system` returns.

    * ``learner``: what is trained, for ``steps`` steps unless another number is asked for.
    * ``sample(state, n, rng, condition=None)``: ``n`` samples of a trained state, in the model's own units; ``conditions``
      are the words that a condition may be, for systems that take one.
    * ``log_density(state, x)``: log p(x) in nats, shape (n,), where it exists: density estimation, the other of the
      lecture's two views of a model.
    * ``measure(state, rng)``: JSON-able metrics of a trained state, ``"collapsed": True`` where it fails to cover its
      data; ``when_collapsed`` then says what to do.
    * ``data``: real examples to draw beside the samples, in the model's units: an array, ``(rng, n) -> array``, or a
      density.
    * ``form``: what one example is (`Form`).
    * ``watch(step, state)``: a dict to be recorded, or ``None``; ``report(records)`` what goes into the metrics of these.
    * ``told(trained)``: a table to print at the end: column names, rows of words, a line below.
    * ``parts``: what drawings and measures of this system share, by name.

    The registry adds ``name``, ``heading``, ``about``, the ``options`` it was made with and how it was ``made_by``.

    Raises `TypeError` for a ``learner``, ``sample`` or ``measure`` of another kind, `ValueError` for steps that are no
    count.

    >>> halving = Learner(lambda rng: mnp.asarray(8.0), lambda rng, s: None, lambda s, b: (0.5 * s, {"size": s}))
    >>> made = System(
    ...     "a number that halves",
    ...     halving,
    ...     sample=lambda state, n, rng, condition=None: mnp.full((n, 1), state),
    ...     measure=lambda state, rng: {"size": float(state)},
    ...     steps=3,
    ... )
    >>> made.measured(made.train()), made.measured(made.train(steps=1))
    ({'size': 1.0}, {'size': 4.0})
    """

    title: str
    learner: Learner
    sample: Callable
    measure: Callable
    steps: int
    data: Any = None
    form: Form = field(default_factory=Form)
    log_density: Callable | None = None
    conditions: tuple[str, ...] = ()
    check_every: int = 20
    watch: Callable | None = None
    report: Callable | None = None
    told: Callable | None = None
    when_collapsed: str = "the samples do not cover the data"
    parts: Mapping[str, Any] = field(default_factory=dict)
    name: str = ""
    heading: str = ""
    about: str = ""
    options: Mapping[str, Any] = field(default_factory=dict)
    made_by: tuple[Callable, dict] | None = field(default=None, repr=False, compare=False)

    def __post_init__(self):
        if not isinstance(self.learner, Learner):
            raise TypeError(f"the learner of a system is a Learner of minigan.training, and was {told(self.learner)}")
        for what, call in (("sample", "(state, n, rng, condition=None)"), ("measure", "(state, rng)")):
            function(getattr(self, what), f"{what} of a system", call)
        count(self.steps, "the steps of a system", 0)
        count(self.check_every, "the check_every of a system")

    def __reduce__(self):
        """One that the registry made goes to other processes as the call that made it."""
        if self.made_by is None:
            return object.__reduce__(self)
        return _made, self.made_by

    def train(self, steps: int | None = None, seed: Any = 0, **more) -> Trained:
        """Train it as it says; ``more`` are keywords of `minigan.training.train`."""
        how = {"check_every": self.check_every, "watch": self.watch, **more}
        return train(self.learner, self.steps if steps is None else steps, rng=seed, **how)

    def real(self, rng, n: int):
        """``n`` real examples: drawn, or rows of the data, none twice where there are as many."""
        rng, n = as_generator(rng), count(n, "n", 0)
        if self.data is None:
            raise ValueError(f"{self.name or 'this system'} has no data to draw examples from")
        if hasattr(self.data, "shape"):
            rows = self.data.shape[0]
            return mnp.take(self.data, rng.permutation(rows)[:n] if n <= rows else rng.integers(0, rows, (n,)), 0)
        if hasattr(self.data, "sample"):  # a density can be called as well, and is then something else
            return mnp.reshape(self.data.sample(rng, (n,)), (n, 1))
        return self.data(rng, n)

    def measured(self, trained: Trained) -> dict:
        """`measure` of a trained state, and the report on what was watched."""
        found = self.measure(trained.state, generator(1))
        return found if self.report is None else {**found, **self.report(trained.records)}


def _made(registered: Callable, options: dict) -> System:
    return registered(**options)
