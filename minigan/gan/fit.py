"""The training loop: draw, step, watch, stop. All it adds to `step` is bookkeeping."""

from __future__ import annotations

import os
from typing import Any, NamedTuple

import minigan.numpy as mnp

from .. import optim
from .. import random as random_
from ..autodiff import tree_leaves, tree_map
from ..autodiff.program import NotStraight
from ..backend import dtype_name, to_numpy
from ..compiler import compile
from ..dynamics import Method, averages
from ..random import DrawnWhileRecording
from .batches import batches_of, noise_of
from .games import Game, non_saturating
from .guard import Diverged, find_non_finite
from .penalties import chance_of
from .progress import progress_bar
from .step import Play, Players, State, initial_state, make_step


class Fit(NamedTuple):
    """What training returns: the final `State`, the players, the losses by step, the noise and its source."""

    state: State
    players: Players
    history: dict[str, list]
    noise: Any
    rng: Any

    def sample(self, n: int, rng=None):
        """``n`` samples of the generator, in evaluation mode and in the dtype of its parameters."""
        z = noise_of(self.noise, n)(rng or self.rng)
        params = tree_leaves(self.state.generator)
        if params and dtype_name(params[0].dtype) != dtype_name(z.dtype):
            z = mnp.astype(z, dtype_name(params[0].dtype))
        return self.players.generator.apply(self.state.generator, z)

    def averaged(self):
        """This `Fit` with both players at their averages, where ``updates`` kept them (`dynamics.iterate_average`)."""
        mean = averages(Play(*self.state))
        return self._replace(state=self.state._replace(generator=mean.x, discriminator=mean.y))


def compiled_or_plain(step):
    """``step`` compiled; from the first call on as it is, where a network draws numbers or branches on values."""
    chosen = compile(step)

    def run(*args):
        nonlocal chosen
        try:
            return chosen(*args)
        except (DrawnWhileRecording, NotStraight):
            chosen = step
            return step(*args)

    return run


def fit(
    generator,
    discriminator,
    data,
    *,
    steps: int,
    noise=1,
    game: Game | None = None,
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
    density or a function ``(rng, n) -> batch``; ``noise`` a dimension or a function likewise. ``game`` is
    `non_saturating()` by default, both optimisers Adam(2e-4, beta1=0.5). ``rng`` is a seed or a generator of
    `minigan.random`. ``updates``, ``discriminator_steps``, ``penalty``, ``unroll`` and ``unrolling`` are those of
    `make_step`. Give ``state`` (and ``history``) to continue. After every step each callback is called as
    ``callback(step, state, metrics)``; one that returns True ends training. Every ``check_every`` steps losses and
    parameters are checked, and `Diverged` is raised with the last good state if one is not finite. The step runs
    compiled (`minigan.compile`) unless ``compiled`` is false, or left out and ``MINIGAN_EAGER=1`` in the environment;
    where a layer cannot be recorded, such as `nn.dropout`, which draws numbers inside, it runs as it is.

    >>> from minigan import nn
    >>> from minigan.densities import Normal
    >>> result = fit(nn.dense(1), nn.mlp([8, 1]), Normal(3.0, 1.0), steps=2, batch=16)
    >>> len(result.history["discriminator_loss"])
    2
    """
    if not isinstance(steps, int) or steps < 0:
        raise ValueError(f"steps must be a non-negative integer, and is {steps!r}")
    if not isinstance(batch, int) or batch < 1:
        raise ValueError(f"batch must be a positive integer, and is {batch!r}")
    if not isinstance(check_every, int) or check_every < 1:
        raise ValueError(f"check_every must be a positive integer, and is {check_every!r}")
    rng = rng if isinstance(rng, random_.Generator) else random_.generator(rng)
    players = Players(
        game or non_saturating(),
        generator,
        discriminator,
        generator_optimizer or optim.adam(2e-4, beta1=0.5),
        discriminator_optimizer or optim.adam(2e-4, beta1=0.5),
    )
    if isinstance(updates, Method) and (generator_optimizer or discriminator_optimizer):
        raise ValueError("a dynamics.Method has optimisers of its own: give them to it, or pass a function as updates")
    step = make_step(
        players,
        updates=updates,
        discriminator_steps=discriminator_steps,
        penalty=penalty,
        unroll=unroll,
        unrolling=unrolling,
    )
    penalty = players.game.penalty if penalty is None else penalty
    draw_real, draw_noise = batches_of(data, batch, dtype), noise_of(noise, batch, dtype)
    if state is None:
        shapes = random_.generator(0)  # a throw-away stream: looking at shapes must not move the caller's
        state = initial_state(players, rng, draw_noise(shapes).shape, draw_real(shapes).shape, dtype, updates)
    history = {key: list((history or {}).get(key, ())) for key in ("discriminator_loss", "generator_loss")}
    if compiled is None:
        compiled = os.environ.get("MINIGAN_EAGER") != "1"
    run = compiled_or_plain(step) if compiled else step
    good, pending = state, []
    started = len(history["discriminator_loss"])

    def check(i):
        nonlocal good, pending
        bad = find_non_finite(state, metrics)
        if bad is not None:
            raise Diverged(started + i, *bad, good, history)
        for row in pending:  # losses come home together, not one by one
            for key, value in row.items():
                history[key].append(float(to_numpy(value)))
        good, pending = state, []
        show(i, history)

    with progress_bar(steps, players.game, progress) as show:
        for i in range(1, steps + 1):
            if discriminator_steps == 1:
                real, z = draw_real(rng), draw_noise(rng)
                chance = chance_of(penalty, rng, real)
            else:
                real = mnp.stack([draw_real(rng) for _ in range(discriminator_steps)])
                z = mnp.stack([draw_noise(rng) for _ in range(discriminator_steps)])
                drawn = [chance_of(penalty, rng, real[0, ...]) for _ in range(discriminator_steps)]
                chance = tree_map(lambda *parts: mnp.stack(parts), *drawn)
            state, metrics = run(state, real, z, rng, chance)
            pending.append(metrics)
            due = i % check_every == 0 or i == steps
            if due:
                check(i)
            if any([callback(started + i, state, metrics) is True for callback in callbacks]):
                if not due:
                    check(i)
                break
    return Fit(state, players, history, noise, rng)
