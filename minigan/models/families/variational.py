"""Stochastic variational inference contains the regularisers: each is a kind of q below the top of one bound.

    L(q) = E_q log p(y, w) + H(q) = log p(y) - KL(q(w) || p(w | y))

In the linear model every q below is known. A point has its top at L2's optimum; a Gaussian at the law of ensembles; what
Langevin's noise settles at comes to it with the step; weights drawn from the prior and descending have a bound that rises
and falls again, whose top says when to stop early; weights times dropout's masks have theirs at a ridge; and of a discrete
code coordinate ascent is EM, batches of which are as good.
Source: Hoffman et al. (2013); Duvenaud, Maclaurin and Adams (2016) on stopping; Roeder, Wu and Duvenaud (2017) on slopes.
Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...arrays import takes_lists
from ...autodiff import jacobian, stop_gradient
from ...backend import to_numpy
from ...random import as_generator
from ...training import Player, players_learner, train
from ...validation import count, positive
from . import expectation_maximisation as em
from .dropout import masks
from .ensembling import law_of_optima
from .gradient_noise import stationary_covariance
from .linear_model import LinearModel, example
from .mode import mode
from .row import Row


@takes_lists("mean", "covariance")
def bound(model: LinearModel, mean, covariance) -> float:
    """L(q) of q = N(mean, covariance), (d,) and (d, d), in closed form: log p(y) where q is the posterior.

    >>> model = example()
    >>> abs(bound(model, *model.posterior()) - model.log_evidence()) < 1e-10
    True
    """
    curved = 0.5 * mnp.sum(model.precision() * covariance)
    entropy = 0.5 * (mnp.linalg.slogdet(covariance)[1] + mean.shape[0] * math.log(2.0 * math.pi * math.e))
    return float(model.log_density(mean) - curved + entropy)


def gap(model: LinearModel, mean, covariance) -> float:
    """log p(y) - L(q) = KL(q || p(w | y)), in nats."""
    return model.log_evidence() - bound(model, mean, covariance)


def langevin_gap(model: LinearModel, rate: float) -> float:
    """KL from the posterior to what Langevin's noise settles at: 1/2 sum [1 / (1 - u) - 1 + log(1 - u)], u = rate l / 2.

    Over the eigenvalues l of H; (rate^2 / 16) sum l^2 as the step vanishes.

    >>> round(langevin_gap(example(), 1e-5) / langevin_gap(example(), 5e-6), 2)  # as the square of the step
    4.0
    """
    u = 0.5 * rate * mnp.linalg.eigvalsh(model.precision())
    return float(0.5 * mnp.sum(u / (1.0 - u) + mnp.log1p(-u)))


def stopped(model: LinearModel, rate: float, steps: int):
    """Mean (d,) and covariance (d, d) of weights that begin at the prior's draws and descend -log p(y, w) for ``steps``.

    The descent is a linear map J of where it begins, of which autodiff knows J: covariance t^2 J J'.
    """
    rate, steps = positive(rate, "the rate"), count(steps, "steps", least=0)
    moment = mnp.matmul(mnp.matrix_transpose(model.x), model.y) / model.noise**2

    def descended(w):
        for _ in range(steps):
            w = w - rate * (mnp.matmul(model.precision(), w) - moment)
        return w

    start = mnp.zeros(model.x.shape[1])
    by_start = jacobian(descended)(start)
    return descended(start), model.deviation**2 * mnp.matmul(by_start, mnp.matrix_transpose(by_start))


def stopped_bounds(model: LinearModel, rate: float, most: int) -> np.ndarray:
    """L of `stopped` after 0, 1, ..., most steps, by eigenvectors of H: the factor left of a start is (1 - rate l)^k.

    >>> bounds = stopped_bounds(example(), 1e-4, 2000)
    >>> int(bounds.argmax()), round(float(bounds.max() - example().log_evidence()), 2)
    (341, -4.84)
    """
    values, vectors = mnp.linalg.eigh(model.precision())
    mean, _ = model.posterior()
    values, top = to_numpy(values), to_numpy(mnp.matmul(mnp.matrix_transpose(vectors), mean))
    left = (1.0 - positive(rate, "the rate") * values) ** np.arange(count(most, "most", least=0) + 1)[:, None]
    variances = (model.deviation * left) ** 2
    kl = 0.5 * (values * (variances + (left * top) ** 2) - 1.0 - np.log(values * variances)).sum(1)
    return model.log_evidence() - kl


def most_probable_with_dropout(model: LinearModel, keep: float) -> np.ndarray:
    """m of the highest E log p(y, m * mask / keep) over all masks, whose own entropy does not depend on m."""
    scaled, log_p = masks(model.x.shape[1], keep)
    return to_numpy(
        mode(lambda m: mnp.sum(mnp.exp(log_p) * model.log_density(m * scaled)), mnp.zeros(model.x.shape[1]))
    )


def dropout_ridge(model: LinearModel, keep: float) -> np.ndarray:
    """The same in closed form: ridge of weights (1 - p)/p (X'X)_jj + s^2 / (p t^2)."""
    square = mnp.matmul(mnp.matrix_transpose(model.x), model.x)
    weights = (1.0 - keep) / keep * mnp.linalg.diagonal(square) + model.noise**2 / (keep * model.deviation**2)
    moment = mnp.matmul(mnp.matrix_transpose(model.x), model.y)
    return to_numpy(mnp.linalg.solve(square + weights * mnp.eye(square.shape[0]), moment))


def gaussian_by_svi(model: LinearModel, steps: int = 600, draws: int = 16, rng=0, batch: int | None = None):
    """Mean (d,) and covariance (d, d) of q = N(m, R R') after ``steps`` up the bound, by draws w = m + R xi and autodiff.

    The slope leaves out the score of q, whose mean is 0: at the posterior it has then no variance, and the top is reached
    to rounding. With a ``batch`` only so many rows are seen a step, drawn anew, and m and R are left with their noise.

    >>> m, covariance = gaussian_by_svi(example())
    >>> gap(example(), m, covariance) < 1e-9
    True
    """
    steps, draws = count(steps, "steps"), count(draws, "draws")
    n, d = model.x.shape
    batch = None if batch is None else count(batch, "batch", most=n)
    fastest = float(mnp.max(mnp.linalg.eigvalsh(model.precision())))

    def draw(rng, state):
        rows = rng.permutation(n)[:batch] if batch else mnp.arange(n)
        return rng.standard_normal((draws, d)), rows

    def loss(parameters, given, rng):
        xi, rows = given
        m, root = parameters["q"]
        w = m + mnp.matmul(xi, mnp.matrix_transpose(root))
        fixed_m, fixed_root = stop_gradient(m), stop_gradient(root)
        white = mnp.matrix_transpose(mnp.linalg.solve(fixed_root, mnp.matrix_transpose(w - fixed_m)))
        log_q = -0.5 * mnp.sum(mnp.square(white), -1)
        share = n / rows.shape[0]
        residual = mnp.take(model.y, rows, 0) - mnp.matmul(w, mnp.matrix_transpose(mnp.take(model.x, rows, 0)))
        squares = share * mnp.sum(mnp.square(residual), -1) / model.noise**2
        return mnp.mean(0.5 * (squares + mnp.sum(mnp.square(w), -1) / model.deviation**2) + log_q)

    start = (mnp.zeros(d), mnp.eye(d) / math.sqrt(fastest))
    rate = optim.cosine(0.5 / fastest, steps) if batch else 0.5 / fastest
    learner = players_learner({"q": Player(lambda rng: start, loss, optim.sgd(rate))}, draw)
    m, root = train(learner, steps, rng=rng, check_every=steps).state.parameters["q"]
    return m, mnp.matmul(root, mnp.matrix_transpose(root))


def mixture_by_batches(x, components: int, steps: int = 1500, batch: int = 50, rng=0) -> em.Theta:
    """A mixture of Gaussians by stochastic variational inference: q(z) of a batch exactly, theta by a natural gradient.

    In the mean parameters of p(x, z) that gradient is what a batch tells less what was believed, so a step of length 1
    with all rows is an iteration of EM; of length 10 / (10 + t) here.
    """
    steps, rng = count(steps, "steps"), as_generator(rng)
    batch = count(batch, "batch", most=x.shape[0])
    theta = em.begin(x, components)
    mass, first, second = moments(theta)
    for t in range(steps):
        rows = mnp.take(x, rng.permutation(x.shape[0])[:batch], 0)
        told = moments(em.m_step(em.e_step(theta, rows), rows))
        length = 10.0 / (10.0 + t)
        mass, first, second = (old + length * (new - old) for old, new in zip((mass, first, second), told))
        means = first / mass[:, None]
        theta = em.Theta(mass, means, second / mass[:, None] - mnp.square(means))
    return theta


def moments(theta: em.Theta):
    """E [z_j], E [z_j x] and E [z_j x^2] under p(x, z | theta)."""
    mass = theta.weights[:, None]
    return theta.weights, mass * theta.means, mass * (theta.variances + mnp.square(theta.means))


def corners(model: LinearModel, rate: float = 1e-3, stop: float = 1e-4, most: int = 3000) -> dict[str, float]:
    """How many nats each kind of q is below log p(y), at its best: KL(q || posterior).

    >>> {name: round(below, 4) for name, below in corners(example()).items()}
    {'a Gaussian, free': 0.0,
     'gradient noise, step 0.001': 0.0026,
     'an ensemble, data alone': 0.0003,
     'a Gaussian, independent': 0.0811,
     'stopped early': 4.8433,
     'the prior': 332.9298}
    """
    mean, covariance = model.posterior()
    independent = 1.0 / mnp.linalg.diagonal(model.precision()) * mnp.eye(mean.shape[0])  # the best diagonal one
    return {
        "a Gaussian, free": gap(model, mean, covariance),
        f"gradient noise, step {rate:g}": gap(model, mean, stationary_covariance(model, rate)),
        "an ensemble, data alone": gap(model, *law_of_optima(model, "data")),
        "a Gaussian, independent": gap(model, mean, independent),
        "stopped early": model.log_evidence() - float(stopped_bounds(model, stop, most).max()),
        "the prior": gap(model, mnp.zeros_like(mean), model.deviation**2 * mnp.eye(mean.shape[0])),
    }


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    model = example()
    m, covariance = gaussian_by_svi(model)
    return f"within {abs(gap(model, m, covariance)):.0e} nats of log p(y)"


ROW = Row("all of them", "a kind of q each", "stochastic variational inference", measured)
