"""The optimal discriminator, D*(x) = p_data(x) / (p_data(x) + p_model(x))."""

from __future__ import annotations

import minigan.numpy as mnp

from ..arrays import real_array, shares
from ..autodiff.tracer import Tracer
from ..backend import to_numpy


def optimal_logit(p_data, p_model):
    """The function x -> log p_data(x) - log p_model(x), the logit of D*(x).

    A density is an object with ``log_density(x)`` (see `minigan.densities`) or ``logpdf(x)`` (SciPy's), a function
    returning p(x) >= 0, or a vector of probabilities, whose x are indices. Where both densities vanish the logit is 0.

    >>> from minigan.densities import Normal
    >>> float(optimal_logit(Normal(0.0, 1.0), Normal(1.0, 1.0))(0.0))
    0.5
    """
    log_p, log_q = _log_density(p_data, "p_data"), _log_density(p_model, "p_model")

    def logit(x):
        x = real_array(x, "the points of a discriminator")
        a, b = log_p(x), log_q(x)
        neither = (a == -mnp.inf) & (b == -mnp.inf)
        return mnp.where(neither, 0.0, mnp.where(neither, 0.0, a) - mnp.where(neither, 0.0, b))

    return logit


def optimal_discriminator(p_data, p_model):
    """The function x -> D*(x) = p_data(x) / (p_data(x) + p_model(x)), evaluated as sigmoid(log p_data - log p_model).

    Densities as for `optimal_logit`; in log space the quotient keeps its digits where both densities underflow, and
    far into either tail. Where both are exactly 0 any value is optimal, and 1/2 is returned. Raises `TypeError` for
    what is no density, `ValueError` for a negative one. Source: Goodfellow et al. (2014), proposition 1; the lecture's
    "Discriminator Strategy".

    >>> from minigan.densities import Normal
    >>> D = optimal_discriminator(Normal(0.0, 1.0), Normal(1.0, 1.0))
    >>> float(D(0.5)), round(float(D(-40.0)), 12)
    (0.5, 1.0)
    """
    logit = optimal_logit(p_data, p_model)
    return lambda x: mnp.sigmoid(logit(x))


def _log_density(p, name):
    if hasattr(p, "log_density"):
        return p.log_density
    if hasattr(p, "logpdf"):
        return lambda x: mnp.asarray(p.logpdf(to_numpy(x)))
    if callable(p):
        return lambda x: _log_of(p(x), name)
    if isinstance(p, list | tuple) or (hasattr(p, "shape") and len(p.shape) == 1):
        probabilities = shares(p, f"the probabilities {name}")
        return lambda x: _log_of(mnp.take(probabilities, x, 0), name)
    raise TypeError(
        f"{name} must be a density: an object with log_density(x) or logpdf(x), a function returning p(x), or a vector "
        f"of probabilities; got {type(p).__name__}"
    )


def _log_of(p, name):
    p = p if hasattr(p, "shape") else mnp.asarray(p)
    if not isinstance(p, Tracer) and bool(mnp.any(p < 0)):
        raise ValueError(f"{name} returned a negative density, {float(to_numpy(mnp.min(p)))!r}")
    zero = p == 0
    return mnp.where(zero, -mnp.inf, mnp.log(mnp.where(zero, 1.0, p)))
