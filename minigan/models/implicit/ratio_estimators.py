"""Ways to learn a density ratio from samples of two laws: each is a loss whose smallest value a network v = log p/q has.

    class probability   -pi E_p log sigma(v + c) - (1 - pi) E_q log(1 - sigma(v + c)),   c = log pi / (1 - pi)
    a row's bound       -(E_p T - E_q f*(T)),   T = f'(exp v)
    least squares       E_q r^2 / 2 - E_p r,   r = exp v: Pearson's row, halved and moved
    moments             |E_q r phi - E_p phi|^2 of a few features phi, and v linear in them
    kernel              |E_q r k(x, .) - E_p k(x, .)|^2, the maximum mean discrepancy between r q and p

Source: Mohamed and Lakshminarayanan (2016), Learning in implicit generative models, section 3.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...divergences import TABLE, FDivergence, named, weighted_jensen_shannon
from ...divergences.variational import bound_of_outputs, largest_output
from ...metrics.mmd import gaussian_kernel
from ...names import unknown
from ...validation import number

OTHERS = ("class_probability", "least_squares", "moments", "kernel")
BANDWIDTHS = (0.3, 0.8, 2.0)  # of the kernel; the pairs live within a few units
LARGEST = 8.0  # of |v|


class RatioEstimator(NamedTuple):
    """``loss(v_p, v_q, x_p, x_q)`` of a network's outputs at rows of p and of q, and what else there is to it.

    ``largest`` bounds |v| softly, since beyond it one point outweighs all others. ``row`` is the f-divergence whose bound
    it maximises, up to a factor and a number, if it does. With ``linear``, v is linear in features of degree two, since of
    nothing else would it be told anything. A step takes so many ``batches``. ``only_sign``: total variation, which tells
    on which side of 1 the ratio is, and no more.
    """

    name: str
    title: str
    loss: Callable
    largest: float = LARGEST
    row: FDivergence | None = None
    linear: bool = False
    batches: int = 1
    only_sign: bool = False


def prior_log_odds(prior: float) -> float:
    """log pi / (1 - pi), by which a classifier's logit exceeds log p/q if a share pi of what it sees is of p.

    Raises `ValueError` outside (0, 1).

    >>> round(prior_log_odds(0.2), 6)
    -1.386294
    """
    prior = number(prior, "the prior of p")
    if not 0.0 < prior < 1.0:
        raise ValueError(f"the prior of p is a share strictly between 0 and 1, and was {prior:g}")
    return math.log(prior) - math.log1p(-prior)


@takes_lists("v_p", "v_q")
def class_probability_loss(v_p, v_q, prior: float = 0.5):
    """-pi E_p log sigma(v + c) - (1 - pi) E_q log(1 - sigma(v + c)), c = log pi/(1 - pi), for outputs v = log p/q.

    >>> import minigan.numpy as mnp
    >>> round(float(class_probability_loss(mnp.zeros(3), mnp.zeros(3))), 6)  # log 2
    0.693147
    """
    c = prior_log_odds(prior)
    return prior * mnp.mean(mnp.softplus(-(v_p + c))) + (1.0 - prior) * mnp.mean(mnp.softplus(v_q + c))


@takes_lists("on_p", "on_q")
def classification_loss(on_p, on_q):
    """-E_p log sigma(T) - E_q log(1 - sigma(T)) of logits on either: least where T = log p/q.

    Source: Goodfellow et al. (2014), equation 1, for the discriminator alone.

    >>> import minigan.numpy as mnp
    >>> round(float(classification_loss(mnp.zeros(3), mnp.zeros(5))), 6)  # 2 log 2
    1.386294
    """
    return mnp.mean(mnp.softplus(-on_p)) + mnp.mean(mnp.softplus(on_q))


@takes_lists("v_p", "v_q")
def least_squares_loss(v_p, v_q):
    """E_q r^2 / 2 - E_p r, r = exp v: E_q (r - p/q)^2 / 2 but for a constant. Source: Kanamori et al. (2009).

    >>> import minigan.numpy as mnp
    >>> float(least_squares_loss(mnp.zeros(3), mnp.zeros(3)))
    -0.5
    """
    return 0.5 * mnp.mean(mnp.exp(2.0 * v_q)) - mnp.mean(mnp.exp(v_p))


@takes_lists("x")
def quadratic_features(x):
    """1, x, y, x^2, xy, y^2 of rows (n, 2), shape (n, 6): what Gaussians are exponential families of.

    >>> import minigan.numpy as mnp
    >>> [float(one) for one in quadratic_features(mnp.asarray([[2.0, 3.0]]))[0]]
    [1.0, 2.0, 3.0, 4.0, 6.0, 9.0]
    """
    a, b = x[:, 0], x[:, 1]
    return mnp.stack([mnp.ones_like(a), a, b, a * a, a * b, b * b], -1)


@takes_lists("v_q", "x_p", "x_q")
def moment_loss(v_q, x_p, x_q):
    """|E_q exp(v) phi - E_p phi|^2 for the features 1, x, y, x^2, xy, y^2, without bias.

    The square of a batch's difference is too large by its variance, which favours ratios near 0; the product of those of
    two halves is not.
    """
    weighted, wanted = mnp.exp(v_q)[:, None] * quadratic_features(x_q), quadratic_features(x_p)
    n, m = weighted.shape[0] // 2, wanted.shape[0] // 2
    first = mnp.mean(weighted[:n, ...], 0) - mnp.mean(wanted[:m, ...], 0)
    second = mnp.mean(weighted[n:, ...], 0) - mnp.mean(wanted[m:, ...], 0)
    return mnp.sum(first * second)


@takes_lists("v_q", "x_p", "x_q")
def kernel_loss(v_q, x_p, x_q, bandwidths=BANDWIDTHS):
    """The unbiased estimate of the squared maximum mean discrepancy between exp(v) q and p, p's own term left out."""
    kernel, r = gaussian_kernel(*bandwidths), mnp.exp(v_q)
    within = kernel(x_q, x_q)
    own = mnp.sum(mnp.square(r) * mnp.diagonal(within))
    n, m = x_q.shape[0], x_p.shape[0]
    total = mnp.sum(r * mnp.matmul(within, r)) - own
    return total / (n * (n - 1)) - 2.0 * mnp.sum(mnp.matmul(kernel(x_p, x_q), r)) / (n * m)


