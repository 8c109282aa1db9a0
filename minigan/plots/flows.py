"""What an invertible map does: how it bends a plane, and what lies between the codes of two digits or nearer to 0."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models import System
from ..models.explicit import flow as flows
from ..models.explicit.bits import SIDE
from ..models.explicit.likelihood import parameters_of
from ..training import Trained
from .drawings import draw_images, draw_rows, draws, title_of
from .images import tile_images
from .style import DISCRIMINATOR, FAKE, FRAME, figure, tidy

LINES, REACH = 13, 3.0  # of the code's grid, from -3 to 3
TEMPERATURES = (0.0, 0.25, 0.5, 0.75, 1.0, 1.25)
BETWEEN = 9  # images from one digit to the other
PAIRS = 3


@draws("realnvp")
def draw_flow(system: System, trained: Trained) -> dict:
    """Samples; of the plane how the map bends it, of images what its code does."""
    flow, params, title = system.parts["flow"], parameters_of(trained), title_of(system, trained)
    if system.form.kind == "rows":
        points = system.parts["held_out"][:1500, ...]
        return {**draw_rows(system, trained), "bent-plane.png": bent_plane(flow, params, points, title)}
    return {**draw_images(system, trained), "latent-code.png": latent_code(system, params, title)}


# -- of the plane ----------------------------------------------------------------------------------------------------


def grid_of_codes(lines: int = LINES, reach: float = REACH, along: int = 961) -> np.ndarray:
    """Straight lines (2, lines, along, 2) in the plane of codes: the first half of a constant first number, and so on.

    >>> grid_of_codes(3, 1.0, 2)[0, 0]
    array([[-1., -1.],
           [-1.,  1.]])
    """
    at, t = np.linspace(-reach, reach, lines), np.linspace(-reach, reach, along)
    upright = np.stack(np.broadcast_arrays(at[:, None], t[None, :]), -1)
    return np.stack([upright, upright[..., ::-1]])


def bent_plane(flow, params, points, title: str = ""):
    """The grid of the code and where it comes from, with ``points`` (n, 2) of data on both sides, coloured by angle."""
    lines = grid_of_codes()
    back = to_numpy(flow.inverse(params, mnp.asarray(lines.reshape(-1, 2), dtype="float32"))).reshape(lines.shape)
    codes, points = to_numpy(flow.forward(params, points)[0]), to_numpy(points)
    angle = np.arctan2(*points.T[::-1])
    page, (left, right) = figure(1, 2, width=11.0, height=5.6)
    for panel, drawn, dots in ((left, back, points), (right, lines, codes)):
        for bundle, colour in zip(drawn, (FAKE, DISCRIMINATOR)):
            for line in bundle:
                panel.plot(line[:, 0], line[:, 1], color=colour, linewidth=0.8, alpha=0.8)
        panel.scatter(dots[:, 0], dots[:, 1], s=6, c=angle, cmap="hsv", vmin=-np.pi, vmax=np.pi, linewidths=0)
        panel.set_aspect("equal", adjustable="box")
        tidy(panel)
    room = 0.25 * np.ptp(points, 0)
    left.set(xlim=(points[:, 0].min() - room[0], points[:, 0].max() + room[0]))
    left.set(ylim=(points[:, 1].min() - room[1], points[:, 1].max() + room[1]))
    right.set(xlim=(-1.3 * REACH, 1.3 * REACH), ylim=(-1.3 * REACH, 1.3 * REACH))
    left.set(xlabel="x", ylabel="y")
    left.set_title("held-out points, and what the code's grid is bent to", fontsize=11)
    right.set(xlabel="first number of the code", ylabel="second number of the code")
    right.set_title("their codes, to be N(0, I), and the grid", fontsize=11)
    if title:
        page.suptitle(f"{title}\ncolour: the angle of the point in the plane of the data", fontsize=11)
    return page


# -- of images -------------------------------------------------------------------------------------------------------


def encoded(flow, params, pixels):
    """The codes of ``pixels`` (n, 64) in (0, 1)."""
    return flow.forward(params, flows.logit_transform(pixels).numbers)[0]


def decoded(flow, params, codes):
    """The pixels (n, 64) that ``codes`` stand for."""
    return mnp.reshape(flows.from_logits(flow.inverse(params, codes)), (codes.shape[0], -1))


def great_circle(first, last, count: int = BETWEEN) -> np.ndarray:
    """``count`` codes from one to the other that turn evenly, as long as codes are: a straight line would pass near 0.

    >>> great_circle(np.array([1.0, 0.0]), np.array([0.0, 1.0]), 3).round(4).tolist()
    [[1.0, 0.0], [0.7071, 0.7071], [0.0, 1.0]]
    """
    lengths = np.linalg.norm(first), np.linalg.norm(last)
    a, b = (one / max(length, 1e-12) for one, length in zip((first, last), lengths))
    angle = np.arccos(np.clip((a * b).sum(), -1.0, 1.0))
    t = np.linspace(0.0, 1.0, count).reshape(-1, *(1,) * first.ndim)
    if np.sin(angle) < 1e-6:
        return (1.0 - t) * first + t * last
    turned = (np.sin((1.0 - t) * angle) * a + np.sin(t * angle) * b) / np.sin(angle)
    return turned * ((1.0 - t) * lengths[0] + t * lengths[1])


def far_apart(images, count: int, among: int = 60) -> list[int]:
    """The first of ``images`` (n, d), then again and again the one whose nearest of those chosen is farthest away.

    >>> far_apart(np.array([[0.0], [1.0], [5.0], [3.0]]), 3)
    [0, 2, 3]
    """
    host, chosen = to_numpy(images)[:among].astype(float), [0]
    while len(chosen) < count:
        distances = np.square(host[:, None, :] - host[chosen][None, :, :]).sum(-1)
        chosen.append(int(distances.min(1).argmax()))
    return chosen


def between(system: System, params, count: int = BETWEEN, pairs: int = PAIRS):
    """Pixels between pairs of held-out digits, (pairs, 2, count, 64): on a `great_circle` of codes, and mixed themselves;
    and how far at most a pixel of these digits is from what it is encoded and decoded to."""
    flow, held_out = system.parts["flow"], system.parts["held_out"]
    levels = mnp.take(held_out, mnp.asarray(far_apart(held_out, 2 * pairs)), 0)
    pixels = system.parts["dequantised"](params, levels, random_.generator(2)).x
    codes = encoded(flow, params.flow, pixels)
    error = float(mnp.max(mnp.abs(decoded(flow, params.flow, codes) - pixels)))
    codes, pixels, t = to_numpy(codes), to_numpy(pixels), np.linspace(0.0, 1.0, count)[:, None]
    found = []
    for i in range(0, 2 * pairs, 2):
        path = mnp.asarray(great_circle(codes[i], codes[i + 1], count), dtype="float32")
        mixed = (1.0 - t) * pixels[i] + t * pixels[i + 1]
        found.append((to_numpy(decoded(flow, params.flow, path)), mixed))
    return np.array(found), error


def warmed(system: System, params, codes: int = 8):
    """Pixels (t, codes, 64) of the same codes at each of `TEMPERATURES`."""
    y = random_.generator(2).standard_normal((codes, SIDE // 2, SIDE // 2, 4), dtype="float32")
    return np.stack([to_numpy(decoded(system.parts["flow"], params.flow, t * y)) for t in TEMPERATURES])


def latent_code(system: System, params, title: str = ""):
    """The same codes at temperatures, and pairs of held-out digits with what lies between them, by code and by pixels.

    What is seen are grey levels, as samples are.
    """
    rows, error = between(system, params)
    page, (left, right) = figure(1, 2, width=12.0, height=4.6)
    for panel, sheet in ((left, warmed(system, params)), (right, rows.reshape(2 * PAIRS, BETWEEN, -1))):
        panel.set_facecolor(FRAME)
        levels = system.form.restore(sheet.reshape(-1, SIDE * SIDE))
        panel.imshow(tile_images(levels, sheet.shape[1]), cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest")
        panel.set_xticks([])
        panel.tick_params(length=0)
        panel.spines[:].set_visible(False)
    places = SIDE / 2 - 0.5 + (SIDE + 1) * np.arange(max(len(TEMPERATURES), 2 * PAIRS))
    left.set_yticks(places[: len(TEMPERATURES)], [f"{t:g}" for t in TEMPERATURES])
    left.set_ylabel("temperature: what the code is multiplied by")
    left.set_title("samples: the same eight codes", fontsize=11)
    right.set_yticks(places[: 2 * PAIRS], ["by code", "by pixels"] * PAIRS)
    right.set_title("between two held-out digits", fontsize=11)
    right.set_xlabel(f"encoded and decoded, no pixel of these is off by more than {error:.0e}")
    if title:
        page.suptitle(title, fontsize=11)
    return page
