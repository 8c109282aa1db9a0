"""The random numbers of a step, drawn before it: masks of dropout, noise inside layers, whatever a network asks for.

A layer in training asks its ``rng`` for numbers; a step that draws inside is neither pure nor compilable. Here the step is
run once by a generator that writes down what it is asked for. From then on exactly that is drawn beforehand, in the same
order and from the run's own stream, so that the numbers are those that the step would have drawn itself.
"""

from __future__ import annotations

from ..autodiff import flatten
from ..backend import active
from ..random import Source, generator

FORESEEABLE = ("standard_normal", "noise", "uniform", "gumbel", "integers", "permutation")


class Unforeseeable(Exception):
    """A step asked for numbers that depend on a value, such as categories with traced logits."""


class _Listener(Source):
    """A generator of a throw-away stream that writes down what it is asked for."""

    def __init__(self):
        self.rng, self.asked = generator(0), []

    def __getattr__(self, name):
        if name not in FORESEEABLE:
            raise Unforeseeable(name)

        def ask(*args, **options):
            if name == "permutation" and hasattr(args[0], "shape"):
                raise Unforeseeable("a permutation of rows")
            self.asked.append((name, args, options))
            return getattr(self.rng, name)(*args, **options)

        return ask


class _Handing(Source):
    """Stands in for a generator and hands out the numbers that were drawn, in order."""

    def __init__(self, asked, numbers):
        self.waiting = list(zip(asked, numbers))[::-1]

    def __getattr__(self, name):
        if name not in FORESEEABLE:
            raise AttributeError(name)

        def hand(*args, **options):
            if not self.waiting or self.waiting[-1][0] != (name, args, options):
                due = f"{self.waiting[-1][0]}" if self.waiting else "nothing more"
                raise ValueError(
                    f"a step asked for random numbers {(name, args, options)} where {due} had been drawn for it: what a "
                    "step draws may depend on the shapes of its batch, and on nothing else"
                )
            return self.waiting.pop()[1]

        return hand


def with_draws(draw, step):
    """``(draw, step)`` of a learner, from ``draw(rng, state) -> batch`` and ``step(state, batch, rng)`` that draws inside.

    The new batch is ``(batch, numbers)``, the numbers those that the step asks its ``rng`` for. What they are is found
    out once for every structure, shape and dtype of a batch, by running the step. Where a step asks for what cannot be
    drawn beforehand, it gets the generator itself, and such a step runs as it is, not compiled.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> noisy = nn.dropout(0.5)
    >>> draw, step = with_draws(
    ...     lambda rng, state: rng.standard_normal((4, 3)),
    ...     lambda state, batch, rng: (state, {"kept": mnp.mean(noisy.apply(None, batch, train=True, rng=rng))}),
    ... )
    >>> batch, (mask,) = draw(mg.random.generator(0), None)
    >>> mask.shape
    (4, 3)
    """
    known: dict = {}

    def asked_for(state, batch):
        key = _signature(batch)
        if key not in known:
            listener = _Listener()
            try:
                with active().errstate(all="ignore"):
                    step(state, batch, listener)
                known[key] = tuple(listener.asked)
            except Unforeseeable:
                known[key] = None
        return known[key]

    def drawing(rng, state):
        batch = draw(rng, state)
        asked = asked_for(state, batch)
        if asked is None:
            return batch, rng
        return batch, tuple(getattr(rng, name)(*args, **options) for name, args, options in asked)

    def stepping(state, batch):
        batch, numbers = batch
        if not isinstance(numbers, tuple):
            return step(state, batch, numbers)
        asked = known.get(_signature(batch))
        if asked is None or len(asked) != len(numbers):
            asked = asked_for(state, batch)
        return step(state, batch, _Handing(asked, numbers))

    stepping.__name__ = "step"  # what a compiled one is called
    return drawing, stepping


def _signature(batch):
    leaves, structure = flatten(batch)
    return structure, *((leaf.shape, leaf.dtype) if hasattr(leaf, "shape") else type(leaf) for leaf in leaves)
