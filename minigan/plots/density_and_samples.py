"""The two views that the lecture begins with, of one model in one row: the data, density estimation, sample generation.

What the density looks like goes by what an example is. Of rows of one number to three it is drawn itself. Of images and
longer rows there are three histograms of log p(x): of held-out examples, of the model's own samples, and of examples of
which every number was taken from another one, so that nothing but the pixels' frequencies is left. Of sound it is the law
of every next symbol; of a law on a few images each one's probability.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import dtype_name, to_numpy
from ..models import System
from ..training import Trained
from .images import tile_images
from .sound import draw_waves
from .style import DISCRIMINATOR, EXACT, FAKE, FRAME, REAL, figure, tidy

SHOWN = 200  # examples of a histogram
TILES = 6  # images a side
POINTS = 97  # of the plane, and of what is integrated out
PLACES = 64  # of a sound
DRAWS = 3000  # from which frequencies are counted
HISTOGRAMS = REAL, FAKE, EXACT


def density_and_samples(system: System, trained: Trained, title: str = ""):
    """A figure of three panels, of a system that `likelihood_system` made: data, what its density says, samples."""
    page, axes = figure(1, 3, width=13.0, height=4.6, gridspec_kw={"width_ratios": (1.0, 1.25, 1.0)})
    _draw_for(system)(axes, system, trained)
    if title:
        page.suptitle(title, fontsize=11)
    return page


def _draw_for(system: System):
    """What draws the three panels."""
    kind, held_out = system.form.kind, system.parts["held_out"]
    if kind == "rows":
        return {1: _line, 2: _plane, 3: _plane}.get(held_out.shape[1], _many_columns)
    if kind == "sound" and hasattr(system.parts.get("network"), "log_conditionals"):
        return _sound
    return _few_images if "entropy" in system.parts else _images


# -- log-densities of examples ---------------------------------------------------------------------------------------


class LogDensities(NamedTuple):
    """log p(x) in nats, one by one: shapes (n,). ``kind`` says whether it is exact, a bound or an estimate."""

    held_out: np.ndarray
    samples: np.ndarray
    shuffled: np.ndarray
    kind: str


def log_densities(system: System, trained: Trained, shown: int = SHOWN, samples=None) -> LogDensities:
    """Of ``shown`` held-out examples or all, as many ``samples`` (drawn here, if none are given), and as many that are
    `shuffled`."""
    rng, parts, params = random_.generator(3), system.parts, trained.state.parameters["model"]
    held_out = parts["held_out"]
    n = min(shown, held_out.shape[0])
    real = mnp.take(held_out, rng.permutation(held_out.shape[0])[:n], 0)
    samples = system.sample(trained.state, n, rng) if samples is None else samples[:n, ...]
    if "as_held_out" in parts:
        samples = parts["as_held_out"](samples)
    x = mnp.concatenate([real, mnp.astype(samples, real.dtype), shuffled(held_out, rng)[:n, ...]])
    found = to_numpy(parts["nats"](params, x, rng)).astype(float)
    return LogDensities(found[:n], found[n : 2 * n], found[2 * n :], _kind(parts["judge"](params, real[:2, ...], rng)))


def _kind(nats) -> str:
    if nats.interval is None:
        return nats.kind
    low, high = nats.interval
    return f"{nats.kind}, all moved by up to {0.5 * (high - low):.2f}"


def shuffled(rows, rng):
    """The rows (n, d) with each column in an order of its own: columns keep their law and forget one another."""
    order = np.argsort(to_numpy(rng.uniform(tuple(rows.shape))), 0)
    return mnp.asarray(np.take_along_axis(to_numpy(rows), order, 0), dtype=dtype_name(rows.dtype))


def draw_histograms(axes, found: LogDensities, names=("held out", "samples", "independent pixels")) -> None:
    """The three laws of log p(x), each with its mean. What lies far below the others is counted at the left end."""
    shown = [(name, values[np.isfinite(values)], colour) for name, values, colour in zip(names, found, HISTOGRAMS)]
    shown = [one for one in shown if len(one[1])]
    low, high = _frame([values for _, values, _ in shown])
    edges = np.linspace(low, high, 49)
    top = 0.0
    for name, values, colour in shown:
        beyond = (values < low).mean()
        label = f"{name}: mean {values.mean():.2f}" + (f", {beyond:.0%} farther to the left" if beyond else "")
        kept = np.clip(values, low, high)
        heights, _, _ = axes.hist(kept, edges, density=True, color=colour, alpha=0.45, label=label)
        axes.axvline(max(values.mean(), low), 0.0, 0.75, color=colour, linewidth=1.3)
        top = max(top, heights.max())
    axes.set(xlim=(low, high), ylim=(0.0, top / 0.75 or 1.0))
    axes.set_xlabel(f"log p(x), nats ({found.kind})")
    axes.set_ylabel("share of examples, per nat")
    if shown:
        axes.legend(frameon=False, fontsize=8, loc="upper left")
    tidy(axes)


def _frame(values) -> tuple[float, float]:
    """All of the first two laws, and of the third what lies within three times their width."""
    if not values:
        return -1.0, 1.0
    near = np.concatenate(values[:2])
    width = max(float(np.ptp(near)), 1e-3 * (1.0 + abs(float(near.mean()))))
    ends = np.concatenate(values)
    return max(float(ends.min()), near.min() - 3.0 * width) - 0.05 * width, float(ends.max()) + 0.05 * width


# -- images ----------------------------------------------------------------------------------------------------------


def _images(axes, system, trained):
    (real, fake), form = _examples(system, trained, SHOWN), system.form
    for panel, images, name, colour in ((axes[0], real, "data", REAL), (axes[2], fake, "samples", FAKE)):
        draw_tiles(panel, form.restore(images)[: TILES * TILES], form, name, colour)
    draw_histograms(axes[1], log_densities(system, trained, samples=fake))
    _headed(axes[1])


def draw_tiles(axes, images, form, name: str, colour: str, columns: int = TILES) -> None:
    """Images (n, h, w) in a square."""
    axes.set_facecolor(FRAME if form.ink else "white")
    sheet = tile_images(images, columns)
    sheet = sheet[..., 0] if sheet.ndim == 3 else sheet
    how = {"cmap": "gray_r" if form.ink else "gray", "vmin": form.low, "vmax": form.high}
    axes.imshow(sheet, interpolation="nearest", **how)
    axes.set_title(name, color=colour, fontsize=12)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_visible(False)


def _few_images(axes, system, trained):
    """Of a law whose every example is known: each one's probability, and how often it is among samples."""
    real, fake = system.parts["held_out"], system.sample(trained.state, DRAWS, random_.generator(2))
    form = system.form
    draw_tiles(axes[0], form.restore(real), form, f"data: {real.shape[0]} images, each as likely", REAL)
    draw_tiles(axes[2], form.restore(fake[: TILES * TILES, ...]), form, "samples", FAKE)
    draw_probabilities(axes[1], *probabilities(system, trained, fake))
    _headed(axes[1])


