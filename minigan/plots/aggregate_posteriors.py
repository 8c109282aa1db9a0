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
    title, (clouds, labels) = title_of(system, trained), clouds_of(system, trained)
    if system.parts["on"] == "digits":
        return {**draw_images(system, trained), "codes.png": codes_beside_prior(clouds, labels, title, "class")}
    return {"samples.png": codes_beside_prior(clouds, labels, title, "point", probabilities_of(system, trained))}


def clouds_of(system: System, trained: Trained):
    """Codes (n, 2) of both posteriors and of the prior, by name, and of which examples they are, or classes: (n,)."""
    parts, found = system.parts, trained.state.parameters
    data, rng = system.data, random_.generator(2)
    rows = rng.integers(0, data.shape[0], (SHOWN,))
    x, labels = mnp.take(data, rows, 0), to_numpy(parts["labels"])[to_numpy(rows)].astype(int)
    clouds = {
        "VAE, Gaussian q(z | x)": to_numpy(gaussian_codes(parts["gaussian_layers"], found["gaussian"], x, rng)),
        "AVB, implicit q(z | x)": to_numpy(drawn_codes(parts["layers"], found["model"], x, 1, rng)[0, ...]),
        "the prior": to_numpy(rng.standard_normal((SHOWN, 2))),
    }
    return clouds, labels


def probabilities_of(system: System, trained: Trained) -> dict:
    """p(x) of each point by quadrature, as both models have it."""
    parts, found = system.parts, trained.state.parameters
    return {
        "VAE": np.exp(to_numpy(log_density(parts["gaussian_layers"], found["gaussian"], system.data, 129))),
        "AVB": np.exp(to_numpy(log_density(parts["layers"], found["model"], system.data, 129))),
    }


def codes_beside_prior(clouds: dict, labels, title: str = "", of: str = "point", probabilities: dict | None = None):
    """A panel for each cloud (n, 2) of ``clouds`` by name, coloured by ``labels`` (n,); the last is the prior's.

    Circles hold 50, 90 and 99 % of the prior. With ``probabilities``, arrays by name, a panel of bars besides.
    """
    bars = probabilities is not None
    drawn, axes = figure(1, 3 + bars, width=12.4 + 2.6 * bars, height=5.0 if not bars else 4.6)
    for panel, (name, points) in zip(axes, clouds.items()):
        last = name == list(clouds)[-1]
        codes_panel(panel, points, PLAIN if last else colours_of(labels), name)
    axes[0].set_ylabel("second code")
    legend_of(axes[0], np.unique(labels), of)
    if bars:
        probabilities_panel(axes[3], probabilities)
    if title:
        drawn.suptitle(f"{title}\ncircles hold 50, 90 and 99 % of the prior", fontsize=10)
    return drawn


def colours_of(labels):
    """One for each of ``labels`` (n,), integers."""
    return np.array(COLOURS)[labels % len(COLOURS)]


def codes_panel(panel, points, colours, name: str) -> None:
    """Codes (n, 2) in the plane, with circles of the prior."""
    panel.scatter(points[:, 0], points[:, 1], s=3, c=colours, alpha=0.5, linewidths=0, rasterized=True)
    for share in (0.5, 0.9, 0.99):
        around = np.linspace(0.0, 2.0 * np.pi, 200)
        radius = np.sqrt(-2.0 * np.log(1.0 - share))
        panel.plot(radius * np.cos(around), radius * np.sin(around), color=EXACT, linewidth=0.7, alpha=0.7)
    panel.set(xlim=(-4.2, 4.2), ylim=(-4.2, 4.2), xlabel="first code")
    panel.set_title(name, fontsize=11)
    panel.set_aspect("equal")
    tidy(panel)


def legend_of(panel, kinds, of: str) -> None:
    """What the colours of ``kinds`` mean; points are counted from 1, classes are what they are."""
    names = [f"{kind + 1 if of == 'point' else kind}" for kind in kinds]
    marks = [
        panel.scatter([], [], s=18, color=COLOURS[kind % len(COLOURS)], label=name) for kind, name in zip(kinds, names)
    ]
    panel.legend(handles=marks, title=of, frameon=False, fontsize=7, title_fontsize=8, loc="upper left")


def probabilities_panel(panel, probabilities: dict) -> None:
    """p(x) of each point by the VAE and by AVB, arrays (n,) by name, beside the data's."""
    count = len(next(iter(probabilities.values())))
    at = np.arange(count)
    for i, ((name, p), colour) in enumerate(zip(probabilities.items(), (PLAIN, FAKE))):
        panel.bar(at + 0.4 * i - 0.2, p, width=0.38, color=colour, label=f"{name}, in all {p.sum():.3f}")
    panel.axhline(1.0 / count, color=EXACT, linewidth=1.0, linestyle="--", label="data")
    panel.set_xticks(at, [str(point + 1) for point in at])
    panel.set(xlabel="point", ylabel="p(x), by quadrature", ylim=(0.0, 1.45 / count))
    panel.legend(frameon=False, fontsize=8, loc="upper center")
    tidy(panel)
