"""Training a GAN in one call: players, a learner of them, and the loop of `minigan.training`."""

from __future__ import annotations

from typing import Any, NamedTuple

import minigan.numpy as mnp

from .. import optim
from ..autodiff import tree_leaves
from ..backend import dtype_name
from ..dynamics import Method, averages
from ..random import as_generator
from ..training import train
from ..validation import count, told
from .batches import noise_of
from .door import as_game
from .games import Game
from .learner import gan_learner
from .step import Players, State


class Fit(NamedTuple):
    """What training returns: the final `State`, the players, the losses by step, the noise and its source.

    >>> from minigan import nn
    >>> from minigan.densities import Normal
    >>> found = fit(nn.dense(2), nn.dense(1), lambda rng, n: rng.standard_normal((n, 2)), steps=1, noise=3, batch=8)
    >>> found.sample(5).shape, float(found.state.generator_memory["step"])
    ((5, 2), 1.0)
    """

    state: State
    players: Players
    history: dict[str, list]
    noise: Any
    rng: Any

    def sample(self, n: int, rng=None):
        """``n`` samples of the generator, in evaluation mode and in the dtype of its parameters.

        ``rng`` is a generator or a seed; without one the run's own goes on.
        """
        rng = self.rng if rng is None else as_generator(rng)
        z = noise_of(self.noise, count(n, "the number of samples", 0))(rng)
        params = tree_leaves(self.state.generator)
        if params and dtype_name(params[0].dtype) != dtype_name(z.dtype):
            z = mnp.astype(z, dtype_name(params[0].dtype))
        return self.players.generator.apply(self.state.generator, z)

    def averaged(self):
        """This `Fit` with both players at their averages, where ``updates`` kept them (`dynamics.iterate_average`)."""
        mean = averages(self.state.play)
        return self._replace(state=self.state._replace(generator=mean.x, discriminator=mean.y))


def fit(
    generator,
    discriminator,
    data,
    *,
    steps: int,
    noise=1,
    game: Game | str | None = None,
    batch: int = 128,
    rng=0,
    generator_optimizer=None,
    discriminator_optimizer=None,
    discriminator_steps: int = 1,
    updates: Any = "alternating",
    penalty=None,
    unroll: int = 0,
    unrolling: str = "full",
    dtype=None,
    state: State | None = None,
    history: dict | None = None,
    callbacks=(),
    check_every: int = 1,
    progress: bool = False,
    compiled: bool | None = None,
) -> Fit:
    """Train a GAN for ``steps`` generator steps and return a `Fit`.

    ``generator`` and ``discriminator`` are layers (pairs ``init, apply``); ``data`` an array of shape (n, ...), a
    density or a function ``(rng, n) -> batch``; ``noise`` a dimension or a function likewise. ``game`` is a `Game`, or the
    name of one (``"minimax"``) or of an f-divergence's row, `non_saturating()` by default; both optimisers are
    Adam(2e-4, beta1=0.5). ``rng`` is a seed or a generator of
    `minigan.random`. ``updates``, ``discriminator_steps``, ``penalty``, ``unroll`` and ``unrolling`` are those of
    `make_step`. Give ``state`` (and ``history``) to continue. After every step each callback is called as
    ``callback(step, state, metrics)``; one that returns True ends training. Every ``check_every`` steps losses and
    parameters are checked, and `Diverged` is raised with the last good state if one is not finite. The step runs
    compiled (`minigan.compile`) unless ``compiled`` is false, or left out and ``MINIGAN_EAGER=1`` in the environment;
    what layers draw in training, such as the masks of `nn.dropout`, is drawn before it.

    What is given is checked before the first step, and refused in a sentence: `TypeError` for what is no layer, optimiser,
    penalty, game, function or array of real numbers, `ValueError` for data that is empty or holds NaN, for counts that are
    no positive integers, for a function that returns another number of rows, for samples that are not shaped like the
    data, and for a discriminator that answers with more than one number a sample.

    >>> from minigan import nn
    >>> from minigan.densities import Normal
    >>> result = fit(nn.dense(1), nn.mlp([8, 1]), Normal(3.0, 1.0), steps=2, batch=16)
    >>> len(result.history["discriminator_loss"])
    2
    """
    players = Players(
        as_game(game),
        generator,
        discriminator,
        optim.adam(2e-4, beta1=0.5) if generator_optimizer is None else generator_optimizer,
        optim.adam(2e-4, beta1=0.5) if discriminator_optimizer is None else discriminator_optimizer,
    )
    if isinstance(updates, Method) and not generator_optimizer is discriminator_optimizer is None:
        raise ValueError("a dynamics.Method has optimisers of its own: give them to it, or pass a function as updates")
    if not isinstance(state, State | None):
        raise TypeError(f"the state to go on from is a State, as fit(...).state, and was {told(state)}")
    learner = gan_learner(
        players,
        data,
        noise=noise,
        batch=batch,
        discriminator_steps=discriminator_steps,
        updates=updates,
        penalty=penalty,
        unroll=unroll,
        unrolling=unrolling,
        dtype=dtype,
    )
    found = train(
        learner,
        steps,
        rng=rng,
        state=state,
        history=history,
        callbacks=callbacks,
        check_every=check_every,
        progress=progress,
        compiled=compiled,
    )
    return Fit(found.state, players, found.history, noise, found.rng)
