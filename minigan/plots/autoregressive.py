"""Models that draw pixel by pixel: what each pixel is told, what it sees, samples by class, and what a sample costs."""

from __future__ import annotations

import time

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..autodiff import vjp
from ..backend import to_numpy
from ..models import System
from ..models.explicit.autoregressive import Autoregressive, drawn, drawn_plainly, products_in_order, uniforms
from ..models.explicit.bits import SIDE, digit_bits
from ..models.explicit.likelihood import parameters_of
from ..models.explicit.made import masked_network
from ..training import Trained
from .drawings import draw_images, draws, title_of
from .images import tile_images
from .style import DISCRIMINATOR, EXACT, FAKE, FRAME, REAL, figure, tidy

PLACES = ((1, 4), (4, 3), (6, 1))  # pixels whose view is shown


@draws("fvbn", "made", "pixelcnn")
def draw_pixel_by_pixel(system: System, trained: Trained) -> dict:
    """Samples; the conditionals of a few held-out digits; what some pixels see; samples of each class, if there are."""
    model, params, title = system.parts["model"], parameters_of(trained), title_of(system, trained)
    bits, shown = digit_bits(), 10
    x = bits.held_out[:shown, ...]
    given = mnp.astype(bits.held_out_labels[:shown], "int64") if system.conditions else None
    p = mnp.sigmoid(model.logits(params, x, given))
    pages = {
        **draw_images(system, trained),
        "conditionals.png": conditionals(to_numpy(x), to_numpy(p), title),
        "sees.png": what_pixels_see(*views(model, params, x, given), title),
    }
    if system.conditions:
        rng = random_.generator(2)
        samples = [to_numpy(system.sample(trained.state, shown, rng, condition=name)) for name in system.conditions]
        pages["classes.png"] = by_class(np.stack(samples), system.conditions, title)
    return pages


def conditionals(x, p, title: str = ""):
    """Digits x (n, 64), each pixel's p(1 | those before), and minus the log of what p gave to the pixel that came."""
    nats = -np.log(np.where(x > 0.5, p, 1.0 - p))
    sheets = (
        ("held-out digits", x, "gray_r", 1.0),
        ("p(1 | before)", p, "gray_r", 1.0),
        ("nats a pixel", nats, "magma_r", 3.0),
    )
    page, axes = figure(3, 1, width=9.6, height=3.9)
    for panel, (name, values, colours, most) in zip(axes, sheets):
        panel.set_facecolor(FRAME)
        shown = panel.imshow(
            tile_images(values, len(x), SIDE), cmap=colours, vmin=0.0, vmax=most, interpolation="nearest"
        )
        panel.set_ylabel(name, fontsize=8)
        panel.set_xticks([])
        panel.set_yticks([])
        panel.spines[:].set_visible(False)
    page.colorbar(shown, ax=axes[2], fraction=0.02, label="nats")
    axes[2].set_xticks(SIDE / 2 - 0.5 + (SIDE + 1) * np.arange(len(x)), [f"{one:.1f}" for one in nats.sum(1)])
    axes[2].tick_params(length=0)
    axes[2].set_xlabel("nats of the digit")
    if title:
        page.suptitle(title, fontsize=11)
    return page


def views(model: Autoregressive, params, x, given=None):
    """The mean |d logit / d x| over some images for each of `PLACES`, (3, 8, 8), and what comes before it."""
    _, pullback = vjp(lambda x: model.logits(params, x, given), x)
    seen, before = [], []
    for r, c in PLACES:
        at = r * SIDE + c
        one = mnp.asarray([1.0 if i == at else 0.0 for i in range(SIDE * SIDE)], dtype="float32")
        (slopes,) = pullback(mnp.broadcast_to(one, tuple(x.shape)))
        seen.append(to_numpy(mnp.mean(mnp.abs(slopes), 0)).reshape(SIDE, SIDE))
        earlier = set(model.order[: model.order.index(at)])
        before.append(np.array([i in earlier for i in range(SIDE * SIDE)]).reshape(SIDE, SIDE))
    return np.stack(seen), np.stack(before)