def estimator_called(name: str, prior: float = 0.5, samples: int = 1 << 20) -> RatioEstimator:
    """The estimator of that name: one of `OTHERS`, or a row of the f-GAN table; ``samples`` are seen in training.

    ``prior`` is that of p, of ``class_probability`` only; `ValueError` where it is given to another, and for unknown
    names.

    >>> estimator_called("pearson").row.name, estimator_called("total_variation").only_sign
    ('pearson', True)
    >>> estimator_called("hernel")
    Traceback (most recent call last):
    ValueError: a ratio is learned by no 'hernel'; the nearest is 'kernel' (or a row of minigan.divergences.TABLE)
    """
    if name != "class_probability" and prior != 0.5:
        raise ValueError(f"a prior of p is for class_probability, and {name} was told {prior:g}: leave it away")
    if name == "class_probability":
        prior_log_odds(prior)
        title = "class probability" + ("" if prior == 0.5 else f", prior {prior:g}")
        row = weighted_jensen_shannon(prior)
        return RatioEstimator(name, title, lambda v_p, v_q, x_p, x_q: class_probability_loss(v_p, v_q, prior), row=row)
    if name == "least_squares":
        row = TABLE["pearson"]
        loss = lambda v_p, v_q, x_p, x_q: least_squares_loss(v_p, v_q)
        return RatioEstimator(name, "least squares", loss, largest_output(row, samples), row)
    if name == "moments":
        loss = lambda v_p, v_q, x_p, x_q: moment_loss(v_q, x_p, x_q)  # cheap, and noisy: a square of differences
        return RatioEstimator(name, "moments of degree two", loss, linear=True, batches=8)
    if name == "kernel":
        return RatioEstimator(name, "kernel matching", lambda v_p, v_q, x_p, x_q: kernel_loss(v_q, x_p, x_q))
    if name not in TABLE and name.partition("(")[0] not in ("alpha", "weighted_jensen_shannon"):
        error = unknown("ratio", name, (*OTHERS, *TABLE), "or a row of minigan.divergences.TABLE")
        raise ValueError(str(error).replace("no ratio is called", "a ratio is learned by no"))
    row = named(name)
    smooth = row.formulas.f_second is not None
    return RatioEstimator(
        name,
        f"{name.replace('_', ' ')} bound",
        lambda v_p, v_q, x_p, x_q: -bound_of_outputs(row, v_p, v_q, canonical=smooth),
        largest_output(row, samples) if smooth else LARGEST,
        row,
        only_sign=not smooth,
    )


def without_overlap(estimator: RatioEstimator) -> str:
    """What an estimator does where p and q share no mass, so that the ratio is infinite on one and 0 on the other.

    >>> print(without_overlap(estimator_called("kl")))
    the bound of kl rises without end, as its divergence is infinite
    >>> print(without_overlap(estimator_called("squared_hellinger")))
    the bound of squared_hellinger rises to 2, the largest that there is, while log p/q grows without end
    """
    if estimator.name == "class_probability":
        return "the classifier's loss falls to 0 and its logit grows without end, ever more slowly"
    if estimator.name == "least_squares":
        return "the loss falls without end, as the mean ratio under p may be anything"
    if estimator.row is None:
        what = "moments" if estimator.linear else "mean features"
        return f"no weights of q's points need have the {what} of p, and a loss of 0 would make no ratio true"
    name, largest = estimator.row.name, estimator.row.largest
    if math.isinf(largest):
        return f"the bound of {name} rises without end, as its divergence is infinite"
    return f"the bound of {name} rises to {largest:g}, the largest that there is, while log p/q grows without end"
