"""V(x, y) = x y, the canonical saddle point: x minimises it, y maximises it, the equilibrium is x = y = 0."""

import autograd.numpy as np


def value(x, y):
    """V(x, y) = x y.

    Numbers or arrays that broadcast. Lecture, "Solution": "this is the canonical example of a saddle point".

    >>> value(2.0, 3.0)
    6.0
    """
    return x * y


def gradient(x, y):
    """(dV/dx, dV/dy) = (y, x), which vanishes at x = 0, y = 0 only.

    Lecture, "Solution": "there is an equilibrium, at x = 0, y = 0".

    >>> gradient(2.0, 3.0)
    (3.0, 2.0)
    """
    return y, x


def hessian(x, y):
    """[[d2V/dx2, d2V/dxdy], [d2V/dydx, d2V/dy2]] = [[0, 1], [1, 0]] at every (x, y).

    Lecture, "Solution". One negative and one positive eigenvalue make it a saddle:

    >>> print(np.round(np.linalg.eigvalsh(hessian(2.0, 3.0)), 6))
    [-1.  1.]
    """
    return np.array([[0.0, 1.0], [1.0, 0.0]])


def simultaneous_gradient_step(x, y, lr):
    """(x, y) <- (x - lr y, y + lr x): both players move at once, and r^2 = x^2 + y^2 grows by 1 + lr^2.

    Lecture, "Solution", and why "Non-convergence in GANs" speaks of oscillation.

    >>> simultaneous_gradient_step(1.0, 0.0, lr=0.5)
    (1.0, 0.5)
    """
    return x - lr * y, y + lr * x


def alternating_gradient_step(x, y, lr):
    """x <- x - lr y, then y <- y + lr x with the new x: x^2 + y^2 - lr x y is conserved.

    Lecture, "Solution", with the one-after-the-other order of "Training Procedure".

    >>> alternating_gradient_step(1.0, 1.0, lr=0.5)
    (0.5, 1.25)
    """
    x = x - lr * y
    return x, y + lr * x


def gradient_flow(x, y, time):
    """dx/dt = -y, dy/dt = x: (x cos t - y sin t, x sin t + y cos t), a circle round the equilibrium.

    Numbers or arrays that broadcast. Lecture, "Solution", with infinitely small steps.

    >>> x, y = gradient_flow(1.0, 0.0, np.pi / 2)
    >>> print(f"{x:.6f} {y:.6f}")
    0.000000 1.000000
    """
    return x * np.cos(time) - y * np.sin(time), x * np.sin(time) + y * np.cos(time)
