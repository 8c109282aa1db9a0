"""Ensembling: in the linear model an optimum of randomised data and a randomised prior is an exact posterior draw.

    w(e, v) = argmin |y + e - X w|^2 / s^2 + |w - v|^2 / t^2,    e ~ N(0, s^2 I),    v ~ N(0, t^2 I)

has the posterior's mean and covariance, and is Gaussian, since it is linear in e and v: "randomise, then optimise". An
ensemble of which only the data are randomised is too narrow. Source: Bardsley et al. (2014); Osband et al. (2018).
Lecture, "Regularization as a bag of tricks".
"""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...arrays import takes_lists
from ...autodiff import jacobian
from ...backend import to_numpy
from ...random import as_generator
from ...validation import count
from .l2 import penalty
from .linear_model import LinearModel, example
from .row import Row


@takes_lists("e", "v")
def optimum(model: LinearModel, e, v):
    """argmin |y + e - X w|^2 / s^2 + |w - v|^2 / t^2 for e (n,) and v (d,): the mode of a shifted model, (d,).

    >>> from minigan.models.families.linear_model import linear_model
    >>> one = linear_model([[1.0]], [3.0])
    >>> float(optimum(one, mnp.ones(1), mnp.zeros(1))[0])  # of (4 - w)^2 + w^2
    2.0
    """
    moment = mnp.matmul(mnp.matrix_transpose(model.x), model.y + e) / model.noise**2 + v / model.deviation**2
    return mnp.linalg.solve(model.precision(), moment)


def law_of_optima(model: LinearModel, randomise: str = "both"):
    """Mean (d,) and covariance (d, d) of `optimum`, exact: of a linear map it is J Q J', with J by autodiff.

    ``randomise`` "data" or "prior" leaves the other as it is; "both" gives the posterior.

    >>> model = example()
    >>> mean, covariance = law_of_optima(model)
    >>> float(mnp.max(mnp.abs(covariance - model.posterior()[1]))) < 1e-14
    True
    """
    randomise, (n, d) = _randomised(randomise), model.x.shape
    e, v, covariance = mnp.zeros(n), mnp.zeros(d), mnp.zeros((d, d))
    for argument, (name, deviation) in enumerate({"data": model.noise, "prior": model.deviation}.items()):
        if randomise in (name, "both"):
            slope = jacobian(lambda e, v: optimum(model, e, v), argnums=argument)(e, v)
            covariance = covariance + deviation**2 * mnp.matmul(slope, mnp.matrix_transpose(slope))
    return optimum(model, e, v), covariance


def _randomised(what: str) -> str:
    if what not in ("both", "data", "prior"):
        raise ValueError(f"what is randomised is 'both', 'data' or 'prior', and was {what!r}")
    return what


def ensemble(model: LinearModel, members: int, rng=0, randomise: str = "both") -> np.ndarray:
    """Weights (members, d) of as many of scikit-learn's ridge regressions, each of data and a prior of its own.

    >>> ensemble(example(), members=3).shape
    (3, 5)
    """
    from sklearn.linear_model import Ridge

    members, rng, randomise = count(members, "members"), as_generator(rng), _randomised(randomise)
    x, (n, d) = to_numpy(model.x), model.x.shape
    e = model.noise * to_numpy(rng.standard_normal((n, members))) * (randomise != "prior")
    v = model.deviation * to_numpy(rng.standard_normal((d, members))) * (randomise != "data")
    tool = Ridge(alpha=penalty(model.noise, model.deviation), fit_intercept=False, solver="cholesky")
    return tool.fit(x, to_numpy(model.y)[:, None] + e - x @ v).coef_ + v.T


def measured() -> str:
    """What the arrow of `minigan figure families` says."""
    model = example()
    covariance = model.posterior()[1]
    off = float(mnp.max(mnp.abs(law_of_optima(model)[1] - covariance)))
    narrow = float(mnp.linalg.trace(law_of_optima(model, "data")[1]) / mnp.linalg.trace(covariance))
    return f"exact to {off:.0e}; data alone {narrow:.2f}"


ROW = Row("ensembling", "data and prior drawn anew", "draws of the posterior", measured)
