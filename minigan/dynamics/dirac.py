"""The Dirac-GAN: data at 0, one sample at theta, D(x) = psi x. The smallest GAN, and every regulariser shows in it."""

from __future__ import annotations

import cmath
import math

import numpy as np

import minigan.numpy as mnp

from ..rebuilt import rebuilt_by_name
from ..validation import non_negative, number, positive
from .game import TwoPlayerGame

LOSSES = ("minimax", "non_saturating", "wasserstein")
POINTS = 64  # of the quadrature over instance noise


@rebuilt_by_name
def dirac_gan(
    loss: str = "minimax",
    *,
    r1: float = 0.0,
    r2: float = 0.0,
    gradient_penalty: float = 0.0,
    target: float = 1.0,
    instance_noise: float = 0.0,
) -> TwoPlayerGame:
    """x = theta, the generator's one sample, against y = psi, the slope of D's logit psi x; the data are at 0.

    D descends E softplus(-psi x) + E softplus(psi x') over real x = 0 and generated x' = theta, without the lecture's
    factor 1/2 (with it, eigenvalues without a penalty halve); G descends -softplus(psi theta) (``"minimax"``) or
    softplus(-psi theta) (``"non_saturating"``). ``"wasserstein"``: D descends psi theta, G ascends it. Added to D's
    loss, for |dD/dx| = |psi| everywhere:

        r1, r2             gamma/2 E |dD/dx|^2 = gamma/2 psi^2, at real or at generated points
        gradient_penalty   lambda E (|dD/dx| - target)^2 = lambda (|psi| - target)^2

    ``instance_noise`` is the standard deviation of Gaussian noise on real and generated points, integrated by
    quadrature. The equilibrium is (0, 0), with eigenvalues in `dirac_eigenvalues`. Source:
    Mescheder, Geiger and Nowozin (2018), section 2 and figure 1; their psi has the other sign. For weight clipping give
    the method `optim.clip_weights`, for consensus the method `consensus`.

    >>> from minigan.dynamics import spectrum
    >>> spectrum(dirac_gan("non_saturating"), (0.0, 0.0))
    array([0.+0.5j, 0.-0.5j])
    """
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"the loss of dirac_gan is one of {', '.join(LOSSES)}, and was {loss!r}")
    weights = {"r1": r1, "r2": r2, "gradient_penalty": gradient_penalty, "target": target}
    r1, r2, weight, target = (non_negative(value, f"the {name} of dirac_gan") for name, value in weights.items())
    deviation = non_negative(instance_noise, "the instance_noise of dirac_gan")

    def over_noise(function, psi, centre):
        """E function(psi (centre + noise)), by Gauss-Hermite quadrature."""
        if deviation == 0.0:
            return function(psi * centre)
        nodes, shares = np.polynomial.hermite_e.hermegauss(POINTS)
        noise, shares = (mnp.asarray(x, dtype=_dtype(psi)) for x in (deviation * nodes, shares / shares.sum()))
        return mnp.sum(shares * function(psi * (centre + noise)))

    def discriminator_loss(theta, psi):
        if loss == "wasserstein":
            value = psi * theta  # noise of mean 0 changes nothing
        else:
            value = over_noise(lambda v: mnp.softplus(-v), psi, 0.0) + over_noise(mnp.softplus, psi, theta)
        value = value + 0.5 * (r1 + r2) * psi * psi
        if weight == 0.0:
            return value
        return value + weight * (psi * psi if target == 0.0 else mnp.square(mnp.abs(psi) - target))

    def generator_loss(theta, psi):
        if loss == "wasserstein":
            return -psi * theta
        if loss == "minimax":
            return -over_noise(mnp.softplus, psi, theta)
        return over_noise(lambda v: mnp.softplus(-v), psi, theta)

    return TwoPlayerGame(generator_loss, discriminator_loss, f"dirac_{loss}")


def _dtype(x) -> str:
    from ..backend import dtype_name

    return dtype_name(x.dtype)


def dirac_eigenvalues(loss: str = "minimax", *, gamma: float = 0.0, instance_noise: float = 0.0) -> np.ndarray:
    """The closed form at (0, 0): -gamma/2 +- sqrt(gamma^2/4 - h^2), h = 1/2 (1 for ``"wasserstein"``), by real part.

    ``gamma`` is that of r1, or of r2, or their sum. Instance noise sigma acts as gamma = sigma^2 / 2 would, not at all
    in ``"wasserstein"``. Source: Mescheder, Geiger and Nowozin (2018), lemmas 2.3 to 4.1, and their appendix.

    >>> dirac_eigenvalues("minimax", gamma=1.0)  # critical: the fastest
    array([-0.5+0.j, -0.5+0.j])
    """
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"the loss of dirac_gan is one of {', '.join(LOSSES)}, and was {loss!r}")
    gamma = number(gamma, "the gamma of dirac_eigenvalues")
    instance_noise = non_negative(instance_noise, "the instance_noise of dirac_eigenvalues")
    slope = 1.0 if loss == "wasserstein" else 0.5
    damping = gamma + (0.0 if loss == "wasserstein" else 0.5 * instance_noise**2)
    root = cmath.sqrt(0.25 * damping**2 - slope**2)
    return np.array([-0.5 * damping + root, -0.5 * damping - root])


def non_saturating_radius(t: float) -> float:
    """sqrt(8 / t): how the non-saturating Dirac-GAN's radius falls in the long run, by averaging over a turn.

    d(r^2)/dt = -2 s tanh(s/2), s = theta psi, of which a turn leaves -r^4/8: slower than any exponential. Raises
    `ValueError` for a time that is not positive.

    >>> non_saturating_radius(200.0), non_saturating_radius(20_000.0)  # a hundred times as long for a tenth
    (0.2, 0.02)
    """
    return math.sqrt(8.0 / positive(t, "the time t of non_saturating_radius"))
