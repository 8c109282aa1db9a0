"""The discriminator: its loss, and the D that minimises it."""

import autograd.numpy as np

from reference.densities import integrate


def optimal_discriminator(p_data, p_model):
    """D(x) = p_data(x) / (p_data(x) + p_model(x)).

    Takes the two densities' values at x, of one shape, which is the result's. Lecture, "Discriminator
    Strategy". The slide's "always" needs one of the two to be positive: where both vanish any D is optimal,
    and this gives nan.

    >>> print(optimal_discriminator(np.array([0.3, 0.1]), np.array([0.1, 0.1])))
    [0.75 0.5 ]
    """
    return p_data / (p_data + p_model)


def optimal_logit(log_p_data, log_p_model):
    """log(D / (1 - D)) = log p_data(x) - log p_model(x) at the optimal D: the log of the density ratio.

    Takes the two log-densities' values at x, of one shape, which is the result's. Lecture, "Discriminator
    Strategy": "estimating this ratio using supervised learning is the key approximation mechanism used by
    GANs".

    >>> logit = optimal_logit(np.log(0.3), np.log(0.1))
    >>> print(f"{1 / (1 + np.exp(-logit)):.6f}")
    0.750000
    """
    return log_p_data - log_p_model


def discriminator_loss(D_real, D_fake):
    """J^(D) = -1/2 E_(x ~ p_data) log D(x) - 1/2 E_z log(1 - D(G(z))), the means over two batches.

    `D_real` = D(x) and `D_fake` = D(G(z)) are probabilities, of any shapes; the result is a number. Lecture,
    "Minimax Game", and the same again in "Non-Saturating Game".

    >>> print(f"{discriminator_loss(np.array([0.8, 0.5]), np.array([0.5, 0.2])):.6f}")
    0.458145
    """
    return -np.mean(np.log(D_real)) / 2 - np.mean(np.log(1 - D_fake)) / 2


def discriminator_objective(D, p_data, p_model, low, high, points=20001):
    """J^(D) = -1/2 int p_data(x) log D(x) dx - 1/2 int p_model(x) log(1 - D(x)) dx.

    `D`, `p_data` and `p_model` are functions of a grid of shape (points,). Lecture, "Minimax Game", with its
    expectations written out. It is literal: where D(x) rounds to 0 or 1 the result is inf or nan, and
    `discriminator_objective_of_logit` is the one to ask.

    >>> from reference.densities import normal_density
    >>> unit_normal = lambda x: normal_density(x, 0.0, 1.0)
    >>> print(f"{discriminator_objective(lambda x: 0.5 + 0 * x, unit_normal, unit_normal, -10.0, 10.0):.6f}")
    0.693147
    """
    real = integrate(lambda x: p_data(x) * np.log(D(x)), low, high, points)
    fake = integrate(lambda x: p_model(x) * np.log(1 - D(x)), low, high, points)
    return -real / 2 - fake / 2


def discriminator_objective_of_logit(logit, log_p_data, log_p_model, low, high, points=20001):
    """J^(D) = 1/2 int p_data(x) log(1 + e^-v(x)) dx + 1/2 int p_model(x) log(1 + e^v(x)) dx, D = sigma(v).

    `logit`, `log_p_data` and `log_p_model` are functions of a grid of shape (points,). Lecture, "Minimax
    Game". It stays finite where D itself rounds to 0 or 1, as the optimal D does in the tails of any two
    normals:

    >>> from reference.densities import normal_log_density
    >>> p, q = (lambda x: normal_log_density(x, 0.0, 1.0)), (lambda x: normal_log_density(x, 6.0, 1.0))
    >>> logit = lambda x: optimal_logit(p(x), q(x))
    >>> print(f"{discriminator_objective_of_logit(logit, p, q, -10.0, 16.0):.8f}")
    0.00384925
    """
    # log D = -log(1 + e^-v) and log(1 - D) = -log(1 + e^v); logaddexp(0, v) is log(1 + e^v) without overflow.
    real = integrate(lambda x: np.exp(log_p_data(x)) * np.logaddexp(0, -logit(x)), low, high, points)
    fake = integrate(lambda x: np.exp(log_p_model(x)) * np.logaddexp(0, logit(x)), low, high, points)
    return real / 2 + fake / 2
