"""Phase portraits: the vector field of a game in the plane, and the paths that methods take through it."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from .. import dynamics
from ..backend import to_numpy
from ..optim import clip_weights, sgd
from ..validation import count, positive
from .samples import as_drawn
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

ARROWS = "#b9b4ab"
OUTWARD = "#b03a2e"


def phase_portrait(axes, game, paths=(), *, reach: float = 2.0, arrows: int = 17, start: bool = True) -> None:
    """The field of a game of two numbers on |x|, |y| <= ``reach`` as arrows of one length, and ``paths`` over it.

    A path is ``(positions, colour)`` or ``(positions, colour, options of plot)``, positions of shape (steps + 1, 2) or
    more columns; its first point is a ring, its last a dot.
    """
    reach, arrows = positive(reach, "the reach of a phase portrait"), count(arrows, "the arrows of a phase portrait")
    across = np.linspace(-reach, reach, arrows + 2)[1:-1]
    x, y = np.meshgrid(across, across)
    v = field_on(game, x, y)
    length = np.hypot(*v)
    u = v / np.where(length > 1e-9, length, 1.0)
    axes.quiver(x, y, *u, color=ARROWS, pivot="mid", scale=26, width=0.0035, headwidth=4.0, zorder=1)
    axes.plot(0.0, 0.0, "+", color=EXACT, markersize=9, markeredgewidth=1.4, zorder=4)
    for positions, colour, *rest in paths:
        options = {"linewidth": 1.3, "marker": ".", "markersize": 3.0, **(rest[0] if rest else {})}
        inside = as_drawn(positions, "the positions of a path")[:, :2]
        axes.plot(inside[:, 0], inside[:, 1], color=colour, zorder=2, **options)
        if start:
            axes.plot(*inside[0], "o", markerfacecolor="white", color=colour, markersize=6, zorder=5)
        if (np.abs(inside[-1]) <= reach).all():
            axes.plot(*inside[-1], "o", color=colour, markersize=5, zorder=5)
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    axes.set_aspect("equal", adjustable="box")
    tidy(axes)
    axes.grid(False)


def field_on(game, x, y):
    """The velocities (v_x, v_y) on host grids ``x``, ``y``, one point after the other: a loss may not broadcast."""
    flat = [dynamics.vector_field(game, (float(a), float(b))) for a, b in zip(np.ravel(x), np.ravel(y))]
    return tuple(np.reshape([float(to_numpy(getattr(v, player))) for v in flat], np.shape(x)) for player in ("x", "y"))


def saddle_paths(lr: float = 0.3, steps: int = 60):
    """Six methods on V = xy from (1, 0), one panel each: the path, the flow's circle, and the spectral radius."""
    game = dynamics.bilinear()
    methods = (
        ("simultaneous", dynamics.simultaneous(lr), r"$\sqrt{1 + \eta^2}$"),
        ("alternating", dynamics.alternating(lr), "1, exactly"),
        ("extragradient", dynamics.extragradient(lr), r"$\sqrt{1 - \eta^2 + \eta^4}$"),
        ("optimistic", dynamics.optimistic(lr), r"$\sqrt{(1 + \sqrt{1 - 4\eta^2})\,/\,2}$"),
        ("consensus, $\\gamma = 1$", dynamics.consensus(lr, gamma=1.0), r"$\sqrt{(1 - \eta\gamma)^2 + \eta^2}$"),
        ("proximal point", dynamics.proximal_point(lr), r"$1\,/\sqrt{1 + \eta^2}$"),
    )
    drawn, panels = figure(2, 3, width=10.2, height=8.0, sharex=True, sharey=True)
    turn = np.linspace(0.0, 2.0 * np.pi, 181)
    for axes, (name, method, closed) in zip(panels.flat, methods):
        radius = dynamics.spectral_radius(method, game, (0.0, 0.0))
        path = dynamics.trajectory(method, game, (1.0, 0.0), steps)
        colour = OUTWARD if radius > 1.0 + 1e-9 else DISCRIMINATOR if radius > 1.0 - 1e-9 else REAL
        phase_portrait(axes, game, [(path, colour)], reach=2.2)
        axes.plot(np.cos(turn), np.sin(turn), color=EXACT, linewidth=0.8, linestyle=":", zorder=1.5)
        axes.set_title(f"{name}\n" + rf"$\rho = {radius:.4f}$  =  {closed}", fontsize=10.5, color=colour)
    for axes in panels[-1]:
        axes.set_xlabel("$x$, which minimises $xy$")
    for axes in panels[:, 0]:
        axes.set_ylabel("$y$, which maximises $xy$")
    drawn.suptitle(
        rf"the saddle $V(x, y) = xy$: {steps} steps of $\eta = {lr:g}$ from (1, 0);  dotted: continuous time,  "
        r"$\rho$: spectral radius of one step",
        fontsize=11,
    )
    return drawn


