"""Whether a quadrature can see the whole of a density: if not, it would call a part of an integral the whole."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ..autodiff import stop_gradient
from ..backend import to_numpy
from ..densities import Density
from .frames import can
from .panels import NAN, log_density, refine, tails


class Mass:
    """A density by itself as an integrand."""

    def __init__(self, density):
        self.density = density

    def log_integrand(self, x, origin):
        density, origin = self.density, float(origin[0])
        if origin != 0.0:  # only tails are seen from anywhere else
            density, x = (density.moved(-origin), x) if can(density, "moved") else (density, x + origin)
        with np.errstate(all="ignore"):
            level = np.broadcast_to(to_numpy(stop_gradient(log_density(density, mnp.asarray(x)))), x.shape)
        if np.isnan(level).any():
            raise ValueError(NAN)
        return level, np.ones_like(x), np.where(level > -np.inf, level, 0.0)


def check_tails_of(density, name, frame):
    """The `Tail`s of a density; raises `ValueError` where they hold more than can be told."""
    beyond = tails(Mass(density), frame)
    if any(tail.size == math.inf or (tail.error == math.inf and tail.size > 1e-13) for tail in beyond):
        raise ValueError(
            f"{name} has tails so heavy that much of its mass lies beyond the largest float: {str(density)[:200]}"
        )
    return beyond


def check_mass(density, name, frame):
    """Raises `ValueError` for a density with mass beyond the floats; and for one that does not tell of its features,
    if the landmarks do not see all of its mass.
    """
    beyond = check_tails_of(density, name, frame)
    if isinstance(density, Density) and density.landmarks():
        return
    found = refine(Mass(density), frame.panels(), 1e-9)
    mass = math.inf if found is None else found[2] + sum(tail.size for tail in beyond)
    if not abs(mass - 1.0) <= 1e-6:
        raise ValueError(
            f"{name} integrates to {mass:.6g} over what its landmarks see, and not to 1: give a normalised log-density, "
            "and landmarks=[(location, scale), ...] for every feature of it"
        )
