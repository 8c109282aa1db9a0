"""Divergences between the data's P and the model's Q: sums over categories, integrals over the line.

The functions of two probability vectors `p`, `q` of shape (K,) keep the conventions 0 log 0 = 0 and log(p/0)
= inf. The functions `..._between_densities` take log-densities (functions of a grid), an interval that holds
their mass, and a number of grid points.
"""

import autograd.numpy as np

from reference.densities import integrate


def kl(p, q):
    """KL(P || Q) = sum_k p_k log(p_k / q_k), shapes (K,), (K,) -> ().

    Lecture, "Loss does not seem to explain why GAN samples are sharp": the panel "KL", which is maximum
    likelihood.

    >>> print(f"{kl(np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])):.8f}")
    0.27488722
    """
    # Where p_k = 0 the term is 0 whatever q_k is: take log(1/1) there, which also has a finite derivative.
    p_or_one, q_or_one = np.where(p > 0, p, 1.0), np.where(p > 0, q, 1.0)
    with np.errstate(divide="ignore"):
        return np.sum(p * np.log(p_or_one / q_or_one))


def reverse_kl(p, q):
    """KL(Q || P) = sum_k q_k log(q_k / p_k), shapes (K,), (K,) -> ().

    Lecture, "Loss does not seem to explain why GAN samples are sharp": the panel "Reverse KL".

    >>> print(f"{reverse_kl(np.array([0.9, 0.1]), np.array([0.5, 0.5])):.8f}")
    0.51082562
    """
    return kl(q, p)


def jensen_shannon_standard(p, q):
    """JSD(P, Q) = KL(P || M) / 2 + KL(Q || M) / 2 with M = (P + Q) / 2, shapes (K,), (K,) -> ().

    The textbook's, with both halves, between 0 and log 2; the f-GAN table's Jensen-Shannon is twice this.
    Lecture, "Minimax Game": "resembles Jensen-Shannon divergence" is exactly J^(D) = log 2 - JSD, hence J^(G)
    = JSD - log 2, at the optimal discriminator.

    >>> print(f"{jensen_shannon_standard(np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])):.8f}")
    0.06641431
    """
    m = (p + q) / 2
    return kl(p, m) / 2 + kl(q, m) / 2


def kl_mixture_to_data(p, q):
    """KL(M || P) with M = (P + Q) / 2, equal to KL(Q || P) / 2 - JSD(P, Q); shapes (K,), (K,) -> ().

    Its gradient in Q is the non-saturating generator's against the optimal, frozen discriminator, factors of
    one half included. Lecture, "Non-Saturating Game": the divergence behind what is there "heuristically
    motivated".

    >>> print(f"{kl_mixture_to_data(np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])):.8f}")
    0.07102930
    """
    return kl((p + q) / 2, p)


def kl_between_densities(log_p, log_q, low, high, points=20001):
    """KL(P || Q) = int p(x) (log p(x) - log q(x)) dx.

    Lecture, "Loss does not seem to explain why GAN samples are sharp". Two unit normals at distance 1 are 1/2
    apart:

    >>> from reference.densities import normal_log_density
    >>> p, q = (lambda x: normal_log_density(x, 0, 1)), (lambda x: normal_log_density(x, 1, 1))
    >>> print(f"{kl_between_densities(p, q, -10, 11):.8f}")
    0.50000000
    """
    return integrate(lambda x: np.exp(log_p(x)) * (log_p(x) - log_q(x)), low, high, points)


def reverse_kl_between_densities(log_p, log_q, low, high, points=20001):
    """KL(Q || P) = int q(x) (log q(x) - log p(x)) dx.

    Lecture, "Loss does not seem to explain why GAN samples are sharp".

    >>> from reference.densities import normal_log_density
    >>> p, q = (lambda x: normal_log_density(x, 0, 1)), (lambda x: normal_log_density(x, 6, 1))
    >>> print(f"{reverse_kl_between_densities(p, q, -9, 15):.8f}")
    18.00000000
    """
    return kl_between_densities(log_q, log_p, low, high, points)


def jensen_shannon_standard_between_densities(log_p, log_q, low, high, points=20001):
    """JSD(P, Q) = KL(P || M) / 2 + KL(Q || M) / 2 with m(x) = (p(x) + q(x)) / 2.

    Lecture, "Minimax Game".

    >>> from reference.densities import normal_log_density
    >>> p, q = (lambda x: normal_log_density(x, 0, 1)), (lambda x: normal_log_density(x, 1, 1))
    >>> print(f"{jensen_shannon_standard_between_densities(p, q, -10, 11):.8f}")
    0.11142148
    """
    log_m = mixture_of(log_p, log_q)
    to_p = kl_between_densities(log_p, log_m, low, high, points)
    to_q = kl_between_densities(log_q, log_m, low, high, points)
    return to_p / 2 + to_q / 2


def kl_mixture_to_data_between_densities(log_p, log_q, low, high, points=20001):
    """KL(M || P) = int m(x) (log m(x) - log p(x)) dx with m(x) = (p(x) + q(x)) / 2.

    Lecture, "Non-Saturating Game".

    >>> from reference.densities import normal_log_density
    >>> p, q = (lambda x: normal_log_density(x, 0, 1)), (lambda x: normal_log_density(x, 6, 1))
    >>> print(f"{kl_mixture_to_data_between_densities(p, q, -9, 15):.8f}")
    8.31070207
    """
    return kl_between_densities(mixture_of(log_p, log_q), log_p, low, high, points)


def mixture_of(log_p, log_q):
    """log m(x) = log((p(x) + q(x)) / 2), a function of x like its two arguments.

    Lecture, "Minimax Game": the M of the Jensen-Shannon divergence.

    >>> log_m = mixture_of(lambda x: np.log(0.2), lambda x: np.log(0.6))
    >>> print(f"{np.exp(log_m(0.0)):.6f}")
    0.400000
    """
    return lambda x: np.logaddexp(log_p(x), log_q(x)) - np.log(2)
