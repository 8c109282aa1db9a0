"""Boltzmann machines: the energy, Z and p by loops over all states, and p(x) as the lecture prints it.

Units are 0 or 1. A restricted machine has weights `W` (visible, hidden) and biases `b` (visible) and `c` (hidden); a
general one a symmetric `W` with a diagonal of zeros and biases `b`, its first units visible. Every sum over states is a
loop over them: for a handful of units.
"""

import autograd.numpy as np
from numpy import ndindex


def rbm_energy(v, h, W, b, c):
    """E(v, h) = -v' W h - b' v - c' h.

    `v` and `h` are states; the result is a number. Lecture, "Boltzmann Machines".

    >>> W, b, c = np.array([[2.0], [1.0]]), np.array([0.5, 0.0]), np.array([-1.0])
    >>> print(f"{rbm_energy(np.array([1, 0]), np.array([1]), W, b, c):.1f}")
    -1.5
    """
    return -(v @ W @ h) - b @ v - c @ h


def rbm_log_partition(W, b, c):
    """log Z = log sum_v sum_h exp(-E(v, h)).

    Lecture, "Boltzmann Machines": the partition function, which is "intractable" for all but a few units.

    >>> print(f"{rbm_log_partition(np.zeros((2, 1)), np.zeros(2), np.zeros(1)):.6f}")
    2.079442
    """
    Z = 0.0
    for v in ndindex((2,) * len(b)):
        for h in ndindex((2,) * len(c)):
            Z = Z + np.exp(-rbm_energy(np.array(v), np.array(h), W, b, c))
    return np.log(Z)


def rbm_log_probability(v, W, b, c):
    """log p(v) = log sum_h exp(-E(v, h)) - log Z.

    `v` is one state; the result is a number. Lecture, "Boltzmann Machines", with the sum over hidden units that its
    p(x) lacks.

    >>> print(f"{rbm_log_probability(np.array([1, 0]), np.zeros((2, 1)), np.zeros(2), np.zeros(1)):.6f}")
    -1.386294
    """
    total = 0.0
    for h in ndindex((2,) * len(c)):
        total = total + np.exp(-rbm_energy(np.array(v), np.array(h), W, b, c))
    return np.log(total) - rbm_log_partition(W, b, c)


def energy(s, W, b):
    """E(s) = -sum_(i < j) W_ij s_i s_j - sum_i b_i s_i.

    `s` is a state of all units; the result is a number. Lecture, "Boltzmann Machines".

    >>> print(f"{energy(np.array([1, 1]), np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([0.5, -1.0])):.1f}")
    -1.5
    """
    E = 0.0
    for i in range(len(b)):
        E = E - b[i] * s[i]
        for j in range(i):
            E = E - W[i, j] * s[i] * s[j]
    return E


def log_partition(W, b):
    """log Z = log sum_s exp(-E(s)).

    Lecture, "Boltzmann Machines": Z = sum_x sum_z exp(-E(x, z)).

    >>> print(f"{log_partition(np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([0.5, -1.0])):.6f}")
    2.014675
    """
    return np.log(sum(np.exp(-energy(s, W, b)) for s in ndindex((2,) * len(b))))


def log_probability(v, W, b):
    """log p(v) = log sum_z exp(-E(v, z)) - log Z.

    `v` are the first units; the result is a number. Lecture, "Boltzmann Machines", with the sum over z.

    >>> print(f"{log_probability((1,), np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([0.5, -1.0])):.6f}")
    -0.201413
    """
    hidden = ndindex((2,) * (len(b) - len(v)))
    return np.log(sum(np.exp(-energy((*v, *z), W, b)) for z in hidden)) - log_partition(W, b)


def probability_as_printed(v, z, W, b):
    """p(x) = exp(-E(x, z)) / Z, as printed.

    Depends on `z`, so it is p(x, z) and no function of x. Lecture, "Boltzmann Machines".

    >>> W, b = np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([0.5, -1.0])
    >>> print(f"{probability_as_printed((1,), (0,), W, b):.4f} {probability_as_printed((1,), (1,), W, b):.4f}")
    0.2199 0.5977
    """
    return np.exp(-energy((*v, *z), W, b) - log_partition(W, b))


def conditional(i, s, W, b):
    """P(s_i = 1 | the others) = exp(-E(s_i = 1)) / (exp(-E(s_i = 0)) + exp(-E(s_i = 1))).

    `s` is a state of all units, whose unit `i` does not matter. Lecture, "Boltzmann Machines": the step of the Markov
    chains that estimate gradients and draw samples.

    >>> print(f"{conditional(0, [0, 1], np.array([[0.0, 2.0], [2.0, 0.0]]), np.array([0.5, -1.0])):.6f}")
    0.924142
    """
    one, zero = list(s), list(s)
    one[i], zero[i] = 1, 0
    one, zero = np.exp(-energy(one, W, b)), np.exp(-energy(zero, W, b))
    return one / (zero + one)
