"""The "SGD-like algorithm of choice (Adam)" and its relatives, each one update of one array.

Every function takes the parameter `x`, what it remembers, and the gradient of the loss at x, all of one
shape, and returns the new x followed by the new memory. Memories start at zero. The loss goes down.
"""

import autograd.numpy as np


def sgd(x, gradient, lr):
    """x <- x - lr g.

    Lecture, "Training Procedure".

    >>> print(sgd(np.array([1.0]), np.array([2.0]), lr=0.1))
    [0.8]
    """
    return x - lr * gradient


def momentum(x, velocity, gradient, lr, mass=0.9):
    """v <- mass v + g, x <- x - lr v.

    With a constant gradient the step grows towards lr g / (1 - mass). Lecture, "Training Procedure".

    >>> x, velocity = momentum(np.array([1.0]), np.array([1.0]), np.array([2.0]), lr=0.1)
    >>> print(x, velocity)
    [0.71] [2.9]
    """
    velocity = mass * velocity + gradient
    return x - lr * velocity, velocity


def rmsprop(x, mean_square, gradient, lr, decay=0.9, epsilon=1e-8):
    """s <- decay s + (1 - decay) g^2, x <- x - lr g / (sqrt(s) + epsilon).

    Lecture, "Training Procedure".

    >>> x, mean_square = rmsprop(np.array([1.0]), np.array([0.0]), np.array([2.0]), lr=0.1, decay=0.75)
    >>> print(np.round(x, 6), mean_square)
    [0.8] [1.]
    """
    mean_square = decay * mean_square + (1 - decay) * gradient**2
    return x - lr * gradient / (np.sqrt(mean_square) + epsilon), mean_square


def adam(x, first_moment, second_moment, gradient, step, lr=0.001, beta1=0.9, beta2=0.999, epsilon=1e-8):
    """m <- beta1 m + (1 - beta1) g, v <- beta2 v + (1 - beta2) g^2, x <- x - lr m' / (sqrt(v') + epsilon).

    Here m' = m / (1 - beta1^t) and v' = v / (1 - beta2^t) undo the start from zero, and `step` t is 1 at the
    first update (Kingma and Ba, 2014, algorithm 1). Lecture, "Training Procedure". The first step is lr long,
    whatever the gradient:

    >>> x, m, v = adam(np.array([1.0]), np.array([0.0]), np.array([0.0]), np.array([250.0]), step=1, lr=0.1)
    >>> print(np.round(x, 6))
    [0.9]
    """
    first_moment = beta1 * first_moment + (1 - beta1) * gradient
    second_moment = beta2 * second_moment + (1 - beta2) * gradient**2
    first_unbiased = first_moment / (1 - beta1**step)
    second_unbiased = second_moment / (1 - beta2**step)
    return x - lr * first_unbiased / (np.sqrt(second_unbiased) + epsilon), first_moment, second_moment