def what_pixels_see(seen, before, title: str = ""):
    """For each of `PLACES`: how strongly its logit depends on each pixel; unseen ones that come before it are marked."""
    from matplotlib.colors import LogNorm

    page, axes = figure(1, len(PLACES), width=9.6, height=3.9)
    scale = LogNorm(1e-4 * max(seen.max(), 1e-12), max(seen.max(), 1e-12))
    for panel, (r, c), strength, earlier in zip(axes, PLACES, seen, before):
        panel.set_facecolor("#eceff1")
        shown = panel.imshow(np.where(strength > 0.0, strength, np.nan), cmap="viridis", norm=scale)
        blind = np.argwhere(earlier & (strength == 0.0))
        panel.scatter(blind[:, 1], blind[:, 0], marker="x", color=FAKE, s=30)
        panel.scatter([c], [r], marker="s", color=EXACT, s=60)
        panel.set_title(f"row {r + 1}, column {c + 1}: {len(blind)} of {earlier.sum()} before it unseen", fontsize=9)
        panel.set_xticks([])
        panel.set_yticks([])
    page.colorbar(shown, ax=list(axes), fraction=0.02, label="mean |d logit / d x|")
    if title:
        page.suptitle(f"{title}\nwhat a pixel (square) sees; crosses come before it and are not seen", fontsize=10)
    return page


def by_class(samples, names, title: str = ""):
    """A row of samples (classes, n, 64) for each class that was asked for."""
    count = samples.shape[1]
    page, panel = figure(width=5.4, height=5.6)
    panel.set_facecolor(FRAME)
    sheet = tile_images(samples.reshape(-1, SIDE * SIDE), count, SIDE)
    panel.imshow(sheet, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest")
    panel.set_yticks(SIDE / 2 - 0.5 + (SIDE + 1) * np.arange(len(names)), names)
    panel.set_xticks([])
    panel.tick_params(length=0)
    panel.spines[:].set_visible(False)
    panel.set_ylabel("class that was asked for")
    if title:
        page.suptitle(title, fontsize=10)
    return page


# -- what a sample costs ---------------------------------------------------------------------------------------------


def sampling_cost(sizes=(16, 36, 64, 100, 144), hidden: int = 128):
    """Evaluations and seconds of a sample of n bits, plainly and with a cache, and of a likelihood, over n."""
    ways = {"sample, plainly": FAKE, "sample, with a cache": REAL, "likelihood": DISCRIMINATOR}
    evaluations, seconds = {way: [] for way in ways}, {way: [] for way in ways}
    for n in sizes:
        model = masked_network(range(n), (hidden,))
        params = model.init(random_.generator(0))
        numbers = uniforms(model, params, 1, random_.generator(1))
        x, count = drawn(model, params, numbers), Terms()
        model.logits(params, x, None, count)
        whole = count.terms
        for way, run in (
            ("sample, plainly", lambda products, m=model, p=params, u=numbers: drawn_plainly(m, p, u, None, products)),
            ("sample, with a cache", lambda products, m=model, p=params, u=numbers: drawn(m, p, u, None, products)),
            ("likelihood", lambda products, m=model, p=params, x=x: m.logits(p, x, None, products)),
        ):
            count = Terms()
            run(count)
            evaluations[way].append(count.terms / whole)
            seconds[way].append(least_seconds(lambda run=run: run(products_in_order)))
    page, (left, right) = figure(1, 2, width=9.6, height=4.0)
    for way, colour in ways.items():
        left.plot(sizes, evaluations[way], "o-", color=colour, label=way)
        right.plot(sizes, seconds[way], "o-", color=colour, label=way)
    for axes, what in ((left, "evaluations of the network, counted by terms"), (right, "seconds, of this machine")):
        axes.set(xscale="log", yscale="log", xlabel="bits of a sample, n", ylabel=what)
        axes.set_xticks(sizes, [str(n) for n in sizes])
        axes.minorticks_off()
        tidy(axes)
    left.legend(frameon=False, fontsize=9)
    page.suptitle(
        f"a masked network of {hidden} hidden units: a likelihood takes one evaluation, a sample n", fontsize=11
    )
    return page


class Terms:
    """`products_in_order`, counting what it multiplies."""

    def __init__(self):
        self.terms = 0

    def __call__(self, pairs, total=None):
        pairs = list(pairs)
        self.terms += sum(x.shape[0] * matrix.shape[0] * matrix.shape[1] for x, matrix in pairs)
        return products_in_order(pairs, total)


def least_seconds(run, times: int = 3) -> float:
    """The shortest of a few runs."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        run()
        found.append(time.perf_counter() - start)
    return min(found)