def probabilities(system: System, trained: Trained, samples):
    """Of every example its probability, and its share of ``samples``, likeliest first: two of shape (n,)."""
    own = to_numpy(system.parts["held_out"])
    p = np.exp(to_numpy(system.log_density(trained.state, system.parts["held_out"])).astype(float))
    drawn = to_numpy(samples)
    share = np.array([(drawn == one).all(-1).mean() for one in own])
    order = np.argsort(-p, kind="stable")
    return p[order], share[order]


def draw_probabilities(axes, p, share) -> None:
    """Probabilities (n,) as bars below 1/n, and shares of `DRAWS` samples with two standard errors."""
    rank = np.arange(1, len(p) + 1)
    axes.bar(rank, p, color=DISCRIMINATOR, alpha=0.45, label=f"p(x), exact: {p.sum():.4f} in all")
    error = 2.0 * np.sqrt(share * (1.0 - share) / DRAWS)
    drawn = f"share of {DRAWS:,} samples: {share.sum():.4f}"
    axes.errorbar(rank, share, error, fmt="o", color=FAKE, markersize=3, linewidth=0.8, label=drawn)
    axes.axhline(1.0 / len(p), color=EXACT, linewidth=1.0, linestyle=":", label=f"of the data: 1 / {len(p)}")
    axes.set_ylim(0.0, 1.5 * max(p.max(), share.max(), 1.0 / len(p)))
    axes.set_xlabel("image, likeliest first")
    axes.set_ylabel("probability")
    axes.legend(frameon=False, fontsize=8, loc="upper right")
    tidy(axes)


