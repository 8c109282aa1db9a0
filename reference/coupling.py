"""Affine coupling: a map with an inverse, and its determinant from the whole Jacobian."""

import autograd.numpy as np
from autograd import jacobian


def coupling(x, stretch, shift):
    """y = (x_1, x_2 exp(s(x_1)) + t(x_1)), x = (x_1, x_2) of two halves.

    `x` is one point of shape (2 m,), `stretch` and `shift` map (m,) to (m,). Lecture, "Change of Variables".

    >>> print(coupling(np.array([1.0, 2.0]), lambda a: 0 * a, lambda a: 3 * a))
    [1. 5.]
    """
    m = len(x) // 2
    return np.concatenate([x[:m], x[m:] * np.exp(stretch(x[:m])) + shift(x[:m])])


def coupling_inverse(y, stretch, shift):
    """x = (y_1, (y_2 - t(y_1)) exp(-s(y_1))).

    Lecture, "Change of Variables": the transformation must be invertible.

    >>> print(coupling_inverse(np.array([1.0, 5.0]), lambda a: 0 * a, lambda a: 3 * a))
    [1. 2.]
    """
    m = len(y) // 2
    return np.concatenate([y[:m], (y[m:] - shift(y[:m])) * np.exp(-stretch(y[:m]))])


def log_determinant(f, x):
    """log |det J|, J = df(x)/dx, of the whole Jacobian at one point.

    `f` maps (n,) to (n,). Lecture, "Change of Variables".

    >>> print(f"{log_determinant(lambda x: 2 * x, np.array([1.0, 1.0])):.6f}")
    1.386294
    """
    return np.log(np.abs(np.linalg.det(jacobian(f)(x))))
