"""Where autoencoders put codes: q(z | x) of every example in the plane, all of them together beside the prior."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models import System
from ..models.explicit.vae import log_density
from ..models.implicit.two_posteriors import drawn_codes, gaussian_codes
from ..training import Trained
from .drawings import draw_images, draws, title_of
from .style import EXACT, FAKE, figure, tidy

PLAIN = "#9e9e9e"  # the prior, and the VAE that AVB stands beside
SHOWN = 6000  # codes in a panel
COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#777777", "#e0842f", "#8c6d31", "#222222")


@draws("avb")
def draw_posteriors(system: System, trained: Trained) -> dict:
    """Codes of both posteriors by example, or by class, beside the prior; and p(x) of each point, or digits."""
    parts, found, title = system.parts, trained.state.parameters, title_of(system, trained)
    data, rng = system.data, random_.generator(2)
    rows = rng.integers(0, data.shape[0], (SHOWN,))
    x, labels = mnp.take(data, rows, 0), to_numpy(parts["labels"])[to_numpy(rows)].astype(int)
    clouds = {
        "VAE, Gaussian q(z | x)": to_numpy(gaussian_codes(parts["gaussian_layers"], found["gaussian"], x, rng)),
        "AVB, implicit q(z | x)": to_numpy(drawn_codes(parts["layers"], found["model"], x, 1, rng)[0, ...]),
        "the prior": to_numpy(rng.standard_normal((SHOWN, 2))),
    }
    if parts["on"] == "digits":
        return {**draw_images(system, trained), "codes.png": codes_beside_prior(clouds, labels, title, "class")}
    p = {
        "VAE": np.exp(to_numpy(log_density(parts["gaussian_layers"], found["gaussian"], data, 129))),
        "AVB": np.exp(to_numpy(log_density(parts["layers"], found["model"], data, 129))),
    }
    return {"samples.png": codes_beside_prior(clouds, labels, title, "point", p)}


def codes_beside_prior(clouds: dict, labels, title: str = "", of: str = "point", probabilities: dict | None = None):
    """A panel for each cloud (n, 2) of ``clouds`` by name, coloured by ``labels`` (n,); the last is the prior's.

    Circles hold 50, 90 and 99 % of the prior. With ``probabilities``, arrays by name, a panel of bars besides.
    """
    bars = probabilities is not None
    drawn, axes = figure(1, 3 + bars, width=12.4 + 2.6 * bars, height=5.0 if not bars else 4.6)
    for panel, (name, points) in zip(axes, clouds.items()):
        last = name == list(clouds)[-1]
        colour = PLAIN if last else np.array(COLOURS)[labels % len(COLOURS)]
        panel.scatter(points[:, 0], points[:, 1], s=3, c=colour, alpha=0.5, linewidths=0, rasterized=True)
        for share in (0.5, 0.9, 0.99):
            around = np.linspace(0.0, 2.0 * np.pi, 200)
            radius = np.sqrt(-2.0 * np.log(1.0 - share))
            panel.plot(radius * np.cos(around), radius * np.sin(around), color=EXACT, linewidth=0.7, alpha=0.7)
        panel.set(xlim=(-4.2, 4.2), ylim=(-4.2, 4.2), xlabel="first code")
        panel.set_title(name, fontsize=11)
        panel.set_aspect("equal")
        tidy(panel)
    axes[0].set_ylabel("second code")
    kinds = np.unique(labels)
    marks = [
        axes[0].scatter(
            [], [], s=18, color=COLOURS[kind % len(COLOURS)], label=f"{kind + 1 if of == 'point' else kind}"
        )
        for kind in kinds
    ]
    axes[0].legend(handles=marks, title=of, frameon=False, fontsize=7, title_fontsize=8, loc="upper left")
    if bars:
        at = np.arange(len(kinds))
        for i, ((name, p), colour) in enumerate(zip(probabilities.items(), (PLAIN, FAKE))):
            axes[3].bar(at + 0.4 * i - 0.2, p, width=0.38, color=colour, label=f"{name}, in all {p.sum():.3f}")
        axes[3].axhline(1.0 / len(kinds), color=EXACT, linewidth=1.0, linestyle="--", label="data")
        axes[3].set_xticks(at, [str(kind + 1) for kind in kinds])
        axes[3].set(xlabel="point", ylabel="p(x), by quadrature", ylim=(0.0, 1.45 / len(kinds)))
        axes[3].legend(frameon=False, fontsize=8, loc="upper center")
        tidy(axes[3])
    if title:
        drawn.suptitle(f"{title}\ncircles hold 50, 90 and 99 % of the prior", fontsize=10)
    return drawn
