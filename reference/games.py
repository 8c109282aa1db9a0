"""The two games: what the generator minimises while the discriminator minimises J^(D).

Losses of batches take probabilities D(x), D(G(z)); the `..._objective` functions are their expectations, by
quadrature, of a discriminator given by its logit. At the equilibrium, where D = 1/2, the minimax J^(G) is
-log 2, the non-saturating J^(G) is (log 2)/2, and V is -log 4.
"""

import autograd.numpy as np

from reference.densities import integrate
from reference.discriminator import discriminator_loss, discriminator_objective_of_logit
from reference.divergences import kl


def minimax_generator_loss(D_real, D_fake):
    """J^(G) = -J^(D) = 1/2 E_(x ~ p_data) log D(x) + 1/2 E_z log(1 - D(G(z))).

    `D_real` and `D_fake` are probabilities, of any shapes; the result is a number. Lecture, "Minimax Game":
    the generator "minimizes the log-probability of the discriminator being correct".

    >>> print(f"{minimax_generator_loss(np.array([0.8, 0.5]), np.array([0.5, 0.2])):.6f}")
    -0.458145
    """
    return -discriminator_loss(D_real, D_fake)


def non_saturating_generator_loss(D_fake):
    """J^(G) = -1/2 E_z log D(G(z)).

    `D_fake` holds probabilities, of any shape; the result is a number. Lecture, "Non-Saturating Game": the
    generator "maximizes the log-probability of the discriminator being mistaken".

    >>> print(f"{non_saturating_generator_loss(np.array([0.5, 0.2])):.6f}")
    0.575646
    """
    return -np.mean(np.log(D_fake)) / 2


def value(D_real, D_fake):
    """V(G, D) = -2 J^(D) = E_(x ~ p_data) log D(x) + E_z log(1 - D(G(z))).

    `D_real` and `D_fake` are probabilities, of any shapes; the result is a number. Lecture, "Mode Collapse":
    min_G max_D V(G, D), where max_D V is min_D J^(D).

    >>> print(f"{value(np.array([0.5, 0.5]), np.array([0.5, 0.5])):.6f}")
    -1.386294
    """
    return -2 * discriminator_loss(D_real, D_fake)


def value_at_optimum(p, q):
    """max_D V = sum_k p_k log(p_k / (p_k + q_k)) + sum_k q_k log(q_k / (p_k + q_k)) = 2 JSD(P, Q) - log 4.

    `p` (the data's) and `q` (the model's) are probability vectors of shape (K,); the result is a number.
    Lecture, "Minimax Game": what "resembles Jensen-Shannon divergence" says exactly.

    >>> print(f"{value_at_optimum(np.array([0.5, 0.3, 0.2]), np.array([0.2, 0.3, 0.5])):.8f}")
    -1.25346573
    """
    return kl(p, p + q) + kl(q, p + q)


def minimax_generator_objective(logit, log_p_data, log_p_model, low, high, points=20001):
    """J^(G) = -J^(D) = 1/2 int p_data(x) log D(x) dx + 1/2 int p_model(x) log(1 - D(x)) dx.

    `logit`, `log_p_data` and `log_p_model` are functions of a grid of shape (points,). Lecture, "Minimax
    Game".

    >>> from reference.densities import normal_log_density
    >>> p = lambda x: normal_log_density(x, 0.0, 1.0)
    >>> print(f"{minimax_generator_objective(lambda x: 0 * x, p, p, -10.0, 10.0):.6f}")
    -0.693147
    """
    return -discriminator_objective_of_logit(logit, log_p_data, log_p_model, low, high, points)


def non_saturating_generator_objective(logit, log_p_model, low, high, points=20001):
    """J^(G) = -1/2 int p_model(x) log D(x) dx.

    `logit` and `log_p_model` are functions of a grid of shape (points,). Lecture, "Non-Saturating Game".

    >>> from reference.densities import normal_log_density
    >>> p, q = (lambda x: normal_log_density(x, 0.0, 1.0)), (lambda x: normal_log_density(x, 6.0, 1.0))
    >>> print(f"{non_saturating_generator_objective(lambda x: p(x) - q(x), q, -4.0, 16.0):.6f}")
    9.001925
    """
    # -log D = log(1 + e^-v) of the logit v.
    return integrate(lambda x: np.exp(log_p_model(x)) * np.logaddexp(0, -logit(x)), low, high, points) / 2
