"""Optimisers as pairs: ``init(params) -> state``, ``update(params, gradient, state) -> (params, state)``.

`optimizer` says what that pair is, `descent` holds sgd and momentum, `adaptive` rmsprop and adam, `schedules` learning
rates that change, `clipping` what is done to a gradient before it is used, `projection` what is done to the parameters
afterwards, `history` a pull towards what they have been, `samplers` updates with noise of their own, whose end is no
point but a posterior: Langevin dynamics and stochastic-gradient Hamiltonian Monte Carlo. All of it is differentiable:
unroll updates inside a function and differentiate that.
"""

from .adaptive import adam, rmsprop
from .clipping import clip_by_norm, clip_by_value, global_norm
from .descent import momentum, sgd
from .history import historical_averaging
from .optimizer import Optimizer
from .projection import clip_weights, projected
from .samplers import langevin, sghmc
from .schedules import constant, cosine, exponential_decay, piecewise, warmup

__all__ = [
    "Optimizer",
    "adam",
    "clip_by_norm",
    "clip_by_value",
    "clip_weights",
    "constant",
    "cosine",
    "exponential_decay",
    "global_norm",
    "historical_averaging",
    "langevin",
    "momentum",
    "piecewise",
    "projected",
    "rmsprop",
    "sgd",
    "sghmc",
    "warmup",
]
