"""Sources that independent component analysis takes apart, beside those that were mixed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models import System
from ..models.explicit.ica import MIXING, amari_index, drawn_sources, log_sech_density
from ..models.explicit.likelihood import parameters_of
from ..training import Trained
from .drawings import draw_rows, draws, title_of
from .style import EXACT, FAKE, REAL, figure, tidy

SOURCES = ("Laplace", "logistic", "Student t")


@draws("ica")
def draw_ica(system: System, trained: Trained) -> dict:
    """All pairs of mixtures; the sources found in them against the true ones."""
    return {
        **draw_rows(system, trained),
        "sources.png": found_and_true(parameters_of(trained), title_of(system, trained)),
    }


class Matched(NamedTuple):
    """Which recovered source stands for each true one, ``order``, and by what it is multiplied, ``scale``: shapes (d,)."""

    order: np.ndarray
    scale: np.ndarray


def matched(product) -> Matched:
    """The pairing of sources under which W A, shape (d, d), is nearest to a diagonal: order, sign and scale are free.

    >>> matched([[0.1, -2.0], [3.0, 0.0]])
    Matched(order=array([1, 0]), scale=array([ 3., -2.]))
    """
    from scipy.optimize import linear_sum_assignment

    product = np.asarray(product, dtype=float)
    strength = np.abs(product) / np.maximum(np.linalg.norm(product, axis=1, keepdims=True), 1e-300)
    rows, columns = linear_sum_assignment(-strength)
    order = rows[np.argsort(columns)]
    return Matched(order, product[order, np.arange(len(order))])


def found_and_true(unmixing, title: str = "", n: int = 5000):
    """Above, each true source and the recovered one that stands for it; below, its law beside the one assumed of it."""
    true = to_numpy(drawn_sources(random_.generator(2), n, "float64"))
    unmixing, mixing = to_numpy(unmixing).astype(float), np.array(MIXING)
    found = true @ mixing.T @ unmixing.T
    order, scale = matched(unmixing @ mixing)
    page, axes = figure(2, 3, width=10.6, height=6.6)
    for i, name in enumerate(SOURCES):
        above, below, recovered = axes[0, i], axes[1, i], found[:, order[i]] * np.sign(scale[i] or 1.0)
        size = abs(scale[i]) or 1.0
        above.scatter(true[:, i], recovered / size, s=4, color=FAKE, alpha=0.4, linewidths=0)
        reach = np.abs(true[:, i]).max()
        above.plot([-reach, reach], [-reach, reach], color=EXACT, linewidth=0.8, linestyle=":")
        above.set(xlabel=f"true source: {name}", ylabel="recovered, to its scale" if i == 0 else "")
        above.set_title(f"correlation {np.corrcoef(true[:, i], recovered)[0, 1]:.4f}", fontsize=10)
        ends = float(np.quantile(np.abs(recovered), 0.995))
        s = np.linspace(-ends, ends, 401)
        below.hist(recovered, 60, range=(-ends, ends), density=True, color=FAKE, alpha=0.4, label="recovered")
        below.plot(s, np.exp(to_numpy(log_sech_density(mnp.asarray(s)))), color=EXACT, label="assumed, 1 / (π cosh s)")
        below.plot(s, true_density(name, s / size) / size, color=REAL, linestyle="--", label="true, to this scale")
        below.set(xlabel="source in the model's scale", ylabel="density" if i == 0 else "")
        tidy(above)
        tidy(below)
    axes[1, 0].legend(frameon=False, fontsize=8, loc="upper left")
    axes[1, 0].margins(y=0.35)
    index = f"Amari index {amari_index(unmixing @ mixing):.4f}, 0 where each source is found"
    page.suptitle(f"{title}\n{index}" if title else index, fontsize=11)
    return page


def true_density(name: str, s) -> np.ndarray:
    """The density of one of `SOURCES` with variance 1."""
    from scipy import stats

    laws = {
        "Laplace": stats.laplace(scale=np.sqrt(0.5)),
        "logistic": stats.logistic(scale=np.sqrt(3.0) / np.pi),
        "Student t": stats.t(5.0, scale=np.sqrt(0.6)),
    }
    return laws[name].pdf(s)
