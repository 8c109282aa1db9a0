"""A layer is a pair of pure functions, ``init`` and ``apply``; layers in a row are a layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..arrays import real_array
from ..autodiff.tracer import Tracer
from ..backend import backend_of_type
from ..random import as_generator
from ..rebuilt import Rebuilt, rebuilt_by_name
from ..validation import is_count, share, told


def _unchanged(shape):
    return shape


@dataclass(frozen=True, repr=False)
class Layer(Rebuilt):
    """Two pure functions, ``params = init(rng, shape)`` and ``y = apply(params, x)``; unpacks as that pair.

    * ``init(rng, shape, dtype=None)``: the parameters, a tree of arrays, ``None`` for a layer without any; float64
      unless asked. ``rng`` is a generator or a seed, ``shape`` the input's, batch axis first, whose size does not
      matter: ``(None, 64)``.
    * ``apply(params, x, *, train=False, rng=None)``: the layer at ``x``, over any leading axes. ``train`` and ``rng``
      matter to the layers that behave otherwise in training (`batch_norm`, `dropout`).
    * ``output_shape(shape)``: the shape of ``apply(params, x)`` for ``x`` of that shape; unchanged by default.
      A layer of several inputs (`concatenate`) takes a tuple for ``x`` and a tuple of shapes, one of several outputs
      (`branches`) returns a dict of arrays and a dict of shapes.
    * ``observe(params, x, momentum, rng)``: the parameters with new running statistics (see `update_statistics`);
      ``None`` where nothing is counted.

    >>> import minigan as mg
    >>> from minigan.random import generator
    >>> init, apply = mg.nn.dense(3)
    >>> params = init(generator(0), (None, 2))
    >>> apply(params, mg.numpy.ones((5, 2))).shape
    (5, 3)
    """

    init: Callable[..., Any]
    apply: Callable[..., Any]
    output_shape: Callable[[tuple], tuple] = _unchanged
    observe: Callable[..., Any] | None = None
    name: str = "layer"

    def __post_init__(self):
        for what in ("init", "apply", "output_shape"):
            if not callable(getattr(self, what)):
                raise TypeError(f"the {what} of a layer is a function, and was {told(getattr(self, what))}")

    def __iter__(self):
        return iter((self.init, self.apply))

    def __repr__(self) -> str:
        return self.name


def source(rng):
    """The generator that ``rng`` is or, as a seed, stands for; ``None`` stays, for layers that draw nothing.

    A layer of several parts asks for it once, so that all of them draw from one stream.
    """
    return rng if rng is None else as_generator(rng)


def as_input(x, name: str):
    """``x``, what a layer is applied to; lists and other libraries' arrays become ours."""
    return x if type(x) is np.ndarray or type(x) is Tracer else _made_array(x, name)


def _made_array(x, name):
    return x if backend_of_type(type(x)) is not None else real_array(x, f"the inputs of {name}")


def wrong_parameters(params, names, name: str) -> ValueError:
    """The error for ``params`` that are not the dict of a layer's parameters, called ``names``."""
    found = f"a dict of {sorted(map(str, params))}" if isinstance(params, dict) else told(params)
    return ValueError(f"{name} takes its parameters as a dict of {list(names)}, as init(...) makes it, and got {found}")


def with_batch(shape, name: str) -> tuple:
    """``shape`` as a tuple; refuses what is not the shape of an input, batch axis first."""
    if not isinstance(shape, tuple | list) or len(shape) < 2:
        raise ValueError(
            f"{name} is initialised with the shape of its input, batch axis first, such as (None, 64), and was given "
            f"{shape!r}"
        )
    return tuple(shape)


def features(shape, name: str) -> int:
    """The size of the last axis of an input's shape, batch axis first; refuses what is no such shape."""
    if not isinstance(shape, tuple | list) or len(shape) < 2 or not is_count(shape[-1]):
        raise ValueError(
            f"{name} is initialised with the shape of its input, batch axis first and features last, "
            f"such as (None, 64), and was given {shape!r}"
        )
    return int(shape[-1])


@rebuilt_by_name
def sequential(*layers: Layer) -> Layer:
    """Layers one after the other: ``y = layers[-1](... layers[0](x))``; the parameters are a tuple.

    In training every layer draws from the same ``rng``, in order. Raises `TypeError` for what is no layer,
    `ValueError` for parameters of another number of layers.

    >>> import minigan as mg
    >>> from minigan import nn
    >>> from minigan.random import generator
    >>> layer = nn.sequential(nn.dense(4), nn.relu, nn.dense(1))
    >>> layer, layer.output_shape((7, 2))
    (sequential(dense(4), relu, dense(1)), (7, 1))
    """
    for i, layer in enumerate(layers):
        if not isinstance(layer, Layer):
            raise TypeError(
                f"layer {i} of sequential is no Layer: {layer!r}; call it first if it makes one: nn.dense(64)"
            )

    def init(rng, shape, dtype=None):
        rng, params = source(rng), []
        for layer in layers:
            params.append(layer.init(rng, shape, dtype))
            shape = layer.output_shape(shape)
        return tuple(params)

    def apply(params, x, *, train=False, rng=None):
        for layer, own in zip(layers, matched(params)):
            x = layer.apply(own, x, train=train, rng=rng)
        return x

    def output_shape(shape):
        for layer in layers:
            shape = layer.output_shape(shape)
        return shape

    def observe(params, x, momentum, rng):
        seen = []
        for layer, own in zip(layers, matched(params)):
            seen.append(layer.observe(own, x, momentum, rng) if layer.observe else own)
            x = layer.apply(own, x, train=True, rng=rng)
        return tuple(seen)

    def matched(params):
        if not isinstance(params, tuple | list) or len(params) != len(layers):
            count = len(params) if isinstance(params, tuple | list) else type(params).__name__
            raise ValueError(f"{name} takes a tuple with the parameters of its {len(layers)} layers, and got {count}")
        return params

    name = f"sequential({', '.join(layer.name for layer in layers)})"
    counts = any(layer.observe for layer in layers)
    return Layer(init, apply, output_shape, observe if counts else None, name)


def update_statistics(layer: Layer, params, x, momentum: float = 0.1, rng=None):
    """``params`` with running statistics moved towards those of the batch ``x``; everything else unchanged.

    ``running <- (1 - momentum) running + momentum batch`` in every `batch_norm` of ``layer``, each seeing what the
    layers before it make of ``x`` in training mode (dropout needs ``rng``). Call it once a step, beside the gradient.

    >>> import minigan as mg, minigan.numpy as mnp
    >>> from minigan import nn
    >>> layer = nn.batch_norm()
    >>> params = layer.init(None, (None, 1))
    >>> params = nn.update_statistics(layer, params, mnp.asarray([[1.0], [3.0]]))
    >>> mg.to_numpy(params["mean"]), mg.to_numpy(params["var"])  # 0.9 * 0 + 0.1 * 2, 0.9 * 1 + 0.1 * 2
    (array([0.2]), array([1.1]))
    """
    momentum = share(momentum, "the momentum of running statistics")
    return layer.observe(params, x, momentum, rng) if layer.observe else params