def dirac_portraits(lr: float = 0.2, steps: int = 500):
    """Eight Dirac-GANs: field, simultaneous and alternating steps from (1, 1), and the eigenvalues at the equilibrium."""
    gan = dynamics.dirac_gan
    rules = {"simultaneous": dynamics.simultaneous, "alternating": lambda *r: dynamics.alternating(*r, first="y")}
    cases = (
        ("minimax", gan("minimax"), {}),
        ("non-saturating", gan("non_saturating"), {}),
        ("WGAN, weights clipped at 1", gan("wasserstein"), {"clip": 1.0}),
        ("WGAN-GP, weight 0.35", gan("wasserstein", gradient_penalty=0.35), {"kink": True}),
        ("instance noise, $\\sigma = 0.7$", gan("minimax", instance_noise=0.7), {}),
        ("R1, $\\gamma = 0.3$", gan("minimax", r1=0.3), {}),
        ("R1, $\\gamma = 1$: critical", gan("minimax", r1=1.0), {}),
        ("consensus, $\\gamma = 1$", gan("minimax"), {"consensus": 1.0}),
    )
    drawn, panels = figure(2, 4, width=13.0, height=8.3, sharex=True, sharey=True)
    for axes, (name, game, extra) in zip(panels.flat, cases):
        paths, ends = [], []
        for rule, colour in zip(rules, (FAKE, DISCRIMINATOR)):
            players = (sgd(lr), clip_weights(sgd(lr), extra["clip"]) if "clip" in extra else sgd(lr))
            if "consensus" in extra:
                if rule == "alternating":
                    continue  # consensus is a method of its own
                method = dynamics.consensus(*players, gamma=extra["consensus"])
            else:
                method = rules[rule](*players)
            path = dynamics.trajectory(method, game, (1.0, 1.0), steps)
            paths.append((path, colour, {"linewidth": 0.9, "markersize": 1.6, "alpha": 0.85}))
            ends.append(np.linalg.norm(path[-1]))
        shown = _with_consensus(game, extra["consensus"]) if "consensus" in extra else game
        phase_portrait(axes, shown, paths, reach=2.6, arrows=15)
        if "clip" in extra:
            for edge in (-extra["clip"], extra["clip"]):
                axes.axhline(edge, color=EXACT, linestyle="--", linewidth=0.8)
        rests = max(ends) < 0.1
        axes.set_title(f"{name}\n{_eigenvalues(shown, extra)}", fontsize=10.5, color=REAL if rests else OUTWARD)
        kinds = ("sim.", "alt.") if len(ends) == 2 else ("consensus",)
        told = ",  ".join(f"{kind} {_short(end)}" for kind, end in zip(kinds, ends))
        axes.text(0.03, 0.03, f"$|z_{{{steps}}}|$:  {told}", transform=axes.transAxes, fontsize=8.5, bbox=_PAPER)
    for axes in panels[-1]:
        axes.set_xlabel(r"$\theta$, the generator's sample")
    for axes in panels[:, 0]:
        axes.set_ylabel(r"$\psi$, the discriminator's slope")
    for rule, colour in zip(rules, (FAKE, DISCRIMINATOR)):
        panels[0, 0].plot([], [], color=colour, label=f"{rule} steps")
    drawn.legend(*panels[0, 0].get_legend_handles_labels(), frameon=False, loc="outside lower center", ncols=2)
    drawn.suptitle(
        rf"the Dirac-GAN, data at 0: {steps} steps of $\eta = {lr:g}$ from (1, 1);  $\lambda$: eigenvalues of the field at"
        " (0, 0), by autodiff;  green: at rest in the end",
        fontsize=11,
    )
    return drawn


_PAPER = {"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1.5}


def _with_consensus(game, gamma):
    """The game whose field is that of consensus optimisation: gamma |F|^2 / 2 in both losses."""

    def force(x, y):
        g = game.gradients(x, y)
        return 0.5 * gamma * (mnp.square(g.x) + mnp.square(g.y))

    return dynamics.TwoPlayerGame(
        lambda x, y: game.x_loss(x, y) + force(x, y), lambda x, y: game.y_loss(x, y) + force(x, y), game.name
    )


def _eigenvalues(game, extra) -> str:
    if extra.get("kink"):
        return r"no $\lambda$: the penalty has a kink at $\psi = 0$"
    above, below = dynamics.spectrum(game, (0.0, 0.0))
    real = _plain(above.real)
    if abs(above.imag) < 1e-6:
        if abs(above - below) < 1e-6:
            return rf"$\lambda = {real}$, twice"
        return rf"$\lambda = {real},\ {_plain(below.real)}$"
    return rf"$\lambda = {'' if real == '0' else real + ' '}\pm {_plain(above.imag)}\,i$"


def _plain(x: float) -> str:
    return f"{round(x, 4) + 0.0:g}"


def _short(x: float) -> str:
    if x >= 0.005:
        return f"{x:.2f}"
    return "0" if x == 0.0 else rf"$10^{{{math.floor(math.log10(x))}}}$"
