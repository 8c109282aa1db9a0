"""Activations: elementwise layers without parameters, which can be called as functions, too.

At a kink the derivative is the one of least norm: relu'(0) = 0, leaky_relu'(0) = slope.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from .. import numpy as mnp
from ..numpy import elementwise
from ..rebuilt import module_constant, rebuilt_by_name
from ..validation import share
from .layer import Layer


@dataclass(frozen=True, repr=False)
class Activation(Layer):
    """An elementwise layer; ``nn.tanh(x)`` is its function, `nn.tanh` the layer.

    >>> from minigan import nn
    >>> float(nn.relu(-3.0)), float(nn.leaky_relu(0.1)(-3.0))
    (0.0, -0.3...)
    """

    function: Callable[[Any], Any] | None = None

    def __call__(self, x):
        return self.function(x)


def activation(which) -> Layer:
    """The activation called ``which``; a layer stays itself, and a function of arrays becomes a layer.

    Names: ``"relu" "leaky_relu" "tanh" "sigmoid" "softplus" "elu" "silu" "gelu" "gelu_tanh" "identity"``.
    Raises `ValueError` for another.

    >>> import minigan.numpy as mnp
    >>> from minigan import nn
    >>> nn.activation("relu"), float(nn.activation(mnp.sin)(0.0))
    (relu, 0.0)
    """
    if isinstance(which, Layer):
        return which
    if isinstance(which, str):
        if which not in _BY_NAME:
            raise ValueError(f"no activation is called {which!r}; there are {', '.join(_BY_NAME)}")
        return _BY_NAME[which]
    if not callable(which):
        raise TypeError(f"an activation is a layer, a name or a function of arrays, and was {which!r}")
    return _of_function(which)


@rebuilt_by_name
def _of_function(function) -> Activation:
    return _layer(getattr(function, "name", getattr(function, "__name__", "activation")), function)


def _layer(name, function, kind=Activation) -> Activation:
    def init(rng, shape, dtype=None):
        return None

    def apply(params, x, *, train=False, rng=None):
        return function(x)

    return kind(init, apply, name=name, function=function)


@rebuilt_by_name
def leaky_relu(slope: float = 0.2) -> Activation:
    """x where x > 0, slope x elsewhere; 0 <= slope <= 1, `ValueError` for another. Its derivative at 0 is the slope.

    Source: Maas, Hannun and Ng (2013); the default of 0.2 is the DCGAN paper's (Radford et al., 2015).

    >>> import minigan as mg
    >>> layer = mg.nn.leaky_relu(0.25)
    >>> float(layer(-4.0)), float(layer(4.0)), float(mg.grad(layer)(0.0))
    (-1.0, 4.0, 0.25)
    """
    slope = share(slope, "the slope of leaky_relu")
    return _layer(f"leaky_relu({slope:g})", lambda x: elementwise.leaky_relu(x, slope=slope))


def _elu(x):
    positive = x > 0
    return mnp.where(positive, x, mnp.expm1(mnp.where(positive, 0.0, x)))  # the inner where keeps exp(x) finite


def _silu(x):
    return x * mnp.sigmoid(x)


def _gelu(x):
    return x * mnp.ndtr(x)


def _gelu_tanh(x):
    """With 1 + tanh(u) as 2 sigmoid(2 u), which keeps its digits on the left."""
    return x * mnp.sigmoid(1.5957691216057308 * (x + 0.044715 * x * x * x))  # 2 sqrt(2 / pi)


class Gelu(Activation):
    """x Phi(x), Phi the normal distribution function (Hendrycks & Gimpel 2016): `nn.gelu`.

    ``nn.gelu(x, approximate="tanh")`` is the same paper's x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2, and without
    ``x`` the layer of that function, ``"gelu_tanh"`` by name. ``approximate`` is ``"none"`` or ``"tanh"`` (or False and
    True); raises `ValueError` for another.

    >>> from minigan import nn
    >>> round(float(nn.gelu(1.0)), 6), round(float(nn.gelu(1.0, approximate="tanh")), 6), nn.gelu(approximate="tanh")
    (0.841345, 0.841192, gelu_tanh)
    """

    def __call__(self, x=None, *, approximate=None):
        if approximate not in (None, "none", "tanh", False, True):
            raise ValueError(f"approximate is 'none' or 'tanh', as in nn.gelu(x, approximate='tanh'): {approximate!r}")
        layer = self if approximate is None else gelu_tanh if approximate in ("tanh", True) else gelu
        return layer if x is None else layer.function(x)


def _standing_here(name, function, kind=Activation) -> Activation:
    return module_constant(__name__, name, _layer(name, function, kind))


identity = _standing_here("identity", lambda x: x)
relu = _standing_here("relu", elementwise.relu)
tanh = _standing_here("tanh", mnp.tanh)
sigmoid = _standing_here("sigmoid", mnp.sigmoid)
softplus = _standing_here("softplus", mnp.softplus)
elu = _standing_here("elu", _elu)
silu = _standing_here("silu", _silu)
gelu = _standing_here("gelu", _gelu, Gelu)
gelu_tanh = _standing_here("gelu_tanh", _gelu_tanh, Gelu)

_BY_NAME = {
    "relu": relu,
    "leaky_relu": leaky_relu(),
    "tanh": tanh,
    "sigmoid": sigmoid,
    "softplus": softplus,
    "elu": elu,
    "silu": silu,
    "gelu": gelu,
    "gelu_tanh": gelu_tanh,
    "identity": identity,
}
