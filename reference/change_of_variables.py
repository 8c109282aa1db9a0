"""Change of variables: the density of x when y = g(x) has a known density."""

import autograd.numpy as np
from autograd import jacobian


def change_of_variables(p_y, g, x):
    """p_x(x) = p_y(g(x)) |det(dg(x)/dx)|.

    `x` is one point of shape (n,), `g` an invertible map from (n,) to (n,), `p_y` a density that takes (n,)
    to a number; the result is a number. Lecture, "Change of Variables": y = g(x), "latent dimension must
    match visible dimension".

    >>> from reference.densities import normal_density
    >>> unit_normal = lambda y: normal_density(y[0], 0.0, 1.0)
    >>> print(f"{change_of_variables(unit_normal, lambda x: 2 * x, np.array([0.0])):.6f}")
    0.797885
    """
    return p_y(g(x)) * np.abs(np.linalg.det(jacobian(g)(x)))