# -- rows ------------------------------------------------------------------------------------------------------------


def _line(axes, system, trained):
    real, fake = (to_numpy(x).astype(float)[:, 0] for x in _examples(system, trained, 2000))
    low, high = _limits(real)
    x = np.linspace(low, high, 401)
    p = np.exp(_log_density(system, trained, x[:, None]))
    for panel, values, name, colour in ((axes[0], real, "data", REAL), (axes[2], fake, "samples", FAKE)):
        panel.hist(values, 40, range=(low, high), density=True, color=colour, alpha=0.45)
        panel.set_title(name, color=colour, fontsize=12)
    axes[1].fill_between(x, p, color=DISCRIMINATOR, alpha=0.3, linewidth=0)
    axes[1].plot(x, p, color=DISCRIMINATOR)
    for panel in axes:
        panel.set_xlabel((system.form.columns or ("x",))[0], parse_math=False)
        panel.set_ylabel("density")
        tidy(panel)
    axes[1].set_xlabel(f"{axes[1].get_xlabel()}\n{_means(system, trained)}", parse_math=False)
    _headed(axes[1])


def _plane(axes, system, trained):
    """Of three columns the first two: the third is integrated out."""
    real, fake = (to_numpy(x).astype(float) for x in _examples(system, trained, 1500))
    x, y = (np.linspace(*_limits(column), POINTS) for column in real.T[:2])
    shown = axes[1].contourf(x, y, density_on_plane(system, trained, x, y, real[:, 2:]), 12, cmap="Blues")
    names = system.form.columns or ("first column", "second column", "third column")
    axes[1].figure.colorbar(shown, ax=axes[1], fraction=0.046, label="density")
    for panel, points, name, colour in ((axes[0], real, "data", REAL), (axes[2], fake, "samples", FAKE)):
        panel.scatter(points[:, 0], points[:, 1], s=4, color=colour, alpha=0.35, linewidths=0)
        panel.set_title(name, color=colour, fontsize=12)
    for panel in axes:
        panel.set(xlim=(x[0], x[-1]), ylim=(y[0], y[-1]))
        panel.set_xlabel(names[0], parse_math=False)
        panel.set_aspect("equal", adjustable="box")
        tidy(panel)
    axes[0].set_ylabel(names[1], parse_math=False)
    besides = f"; the {names[2]} integrated out" if real.shape[1] == 3 else ""
    axes[1].set_xlabel(f"{names[0]}{besides}\n{_means(system, trained)}", parse_math=False)
    _headed(axes[1])


def density_on_plane(system: System, trained: Trained, x, y, others=None):
    """p at every point of ``x`` (k,) and ``y`` (m,), shape (m, k); a third column is integrated out.

    By the trapezoidal rule over twice the range that the values of ``others`` (n, 1) have.
    """
    plane = np.stack(np.meshgrid(x, y), -1).reshape(-1, 2)
    if others is None or others.shape[1] == 0:
        return np.exp(_log_density(system, trained, plane)).reshape(len(y), len(x))
    middle, reach = 0.5 * (others.max() + others.min()), float(np.ptp(others))
    z = np.linspace(middle - reach, middle + reach, 2 * POINTS)
    total = 0.0
    for third in z:
        total = total + np.exp(_log_density(system, trained, np.c_[plane, np.full(len(plane), third)]))
    return (total * (z[1] - z[0])).reshape(len(y), len(x))


