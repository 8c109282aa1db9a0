"""What an autoencoder's code of two numbers stands for, where it puts digits, and how far q is from the true posterior."""

from __future__ import annotations

from statistics import NormalDist
from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models import System
from ..models.explicit import iaf, vae
from ..models.explicit.bits import SIDE, digit_bits
from ..models.explicit.likelihood import parameters_of
from ..training import Trained
from .drawings import draw_images, draws, title_of
from .images import tile_images
from .style import EXACT, FAKE, FRAME, figure, tidy

MANIFOLD = 15  # codes a side
GAPS_OF = 60  # held-out digits among which some are chosen
CHOSEN = (0.0, 0.25, 0.5, 0.75, 1.0)  # by these quantiles of the gap
RADII = (1.0, 2.0)  # of circles of noise, inside of which q has 1 - exp(-r^2 / 2) of its mass


@draws("vae", "iaf")
def draw_autoencoder(system: System, trained: Trained) -> dict:
    """Samples; the code's plane, decoded and with the held-out digits' codes on it; posteriors beside their q."""
    layers, params, title = system.parts["layers"], parameters_of(trained), title_of(system, trained)
    bits = digit_bits()
    means = mean_codes(layers, params, bits.held_out)
    found = posteriors(layers, params, bits.held_out[:GAPS_OF, ...])
    return {
        **draw_images(system, trained),
        "code.png": plane_of_codes(manifold(layers, params), means, to_numpy(bits.held_out_labels), title),
        "posteriors.png": posteriors_and_q(found, title),
    }


# -- the plane of codes ----------------------------------------------------------------------------------------------


def normal_quantiles(count: int = MANIFOLD) -> np.ndarray:
    """The middles of ``count`` parts in which a standard normal number lies equally often.

    >>> normal_quantiles(3).round(4)
    array([-0.9674,  0.    ,  0.9674])
    """
    return np.array([NormalDist().inv_cdf((i + 0.5) / count) for i in range(count)])


def manifold(layers, params, count: int = MANIFOLD):
    """The mean pixels that codes at `normal_quantiles` decode to, (count, count, 64): the second number rises upwards."""
    at = normal_quantiles(count)
    z = np.stack(np.meshgrid(at, at[::-1]), -1).reshape(-1, 2)
    logits = layers.decoder.apply(vae.in_doubles(params).decoder, mnp.asarray(z))
    return to_numpy(mnp.sigmoid(logits)).reshape(count, count, -1)


def drawn_codes(layers, params, x, noise):
    """Where q takes ``noise`` (k, n, 2), given images x (n, 64), in float64: shape (k, n, 2)."""
    params, x = vae.in_doubles(params), mnp.astype(x, "float64")
    if hasattr(layers, "flow"):
        return iaf.drawn_codes(layers, params, x, noise).z
    mean, log_deviation = vae.posterior(layers, params, x)
    return mean + mnp.exp(log_deviation) * noise


def mean_codes(layers, params, x) -> np.ndarray:
    """The mean of q(z | x), by the trapezoidal rule over its noise: (n, 2)."""
    noise, weight = vae.noise_grid(21)
    noise = mnp.broadcast_to(noise[:, None, :], (noise.shape[0], x.shape[0], 2))
    return np.einsum("k,knd->nd", to_numpy(weight), to_numpy(drawn_codes(layers, params, x, noise)))


