"""Mode collapse on the ring: where the samples are while it trains, without and with looking ahead."""

from __future__ import annotations

from ..data import ring_centres
from ..models.games.unrolled_ring import ENOUGH, REACH, unrolled_ring, ways
from ..models.games.visits import Visits
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, tidy

SHOWN = (100, 300, 500, 700, 1000, 1500)
SINGLE = "#b03a2e"


def ring_unrolled(seed: int = 1, steps: int = 1500, unroll: int = 5):
    """Snapshots of the generator at K = 0 and at K = ``unroll``, and the modes covered over time in four ways of training.

    Trains four small GANs, half a minute of work. Fewer ``steps`` show the same times scaled down.
    """
    from matplotlib.figure import Figure

    from ..backend import to_numpy

    shown = sorted({max(1, round(step * steps / 1500)) for step in SHOWN})
    every = max(1, steps // 30)
    trained, kept = {}, {}
    for way, options in ways(unroll).items():
        system = unrolled_ring(**options, every=every)
        kept[way] = samples = {}
        look = system.parts["visits"].samples

        def keep(step, state, metrics, samples=samples, look=look):
            if step in shown:
                samples[step] = look(state)

        trained[way] = Visits.of(system.train(steps, seed, check_every=50, callbacks=[keep]).records)
    rows = list(trained)[:2]
    columns = len(shown)
    drawn = Figure(figsize=(1.75 * columns + 0.8, 6.6), layout="constrained", dpi=130)
    layout = [[f"{row}{i}" for i in range(columns)] for row in range(2)] + [["time"] * columns]
    panels = drawn.subplot_mosaic(layout, gridspec_kw={"height_ratios": (2.0, 2.0, 1.7)})
    centres = to_numpy(ring_centres())
    for row, way in enumerate(rows):
        for i, step in enumerate(shown):
            axes, points = panels[f"{row}{i}"], kept[way][step]
            axes.scatter(centres[:, 0], centres[:, 1], s=90, facecolors="none", edgecolors=EXACT, linewidths=0.7)
            axes.scatter(points[:, 0], points[:, 1], s=3, color=FAKE if row else SINGLE, alpha=0.25, linewidths=0)
            axes.set_xlim(-3.2, 3.2)
            axes.set_ylim(-3.2, 3.2)
            axes.set_aspect("equal", adjustable="box")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_xlabel(f"step {step}", fontsize=9)
        panels[f"{row}0"].set_ylabel(way, fontsize=11, color=FAKE if row else SINGLE)
    axes = panels["time"]
    for (way, visits), colour, dashes in zip(
        trained.items(), (SINGLE, FAKE, DISCRIMINATOR, REAL), ("-", "-", "--", ":")
    ):
        seen = visits.snapshots
        axes.plot(
            [s.step for s in seen], [s.modes_covered for s in seen], dashes, color=colour, label=way, linewidth=1.6
        )
    axes.axhline(ENOUGH, color=EXACT, linewidth=0.6, linestyle=":")
    axes.set_xlabel("generator steps")
    axes.set_ylabel(f"modes covered\n(within {REACH})")
    axes.set_ylim(-0.3, 8.4)
    axes.set_xlim(0, steps)
    axes.legend(frameon=False, fontsize=8.5, ncols=4, loc="upper center", bbox_to_anchor=(0.5, 1.17))
    tidy(axes)
    hops = trained[rows[0]].hops()
    drawn.suptitle(
        f"the ring with {rows[0]} and {rows[1]} D updates ahead: hopping ({hops} times) and covering;  seed {seed}",
        fontsize=12,
    )
    return drawn
