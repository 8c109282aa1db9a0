"""Training of Boltzmann machines: the gradient of log p(v) is one of two means, of the data less of the model itself.

    d log p(v) / d theta = -dF(v) / d theta + E over v' ~ p of dF(v') / d theta

Whence v' comes is what the three methods differ in. ``exact``: from the enumeration of all states. ``cd``: from k sweeps
that start at the data (Hinton, 2002). ``pcd``: from k sweeps of chains that are kept from step to step (Tieleman, 2008).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import minigan.numpy as mnp

from ...autodiff import stop_gradient, value_and_grad
from ...optim import Optimizer
from ...training import Learner, PlayersState

METHODS = ("pcd", "cd", "exact")


class EnergyModel(NamedTuple):
    """A model known up to Z, and a Markov chain that leaves its law as it is.

    * ``init(rng)``: parameters. ``free_energy(params, v)``: shape (n,). ``log_partition(params)``: exact.
    * ``start(rng, n)``: states of n chains at the beginning; their first ``visible`` units are what is seen.
    * ``sweep(params, states, numbers)``: one sweep, by ``units`` uniform numbers a row.
    """

    init: Callable[[Any], Any]
    free_energy: Callable[[Any, Any], Any]
    log_partition: Callable[[Any], Any]
    start: Callable[[Any, int], Any]
    sweep: Callable[[Any, Any, Any], Any]
    units: int
    visible: int

    def swept(self, params, states, numbers):
        """States after as many sweeps as ``numbers`` (sweeps, n, units) are for."""
        for i in range(numbers.shape[0]):
            states = self.sweep(params, states, numbers[i, ...])
        return states


def contrast(model: EnergyModel, params, v, others):
    """mean F(v) - mean F(v'), v' the visible units of ``others``: its slope is minus the gradient's estimate, v' held."""
    others = stop_gradient(others)[:, : model.visible]
    return mnp.mean(model.free_energy(params, v)) - mnp.mean(model.free_energy(params, others))


def energy_learner(
    model: EnergyModel,
    training,
    optimizer: Optimizer,
    *,
    method: str = "pcd",
    k: int = 1,
    batch: int | None = None,
    chains: int | None = None,
    penalty: Callable | None = None,
    at_optimum: float | None = None,
    name: str = "energy",
) -> Learner:
    """The `Learner` of ``model`` on rows of ``training``: ``batch`` of them a step, or all where it is ``None``.

    Its metric ``model_loss`` is the `contrast`, 0 on average where the model is the data's law; with ``exact`` it is minus
    the mean log-likelihood of the batch, ``at_optimum`` at the end. ``penalty(params)`` is minimised besides. With ``pcd``
    so many ``chains`` are kept in the state's ``memories["chain"]``, as many as a batch has rows unless told. Raises
    `ValueError` for another method.
    """
    if method not in METHODS:
        raise ValueError(f"a Boltzmann machine is trained by {', '.join(METHODS)}, not by {method!r}")
    rows = training.shape[0] if batch is None else batch
    many = rows if chains is None or method != "pcd" else chains
    dtype = training.dtype

    def init(rng):
        params = model.init(rng)
        memories = {"model": optimizer.init(params)}
        if method == "pcd":
            memories["chain"] = model.start(rng, many)
        return PlayersState({"model": params}, memories, mnp.zeros((), dtype="int64"))

    def draw(rng, state):
        v = training if batch is None else mnp.take(training, rng.integers(0, training.shape[0], (rows,)), 0)
        return v, () if method == "exact" else rng.uniform((k, many, model.units), dtype=dtype)

    def step(state, drawn):
        v, numbers = drawn
        params, memories = state.parameters["model"], dict(state.memories)
        if method != "exact":
            others = model.swept(params, v if method == "cd" else memories["chain"], numbers)

        def loss(params):
            if method == "exact":
                found = mnp.mean(model.free_energy(params, v)) + mnp.astype(model.log_partition(params), dtype)
            else:
                found = contrast(model, params, v, others)
            return (found if penalty is None else found + penalty(params)), found

        (_, found), slopes = value_and_grad(loss, has_aux=True)(params)
        params, memories["model"] = optimizer.update(params, slopes, memories["model"])
        if method == "pcd":
            memories["chain"] = others
        return PlayersState({"model": params}, memories, state.steps + 1), {"model_loss": found}

    optimum = at_optimum if method == "exact" else None
    return Learner(init, draw, step, {"model_loss": optimum}, f"{name} by {method}")