def plane_of_codes(sheet, means, labels, title: str = ""):
    """On the left what codes decode to, (m, m, 64), on the right the ``means`` (n, 2) of q, coloured by class."""
    from matplotlib import colormaps

    count = len(sheet)
    page, (left, right) = figure(1, 2, width=12.0, height=5.9)
    left.set_facecolor(FRAME)
    left.imshow(tile_images(sheet.reshape(-1, SIDE * SIDE), count, SIDE), cmap="gray_r", vmin=0.0, vmax=1.0)
    at, shown = normal_quantiles(count), np.arange(0, count, max(1, count // 7))
    places, words = (SIDE + 1) * shown + SIDE / 2 - 0.5, [f"{at[i]:.2f}" for i in shown]
    left.set_xticks(places, words)
    left.set_yticks((SIDE + 1) * (count - 1 - shown) + SIDE / 2 - 0.5, words)
    left.set(xlabel="first number of the code, by normal quantiles", ylabel="second number of the code")
    left.set_title("mean pixels that a code decodes to", fontsize=11)
    for k in np.unique(labels):
        mine = means[labels == k]
        colour = colormaps["tab10"](int(k) % 10)
        right.scatter(mine[:, 0], mine[:, 1], s=14, color=colour, alpha=0.75, linewidths=0, label=f"{int(k)}")
    turn = np.linspace(0.0, 2.0 * np.pi, 200)
    for radius in RADII:
        right.plot(radius * np.cos(turn), radius * np.sin(turn), color=EXACT, linewidth=0.7, linestyle=":")
    right.set_aspect("equal", adjustable="datalim")
    right.set(xlabel="first number of the code", ylabel="second number of the code")
    right.set_title(f"mean codes of {len(means)} held-out digits; dotted: one and two deviations of p(z)", fontsize=11)
    right.legend(
        title="digit", frameon=False, fontsize=9, loc="center left", bbox_to_anchor=(1.0, 0.5), markerscale=1.8
    )
    tidy(right)
    if title:
        page.suptitle(title, fontsize=11)
    return page


# -- posteriors ------------------------------------------------------------------------------------------------------


class Posterior(NamedTuple):
    """p(z | x) of an ``image`` (64,) and its q.

    ``density`` (k, k) at ``axes`` x (k,) and y (k,), a row for every y; of q the ``draws`` (m, 2), the ``rings`` (r, t, 2)
    that it makes of circles of noise, and KL(q || p(z | x)), the ``gap``, in nats.
    """

    image: np.ndarray
    axes: tuple[np.ndarray, np.ndarray]
    density: np.ndarray
    draws: np.ndarray
    rings: np.ndarray
    gap: float


def gaps(layers, params, x) -> np.ndarray:
    """KL(q(z | x) || p(z | x)) of every image, by quadrature."""
    if not hasattr(layers, "flow"):
        return to_numpy(vae.evidence_and_gap(layers, params, x).gap)
    return to_numpy(vae.log_density(layers, params, x) - iaf.exact_elbo(layers, params, x))


def posteriors(layers, params, x, points: int = 121) -> list[Posterior]:
    """Of those images of ``x`` (n, 64) whose gaps are the quantiles `CHOSEN`, from the smallest to the largest."""
    every = gaps(layers, params, x)
    order = np.argsort(every, kind="stable")
    chosen = [int(order[round(q * (len(order) - 1))]) for q in CHOSEN]
    rows = mnp.stack([x[i, ...] for i in chosen])
    joint = to_numpy(vae.log_joint_on_grid(layers, params, rows))
    log_p = np.logaddexp.reduce(joint, -1)
    codes = to_numpy(vae.grid()[0])
    draws = to_numpy(drawn_codes(layers, params, rows, random_.generator(2).standard_normal((200, len(chosen), 2))))
    turn = np.linspace(0.0, 2.0 * np.pi, 121)
    noise = np.concatenate([r * np.stack([np.cos(turn), np.sin(turn)], -1) for r in RADII])
    noise = mnp.asarray(np.repeat(noise[:, None, :], len(chosen), 1))
    rings = to_numpy(drawn_codes(layers, params, rows, noise)).reshape(len(RADII), len(turn), len(chosen), 2)
    found = []
    for place, i in enumerate(chosen):
        weight = np.exp(joint[place] - log_p[place])
        axes = _window(codes, weight, rings[:, :, place].reshape(-1, 2), points)
        z = mnp.asarray(np.stack(np.meshgrid(*axes), -1).reshape(-1, 2))
        image = mnp.astype(rows[place, ...], "float64")
        log_joint = vae.log_likelihood(layers, vae.in_doubles(params), image, z) + vae.log_normal(z)
        density = np.exp(to_numpy(log_joint) - log_p[place]).reshape(points, points)
        found.append(
            Posterior(to_numpy(rows)[place], axes, density, draws[:, place], rings[:, :, place], float(every[i]))
        )
    return found


def _window(codes, weight, rings, points: int):
    """A square about three and a half deviations of the posterior, and the rings of q."""
    mean = weight @ codes
    reach = 3.5 * np.sqrt(weight @ (codes - mean) ** 2)
    low, high = np.minimum(mean - reach, rings.min(0)), np.maximum(mean + reach, rings.max(0))
    middle, half = 0.5 * (low + high), 0.53 * float((high - low).max())
    return tuple(np.linspace(centre - half, centre + half, points) for centre in middle)


def posteriors_and_q(found: list[Posterior], title: str = ""):
    """Each posterior in green below its image, with the draws and rings of q on it."""
    page, axes = figure(
        2, len(found), width=2.9 * len(found) + 0.4, height=5.2, gridspec_kw={"height_ratios": (0.45, 1)}
    )
    for (above, below), one in zip(axes.T, found):
        above.imshow(one.image.reshape(SIDE, SIDE), cmap="gray_r", vmin=0.0, vmax=1.0)
        above.set_facecolor(FRAME)
        above.set_xticks([])
        above.set_yticks([])
        below.contourf(*one.axes, one.density, 12, cmap="Greens")
        below.scatter(one.draws[:, 0], one.draws[:, 1], s=4, color=FAKE, alpha=0.5, linewidths=0)
        for ring in one.rings:
            below.plot(ring[:, 0], ring[:, 1], color=FAKE, linewidth=1.2)
        below.set(xlim=one.axes[0][[0, -1]], ylim=one.axes[1][[0, -1]])
        below.set_aspect("equal", adjustable="box")
        below.set_title(f"KL(q || p(z | x)) = {one.gap:.3f} nats", fontsize=10)
        below.set_xlabel("first number")
        tidy(below)
    axes[1, 0].set_ylabel("second number")
    words = (
        "green: p(z | x) by quadrature; purple: draws of q(z | x), and curves inside of which 39 % and 86 % of it lie"
    )
    page.suptitle(f"{title}\n{words}" if title else words, fontsize=10)
    return page
