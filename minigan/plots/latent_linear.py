"""Principal components as the noiseless limit of a latent-variable model, in the plane, and how far it is from that."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models.families.latent_linear import distance_from_pca, factor_analysis, probabilistic_pca
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy


def family_latent():
    """Left: rows in the plane and where the model puts them. Middle: the distance by noise. Right: likelihoods."""
    from sklearn.decomposition import PCA, FactorAnalysis

    page, (left, middle, right) = figure(1, 3, width=14.0, height=4.6)
    rng = np.random.default_rng(0)
    x = rng.standard_normal((40, 2)) @ np.array([[1.6, 0.9], [-0.25, 0.45]])
    left.plot(x[:, 0], x[:, 1], "o", ms=4, color=EXACT, label="rows")
    for variance, colour in ((2.0, "#d98c3f"), (0.5, FAKE), (1e-6, DISCRIMINATOR)):
        found = to_numpy(probabilistic_pca(x, 1, variance).reconstructed(mnp.asarray(x)))
        left.plot(found[:, 0], found[:, 1], ".", ms=6, color=colour, label=f"E[Wz + m | x], v = {variance:g}")
        if variance == 1e-6:
            left.plot(*np.stack([x, found], 1).transpose(2, 1, 0), color=colour, lw=0.5, alpha=0.6)
    left.set(xlabel="$x_1$", ylabel="$x_2$", title="noise draws the projection in", aspect="equal")
    left.legend(frameon=False, fontsize=8, loc="upper left")
    noises = 10.0 ** np.arange(-6, 2)
    length = np.linalg.eigvalsh(np.cov(x.T, bias=True))[-1]
    middle.loglog(noises, [distance_from_pca(x, 1, v) for v in noises], "o", color=FAKE, label="measured")
    line = 10.0 ** np.linspace(-6.0, 1.0, 100)
    middle.loglog(line, line / (length + line), color=EXACT, lw=1.0, label="v / (l + v)")
    middle.set(xlabel="noise v", ylabel="distance from PCA's projection, relative", title="PCA as v → 0")
    middle.legend(frameon=False)
    angles = np.pi * np.arange(8) / 8.0
    circles = np.stack([np.cos(angles), np.sin(angles), np.cos(2.0 * angles)])
    rows = 1.2 * rng.standard_normal((100, 3)) @ circles + rng.standard_normal((100, 8)) * np.linspace(0.4, 1.2, 8)
    codes = (1, 2, 3)
    factors = [float(factor_analysis(rows, q).log_evidence(mnp.asarray(rows))) / len(rows) for q in codes]
    right.plot(codes, factors, "-", color=REAL, label="factor analysis, by its evidence")
    ours = [float(probabilistic_pca(rows, q).log_evidence(mnp.asarray(rows))) / len(rows) for q in codes]
    right.plot(codes, ours, "-", color=DISCRIMINATOR, label="probabilistic PCA, closed form")
    theirs = [FactorAnalysis(q, svd_method="lapack", tol=1e-6, max_iter=3000).fit(rows).score(rows) for q in codes]
    right.plot(codes, theirs, "x", color=EXACT, ms=7, label="scikit-learn")
    right.plot(codes, [PCA(q).fit(rows).score(rows) for q in codes], "x", color=EXACT, ms=7)
    right.set(xlabel="codes", ylabel="log p(x), nats a row", title="100 rows of three factors", xticks=codes)
    right.legend(frameon=False, fontsize=9)
    for panel in (left, middle, right):
        panel.title.set_fontsize(11)
        tidy(panel)
    return page
