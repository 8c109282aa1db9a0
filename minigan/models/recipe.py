"""A recipe: everything that `minigan train NAME` needs to know of a model."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from ..gan import Fit, Game, fit, non_saturating


@dataclass(frozen=True)
class Recipe:
    """A data set, two networks and how to train and judge them.

    ``data`` and ``noise`` are what `minigan.gan.fit` takes; ``options`` its other keyword arguments. ``measure(fit)``
    returns JSON-able metrics, with ``"collapsed": True`` for a run that failed to cover its data. ``picture`` says how
    samples are drawn: ``"digits"``, ``"gaussian"``, ``"ring"``, ``"grid"``, ``"strings"``, ``"binary_digits"``,
    ``"unit_digits"`` (pixels in [0, 1]), ``"images"`` (square ones in [-1, 1]), or ``"rows"`` for any table.
    ``variant`` says which of several ways of training this is, for instance an estimator: no run resumes another's.
    ``watch``, where there is one, is a callback of `fit` that is called besides any others.
    ``game`` is the one it plays unless another is given, non-saturating if ``None``. ``told(fit)``, where there is one,
    is a table to print at the end: column names, rows of strings, a line below.
    """

    name: str
    title: str
    heading: str
    data: Any
    noise: Any
    generator: Any
    discriminator: Any
    steps: int
    batch: int
    measure: Callable[[Fit], dict]
    dtype: str = "float32"
    picture: str = "rows"
    options: dict = field(default_factory=dict)
    variant: str = ""
    watch: Callable | None = None
    told: Callable[[Fit], tuple] | None = None
    game: Game | None = None

    def train(self, *, steps: int | None = None, seed: Any = 0, game: Game | None = None, **more) -> Fit:
        """Train as the recipe says; keyword arguments of `minigan.gan.fit` replace what it says."""
        if self.watch is not None:
            more["callbacks"] = (self.watch, *more.get("callbacks", ()))
        return fit(
            self.generator,
            self.discriminator,
            self.data,
            steps=self.steps if steps is None else steps,
            game=game or self.game or non_saturating(),
            rng=seed,
            **{"noise": self.noise, "batch": self.batch, "dtype": self.dtype, **self.options, **more},
        )