def _many_columns(axes, system, trained):
    real, fake = (to_numpy(x).astype(float) for x in _examples(system, trained, 1500))
    for panel, points, name, colour in ((axes[0], real, "data", REAL), (axes[2], fake, "samples", FAKE)):
        panel.scatter(points[:, 0], points[:, 1], s=4, color=colour, alpha=0.35, linewidths=0)
        panel.set_title(name, color=colour, fontsize=12)
        panel.set(xlabel="first column", ylabel="second column", xlim=_limits(real[:, 0]), ylim=_limits(real[:, 1]))
        tidy(panel)
    draw_histograms(axes[1], log_densities(system, trained), ("held out", "samples", "independent columns"))
    _headed(axes[1])


def _limits(values) -> tuple[float, float]:
    """About all of the values but the farthest few."""
    low, high = np.quantile(values, (0.003, 0.997))
    room = 0.12 * (high - low) or 1.0
    return float(low - room), float(high + room)


def _means(system, trained) -> str:
    found = log_densities(system, trained, 2000)
    means = f"held out {found.held_out.mean():.2f}, samples {found.samples.mean():.2f}"
    return f"mean log p(x), nats ({found.kind}): {means}"


# -- sound -----------------------------------------------------------------------------------------------------------


def _sound(axes, system, trained):
    """Waves, and the law of the next symbol along a stretch of held-out sound."""
    real, fake = (system.form.restore(x) for x in _examples(system, trained, 4))
    draw_waves(axes[0], real, system.form.rate, "data", REAL)
    draw_waves(axes[2], fake, system.form.rate, "samples", FAKE)
    symbols, start = system.parts["held_out"][:1, ...], min(system.parts["network"].field, PLACES)
    logs = system.parts["network"].log_conditionals(trained.state.parameters["model"], symbols)
    place = slice(start, start + PLACES)
    draw_next_symbols(axes[1], to_numpy(logs)[0, place, :], to_numpy(symbols)[0, place], start)
    known = system.parts.get("signal")
    if known is not None:
        axes[1].set_xlabel(f"place\nthe signal's entropy rate is {known.entropy_rate:.3f} nats a symbol")
    _headed(axes[1])


def draw_next_symbols(axes, log_p, symbols, start: int = 0) -> None:
    """log p (places, levels) of every symbol given those before it as a map, and the ``symbols`` (places,) that came."""
    from matplotlib.colors import PowerNorm

    places, levels = log_p.shape
    at = start + np.arange(places)
    extent = (at[0] - 0.5, at[-1] + 0.5, -0.5, levels - 0.5)
    scale = PowerNorm(0.5, 0.0, 1.0)  # so that small probabilities are seen as well
    how = {"cmap": "Blues", "norm": scale, "interpolation": "nearest", "aspect": "auto"}
    shown = axes.imshow(np.exp(log_p).T, origin="lower", extent=extent, **how)
    mean = log_p[np.arange(places), symbols].mean()
    came = f"the symbol that came: {mean:.3f} nats each (exact)"
    axes.plot(at, symbols, "o", color=REAL, markersize=4, markeredgecolor="white", markeredgewidth=0.4, label=came)
    axes.figure.colorbar(shown, ax=axes, fraction=0.046, label="p(symbol | those before)")
    axes.set_xlabel("place")
    axes.set_ylabel("symbol")
    axes.set_ylim(-0.5, 1.18 * levels)
    axes.set_yticks(np.unique(np.linspace(0, levels - 1, min(levels, 6)).astype(int)))
    axes.legend(frameon=False, fontsize=8, loc="upper left")


# -- what all have ---------------------------------------------------------------------------------------------------


def _examples(system, trained, n: int):
    """As many real examples and samples."""
    rng = random_.generator(2)
    rows = system.data.shape[0] if hasattr(system.data, "shape") else n
    return system.real(rng, min(n, rows)), system.sample(trained.state, n, rng)


def _log_density(system, trained, x):
    """Of points (n, d) on the host, in the dtype of the data."""
    dtype = dtype_name(system.parts["held_out"].dtype)
    return to_numpy(system.log_density(trained.state, mnp.asarray(x, dtype=dtype))).astype(float)


def _headed(axes) -> None:
    axes.set_title("density", color=DISCRIMINATOR, fontsize=12)
