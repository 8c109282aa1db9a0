"""Simulators: programs that draw data for given parameters, whose likelihood inference does not ask for."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

import minigan.numpy as mnp

from ... import own_file
from ...arrays import takes_lists
from ...backend import to_numpy
from ...names import unknown
from ...validation import function

GRID = 121  # points along either parameter


@dataclass(frozen=True)
class UniformPrior:
    """Independent parameters, each uniform between its ends in ``low`` and ``high``.

    >>> import minigan.numpy as mnp
    >>> round(float(UniformPrior((0.0, 0.0), (2.0, 1.0)).log_density(mnp.ones((1, 2)))[0]), 6)  # -log 2
    -0.693147
    """

    low: tuple[float, ...]
    high: tuple[float, ...]

    def __post_init__(self):
        if len(self.low) != len(self.high) or not all(
            math.isfinite(b - a) and a < b for a, b in zip(self.low, self.high)
        ):
            raise ValueError(
                f"a uniform prior has finite ends, each low below its high, and had {self.low} and {self.high}"
            )

    @takes_lists("theta")
    def log_density(self, theta):
        inside, level = True, 0.0
        for i, (low, high) in enumerate(zip(self.low, self.high)):
            inside = inside & (theta[:, i] >= low) & (theta[:, i] <= high)
            level -= math.log(high - low)
        return mnp.where(inside, level, -math.inf)

    def sample(self, rng, n):
        low, high = (mnp.asarray(list(ends), dtype="float32") for ends in (self.low, self.high))
        return low + (high - low) * rng.uniform((n, len(self.low)), dtype="float32")


@takes_lists("theta")
def checked_data(simulator: str, parameters, theta, x):
    """The data x as they are; `ValueError` unless there is a finite row of it for each row of theta; the row is named."""
    shape = tuple(getattr(x, "shape", ()))
    if len(shape) != 2 or shape[0] != theta.shape[0]:
        raise ValueError(
            f"the simulator {simulator} gives a row of data for each of {theta.shape[0]} rows of parameters, and gave "
            f"the shape {shape}"
        )
    if not bool(mnp.all(mnp.isfinite(x))):
        row = int(np.argmin(np.isfinite(to_numpy(x)).all(1)))
        found = to_numpy(x)[row]
        at = ", ".join(f"{name} = {value:.6g}" for name, value in zip(parameters, to_numpy(theta)[row].tolist()))
        raise ValueError(
            f"the simulator {simulator} gave {found[~np.isfinite(found)][0]} at {at}: keep the prior where it is "
            "defined, or let it give something finite there"
        )
    return x


@dataclass(frozen=True)
class Simulator:
    """A prior over two parameters and a program that draws data for them.

    * ``parameters``: their names; ``prior`` has ``sample(rng, n)``, float32 rows (n, 2), and ``log_density(theta)``.
    * ``simulate(theta, rng)``: one data set for each row of theta, float32 of shape (n, d).
    * ``observed``: the data sets whose posteriors are asked for, a name to d numbers.
    * ``low``, ``high``: a rectangle that holds what there is of a posterior.
    * ``summary(x)``: the numbers that a network sees of data, as they are unless told.
    * ``log_likelihood(theta, x)``: log p(x | theta) for rows theta and one data set, of simulators where it is known.
      Nothing is learned from it; the posterior that it gives on a grid is held against the one that was.

    Raises `TypeError` where a part is none, and for a prior without a density.
    """

    name: str
    title: str
    parameters: tuple[str, str]
    prior: Any
    simulate: Callable
    observed: Any
    low: tuple[float, float]
    high: tuple[float, float]
    summary: Callable = lambda x: x
    log_likelihood: Callable | None = None

    def __post_init__(self):
        function(self.simulate, f"the simulate of {self.name}", "(theta, rng)")
        if not callable(getattr(self.prior, "sample", None)):
            raise TypeError(f"the prior of {self.name} has a sample(rng, n), and {self.prior!r:.60} has none")
        if not callable(getattr(self.prior, "log_density", None)):
            raise TypeError(
                f"the prior of {self.name} has no density: a posterior is prior times ratio, so give it a "
                "log_density(theta), (n,) for rows (n, 2)"
            )
        if len(self.parameters) != 2 or not self.observed:
            raise ValueError(
                f"{self.name} has two named parameters and observed data, and was told {self.parameters} and "
                f"{len(self.observed)} data sets"
            )

    def drawn(self, rng, n: int):
        """``n`` pairs (parameters, data) of the joint law; `ValueError` for data that are not finite, with parameters."""
        theta = self.prior.sample(rng, n)
        return theta, self.checked(theta, self.simulate(theta, rng))

    def checked(self, theta, x):
        """The data x as they are; `ValueError` unless there is a row of finite numbers for each row of theta."""
        return checked_data(self.name, self.parameters, theta, x)

    @functools.cached_property
    def grid(self) -> ParameterGrid:
        """Midpoints of equal cells of the rectangle, and the log prior mass of each."""
        axes = [low + (high - low) * (np.arange(GRID) + 0.5) / GRID for low, high in zip(self.low, self.high)]
        theta = mnp.asarray(np.stack([side.ravel() for side in np.meshgrid(*axes, indexing="ij")], -1))
        with mnp.errstate(all="ignore"):
            log_prior = to_numpy(self.prior.log_density(theta)).astype(float)
        return ParameterGrid(*axes, theta, log_prior)

    def grid_posterior(self, log_weight) -> np.ndarray:
        """Prior times exp ``log_weight`` (n,) on the grid, as masses that sum to 1, shape (121, 121).

        Raises `ValueError` where they are nowhere positive, or NaN.
        """
        level = self.grid.log_prior + np.asarray(log_weight, dtype=float)
        if not np.isfinite(level.max()):
            raise ValueError(f"the posterior of {self.name} has no mass on its rectangle, {self.low} to {self.high}")
        mass = np.exp(level - level.max())
        return (mass / mass.sum()).reshape(GRID, GRID)

    def true_posterior(self, x) -> np.ndarray:
        """`grid_posterior` of the known likelihood."""
        if self.log_likelihood is None:
            raise ValueError(f"the likelihood of {self.name} is not known, and so neither is its posterior")
        return self.grid_posterior(to_numpy(self.log_likelihood(self.grid.theta, mnp.asarray(x, dtype="float64"))))


class ParameterGrid(NamedTuple):
    """``first`` and ``second`` axis, all nodes ``theta`` (n, 2), and the log prior density at each."""

    first: np.ndarray
    second: np.ndarray
    theta: Any
    log_prior: np.ndarray


# -- the lighthouse ---------------------------------------------------------------------------------------------------

FLASHES = 4


@takes_lists("theta")
def lighthouse(theta, rng):
    """Where the flashes of a lighthouse meet the shore: x = a + b tan(angle), the angle uniform.

    ``theta`` are rows (place a along the shore, distance b from it); four flashes each.
    """
    angle = math.pi * (rng.uniform((theta.shape[0], FLASHES), dtype="float32") - 0.5)
    return theta[:, :1] + theta[:, 1:] * mnp.tan(angle)


@takes_lists("theta", "x")
def lighthouse_log_likelihood(theta, x):
    """sum_k log b - log pi - log(b^2 + (x_k - a)^2), shape (n,): the flashes are independent Cauchy variables.

    Source: Gull (1988), Bayesian inductive inference and maximum entropy.

    >>> import minigan.numpy as mnp
    >>> round(float(lighthouse_log_likelihood(mnp.asarray([[0.0, 1.0]]), mnp.zeros(1))[0]), 6)  # -log pi
    -1.14473
    """
    a, b = theta[:, :1], theta[:, 1:]
    return mnp.sum(mnp.log(b) - mnp.log(mnp.square(b) + mnp.square(x[None, :] - a)), -1) - x.shape[0] * math.log(
        math.pi
    )


def ordered_flashes(x):
    """The flashes in order along the shore, as asinh x: when each came tells nothing, and their tails are long."""
    return mnp.sort(mnp.asinh(x), axis=-1)


LIGHTHOUSE = Simulator(
    "lighthouse",
    "a lighthouse off the shore, four flashes seen",
    ("along the shore", "off the shore"),
    UniformPrior((-3.0, 0.3), (3.0, 3.0)),
    lighthouse,
    {
        "together": (0.3, 0.8, 1.1, 1.4),
        "two and two": (-2.0, -1.7, 1.6, 2.1),
        "one astray": (-1.3, -1.0, -0.8, 6.0),
        "spread": (-4.0, -0.5, 1.0, 5.0),
    },
    (-3.0, 0.3),
    (3.0, 3.0),
    ordered_flashes,
    lighthouse_log_likelihood,
)
SIMULATORS = {"lighthouse": LIGHTHOUSE}


def simulator_called(name: str) -> Simulator:
    """The simulator of that name, or the one that ``my_file.py:name`` defines.

    >>> simulator_called("lighthouse").parameters
    ('along the shore', 'off the shore')
    """
    if own_file.is_own_file(name):
        return own_file.defined(name, "simulator", lambda x: isinstance(x, Simulator))
    if name not in SIMULATORS:
        raise unknown("simulator", name, SIMULATORS, "lighthouse, or my_file.py:my_simulator")
    return SIMULATORS[name]
