"""A cost that is worth one thing and differentiates as another: how an estimate of a gradient enters a training step."""

from __future__ import annotations

from ..autodiff import stop_gradient


def estimated(cost, surrogate):
    """``cost``, to rounding, with the derivative of ``surrogate`` alone; ``cost`` is held fixed.

    >>> import minigan as mg
    >>> value, slope = mg.value_and_grad(lambda x: estimated(x**2, 5.0 * x))(3.0)
    >>> float(value), float(slope)
    (9.0, 5.0)
    """
    return stop_gradient(cost) + (surrogate - stop_gradient(surrogate))
