"""Log-ratios that are linear in given features: few numbers, found to the last digit, by any of the losses."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...autodiff import hessian, value_and_grad
from ...backend import to_numpy

SLOPE = 1e-9  # of the loss, per coefficient, at what is taken for its least value
STALLED = 1e-5  # of that slope, where rounding lets it fall no further
LARGEST = 1e3  # of a coefficient; beyond, the loss falls on for ever


@takes_lists("phi_p", "phi_q")
def fit_linear_ratio(loss: Callable, phi_p, phi_q, start=None) -> np.ndarray:
    """theta with the least ``loss(v_p, v_q)``, v = phi theta, for features (n, k) of rows of p and (m, k) of q.

    Found by Newton's method within a trust region from ``start``, 0 unless told: of a loss that is not convex, such as
    neyman's, the minimum next to it. Raises `ValueError` where none is found, as where the classes are separable and there
    is no least loss.

    >>> from minigan.models.implicit.ratio_estimators import class_probability_loss
    >>> one = mnp.ones((30, 1))  # nothing is known but how many there are: p and q are the same
    >>> bool(abs(fit_linear_ratio(class_probability_loss, one, one)[0]) < 1e-9)
    True
    """
    from scipy.optimize import minimize

    def cost(theta):
        return loss(mnp.matmul(phi_p, theta), mnp.matmul(phi_q, theta))

    def objective(theta):
        with mnp.errstate(all="ignore"):  # a step too long overflows, and is taken back
            value, slope = value_and_grad(cost)(mnp.asarray(theta))
        value = float(to_numpy(value))
        return (value, to_numpy(slope)) if math.isfinite(value) else (math.inf, np.zeros_like(theta))

    curvature = hessian(cost)
    begin = np.zeros(phi_p.shape[1]) if start is None else np.asarray(start, dtype=float)
    how = {"gtol": SLOPE, "initial_trust_radius": 0.1, "max_trust_radius": 10.0, "maxiter": 200}
    bend = lambda theta: to_numpy(curvature(mnp.asarray(theta)))
    try:
        with np.errstate(all="ignore"):
            found = minimize(objective, begin, jac=True, hess=bend, method="trust-exact", options=how)
    except (ValueError, np.linalg.LinAlgError):  # a loss that falls on until it overflows
        found = None
    if found is None or not (np.abs(found.jac).max() < STALLED and np.abs(found.x).max() < LARGEST):
        raise ValueError(
            f"no linear log-ratio has the least loss on {phi_p.shape[0]} rows of p and {phi_q.shape[0]} of q: it falls on "
            "for ever, as where the classes are separable, or where a row outweighs all others; give more rows or fewer "
            "features"
        )
    return found.x
