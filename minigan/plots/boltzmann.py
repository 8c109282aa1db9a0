"""What a run of a Boltzmann machine looks like: its chains, its hidden units, and the law that it has come to."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from .. import random as random_
from ..backend import to_numpy
from ..models import System
from ..training import Trained
from .drawings import draw_images, draws, title_of
from .images import samples_beside_real, tile_images
from .style import EXACT, FAKE, FRAME, REAL, figure, tidy

AFTER = (0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)


@draws("rbm")
def draw_rbm(system: System, trained: Trained) -> dict:
    """Samples beside digits; chains on their way from independent pixels; what each hidden unit stands for."""
    model, params = system.parts["model"], trained.state.parameters["model"]
    title = title_of(system, trained)
    return {
        **draw_images(system, trained),
        "chains.png": chains_of(model, params, system.data, title),
        "hidden-units.png": weights_of(to_numpy(params.weights), title),
    }


def chains_of(model, params, data, title: str = "", shown: int = 8, chains: int = 200):
    """``shown`` chains after 0, 1, 2, 5, ... sweeps, a column each time, over the free energy's mean along them."""
    rng = random_.generator(2)
    side = round(model.visible**0.5)
    states, seen, energies = model.start(rng, chains), [], []
    for sweeps in range(AFTER[-1] + 1):
        if sweeps > 0:
            states = model.sweep(params, states, rng.uniform((chains, model.units), dtype=states.dtype))
        if sweeps in AFTER:
            seen.append(to_numpy(states)[:shown, : model.visible])
        energies.append(to_numpy(model.free_energy(params, states[:, : model.visible])))
    drawn, (above, below) = figure(2, 1, width=8.6, height=8.4, gridspec_kw={"height_ratios": (2.2, 1)})
    sheet = tile_images(np.stack(seen, 1).reshape(-1, side, side), len(AFTER))
    above.set_facecolor(FRAME)
    above.imshow(sheet, cmap="gray_r", vmin=0.0, vmax=1.0, interpolation="nearest", aspect="equal")
    above.set_xticks([(side + 1) * (i + 0.5) - 1 for i in range(len(AFTER))], [str(after) for after in AFTER])
    above.set_yticks([])
    above.set_xlabel(f"{shown} chains after so many sweeps")
    above.spines[:].set_visible(False)
    energies = np.stack(energies, 1)
    middle, deviation = energies.mean(0), energies.std(0)
    at = np.arange(energies.shape[1]) + 1.0
    below.fill_between(at, middle - deviation, middle + deviation, color=FAKE, alpha=0.2, linewidth=0)
    below.plot(at, middle, color=FAKE, label=f"{chains} chains, and one standard deviation")
    real = to_numpy(model.free_energy(params, data))
    below.axhline(real.mean(), color=REAL, label="training data")
    below.axhspan(real.mean() - real.std(), real.mean() + real.std(), color=REAL, alpha=0.1, linewidth=0)
    below.set_xscale("log")
    below.set_xlabel("sweeps + 1")
    below.set_ylabel("free energy F(v), nats")
    below.legend(frameon=False)
    tidy(below)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def weights_of(weights, title: str = ""):
    """The weights (visible, hidden) of each hidden unit as an image: red where it asks for ink, blue where for none.

    Those come first whose weights are largest; at most forty are drawn.
    """
    side = round(len(weights) ** 0.5)
    order = np.argsort(-np.linalg.norm(weights, axis=0))[:40]
    images = weights.T[order].reshape(-1, side, side)
    columns = min(10, len(images))
    rows = -(-len(images) // columns)
    drawn, axes = figure(width=0.85 * columns + 1.2, height=0.85 * rows + 0.9)
    reach = float(np.abs(images).max())
    axes.imshow(tile_images(images, columns), cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(f"weights of each hidden unit, from -{reach:.1f}, blue, to {reach:.1f}, red", fontsize=10)
    if title:
        drawn.suptitle(title, fontsize=10)
    return drawn


@draws("boltzmann")
def draw_boltzmann(system: System, trained: Trained) -> dict:
    """As many samples as there are data beside them, and the probabilities of all images."""
    rng, form = random_.generator(2), system.form
    fake, real = (form.restore(x) for x in (system.sample(trained.state, system.data.shape[0], rng), system.data))
    title = title_of(system, trained)
    how = {"columns": 6, "between": FRAME, "low": form.low, "high": form.high, "ink": form.ink}
    return {
        "samples.png": samples_beside_real(fake, real, title=title, **how),
        "law.png": law_of_bars(system, trained, title),
    }


def law_of_bars(system: System, trained: Trained, title: str = ""):
    """The 300 likeliest of all images in their order, the data's own in green; 1/30 each is what they should have."""
    from ..models.explicit.states import binary_states

    states = binary_states(system.data.shape[1])
    p = np.exp(to_numpy(system.log_density(trained.state, states)))
    place = 2 ** np.arange(system.data.shape[1] - 1, -1, -1)
    own = np.isin(np.arange(len(p)), (to_numpy(system.data) @ place).astype(int))
    order = np.argsort(-p)[:300]
    rank = np.arange(1, len(order) + 1)
    drawn, (left, right) = figure(1, 2, width=9.6, height=4.2, gridspec_kw={"width_ratios": (1.7, 1)})
    for belongs, colour, name in ((True, REAL, "bars and stripes"), (False, FAKE, "others")):
        mine = own[order] == belongs
        left.plot(rank[mine], p[order][mine], "o", color=colour, markersize=3.5, label=name)
    left.axhline(1.0 / own.sum(), color=EXACT, linewidth=0.8, linestyle=":")
    left.set_xscale("log")
    left.set_yscale("log")
    left.set_xlabel(f"rank among all {len(p):,} images")
    left.set_ylabel("probability")
    left.set_title(f"{p[own].sum():.4f} on bars and stripes; dotted: 1 / {own.sum()}", fontsize=10)
    left.legend(frameon=False)
    tidy(left)
    weights = to_numpy(mnp.astype(trained.state.parameters["model"].machine().weights, "float64"))
    reach = float(np.abs(weights).max()) or 1.0
    right.imshow(weights, cmap="RdBu_r", vmin=-reach, vmax=reach, interpolation="nearest")
    right.axhline(system.data.shape[1] - 0.5, color=EXACT, linewidth=0.6)
    right.axvline(system.data.shape[1] - 0.5, color=EXACT, linewidth=0.6)
    right.set_title(f"weights of all pairs, hidden units last:\n-{reach:.1f}, blue, to {reach:.1f}, red", fontsize=10)
    right.set_xticks([])
    right.set_yticks([])
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
