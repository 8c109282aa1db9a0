"""Mixtures of Gaussians with one common variance, point by point: EM, and a component at each point."""

import autograd.numpy as np


def normal_density(x, mean, variance):
    """N(x; m, s^2 I) = (2 pi s^2)^(-d/2) exp(-|x - m|^2 / (2 s^2)) at one point x, shape (d,).

    Lecture, "ML as a bag of tricks".

    >>> print(f"{normal_density(np.zeros(1), np.zeros(1), 1.0):.6f}")
    0.398942
    """
    return (2 * np.pi * variance) ** (-len(x) / 2) * np.exp(-np.sum((x - mean) ** 2) / (2 * variance))


def em_step(x, means, variance):
    """m_k <- sum_i r_ik x_i / sum_i r_ik, r_ik = N(x_i; m_k, s^2 I) / sum_l N(x_i; m_l, s^2 I): equal weights.

    Lecture, "ML as a bag of tricks".

    >>> print(f"{em_step(np.array([[-1.0], [1.0]]), np.array([[-1.0], [1.0]]), 1.0)[1, 0]:.6f}")  # tanh 1
    0.761594
    """
    r = np.array([[normal_density(one, mean, variance) for mean in means] for one in x])
    r = r / r.sum(1, keepdims=True)
    return np.array([sum(r[i, k] * x[i] for i in range(len(x))) / r[:, k].sum() for k in range(len(means))])


def leave_one_out(points, bandwidth):
    """L(h) = sum_i log 1/(n - 1) sum_{j != i} N(x_i; x_j, h^2 I): each point under a kernel density of the others.

    Duin (1976). Lecture, "ML as a bag of tricks".

    >>> print(f"{leave_one_out(np.array([[0.0], [1.0]]), 1.0):.6f}")  # -log 2 pi - 1
    -2.837877
    """
    total = 0.0
    for i, one in enumerate(points):
        others = [normal_density(one, other, bandwidth**2) for j, other in enumerate(points) if j != i]
        total = total + np.log(np.mean(others))
    return total


def class_posterior(points, labels, bandwidth, x):
    """p(c | x) = n_c p_c(x) / sum_b n_b p_b(x), p_c the mean of N(x; x_j, h^2 I) over the n_c points of class c, at one x.

    Lecture, "ML as a bag of tricks".

    >>> print(f"{class_posterior(np.array([[0.0], [1.0]]), np.array([0, 1]), 1.0, np.zeros(1))[0]:.6f}")
    0.622459
    """
    joint = []
    for c in range(labels.max() + 1):
        own = points[labels == c]
        joint.append(len(own) / len(points) * np.mean([normal_density(x, one, bandwidth**2) for one in own]))
    return np.array(joint) / sum(joint)
