"""The grid: 25 Gaussians, on which a plain GAN keeps losing modes, and a recipe that keeps them."""

from __future__ import annotations

from typing import Annotated, Literal, Unpack

from ... import nn, optim
from ...data import grid as grid_sampler
from ...data import grid_centres
from ...gan import Fit, Penalty, r1, r2, scheduled
from ...metrics import mode_coverage
from ...options import Above, Batch, Choices, Rate
from ...training import averaged
from ..form import Form
from ..registry import system
from ..remedies import REMEDIES, remedied
from ..system import System
from ..two_players import GameOptions, gan_system
from .unrolled_ring import quartered

DEVIATION, STEPS, PLAIN_STEPS = 0.05, 8000, 3000
FIRST, LAST, FALLING = 1.0, 2e-4, 0.8  # the penalties' weight falls from one to the other in this share of the run


@system(heading="Mode Collapse", about="25 Gaussians on a grid; --remedy plain collapses")
def grid(
    *,
    batch: Batch = 256,
    lr: Rate = 2e-3,
    ratio: Annotated[float, Above(0.0), "D's rate over G's"] = 4.0,
    penalty: Annotated[Literal["falling", "constant", "none"], "weight of R1 and R2 over the run"] = "falling",
    biases: Annotated[Literal["normal", "zero"], "where biases start: from N(0, 1), or at 0"] = "normal",
    weights: Annotated[Literal["he", "glorot"], "how large weights start: He's variance, or Glorot's"] = "he",
    momentum: Annotated[float, Above(-1), "beta1 of Adam, from 0 to below 1"] = 0.0,
    remedy: Annotated[str | None, Choices(lambda: REMEDIES), "train the plain GAN instead, with this"] = None,
    **how: Unpack[GameOptions],
) -> System:
    """Noise of two dimensions onto a 5 x 5 grid of modes two apart; one step of D for one of G.

    By the relativistic pairing game with R1 and R2, whose weight falls geometrically from 1 to 2e-4 (a larger one blurs
    modes of deviation 0.05, a smaller one lets D win at the start); biases start from N(0, 1), since with all at zero
    every kink of a relu network starts at the origin; Adam without momentum, D four times as fast as G; samples
    are drawn by the average of G's weights.

    What does it are the penalties and the size of the first weights: without the one a run ends on 8 to 16 modes, from
    Glorot's weights on 11 to 25 blurred ones (ten seeds, 9,500 steps, one part left out at a time). A weight that stays
    as it is loses up to three modes, biases at zero a twentieth of what is sharp; the game (``game="non_saturating"``),
    Adam's momentum and the ratio of rates change next to nothing: one mode of 250, with momentum.

    ``remedy`` trains another GAN: the plain one, non-saturating, three steps of D for one of G, which ends on 9 to 14 of
    the 25 modes (one of Lin et al. 2018, table 1, with larger networks, on 17.3), with that remedy or ``"plain"``.

    >>> grid().options["batch"], grid().steps, grid(remedy="plain").steps
    (256, 8000, 3000)
    """
    if remedy is not None:
        own = {"ratio": ratio != 4.0, "penalty": penalty != "falling", "biases": biases != "normal"}
        own |= {"weights": weights != "he", "momentum": momentum != 0.0}
        if told := [name for name, changed in own.items() if changed]:
            raise ValueError(f"--remedy {remedy} trains another GAN, which has no --{told[0]}: leave it away")
        return plain_grid(remedy, batch=batch, lr=lr, options=how)
    weight = nn.he_normal() if weights == "he" else nn.glorot_normal()
    bias = nn.normal(1.0) if biases == "normal" else nn.zeros()
    if not how.get("game") and not how.get("divergence"):
        how = {**how, "game": "relativistic_pairing"}
    compares = how.get("game") == "relativistic_pairing"  # then a constant added to D is nothing
    return gan_system(
        "25 Gaussians on a grid",
        generator=nn.mlp([128, 128, 128, 2], activation="relu", initialiser=weight, bias=bias),
        discriminator=nn.sequential(
            nn.activation(halved),
            nn.mlp([128, 128], activation="relu", initialiser=weight, bias=bias),
            nn.relu,
            nn.dense(1, weight, bias, use_bias=not compares),
        ),
        generator_optimizer=optim.adam(optim.cosine(lr, STEPS, final=lr / 20), beta1=momentum, beta2=0.99),
        discriminator_optimizer=optim.adam(
            optim.cosine(ratio * lr, STEPS, final=ratio * lr / 20), beta1=momentum, beta2=0.99
        ),
        data=grid_sampler(5, 2.0, DEVIATION, dtype="float32"),
        noise=2,
        steps=STEPS,
        batch=batch,
        measure=measure,
        form=Form(columns=("x", "y"), centres=grid_centres()),
        options=how,
        penalty=penalties(penalty),
        learner=lambda one: averaged(one, ["generator"]),
    )


def plain_grid(remedy: str = "plain", *, batch: int = 256, lr: float = 2e-3, options: GameOptions | None = None) -> System:
    """The GAN that loses half of the modes: Adam with momentum, three steps of D, no penalty; and one remedy.

    >>> plain_grid("packing_3").learner.name
    'non_saturating'
    """
    optimizer = optim.adam(optim.cosine(lr, PLAIN_STEPS, final=lr / 50), beta1=0.5)
    weight = nn.orthogonal(1.4)
    features = nn.sequential(nn.activation(quartered), nn.dense(128, weight), nn.relu, nn.dense(128, weight), nn.relu)
    decided = remedied(
        remedy, features, optimizer, optimizer, options or {}, batch=batch, gamma=0.1, weight=weight
    )
    return gan_system(
        f"25 Gaussians on a grid, plain, remedy: {remedy}",
        generator=nn.mlp([128, 128, 128, 2], activation="relu"),
        data=grid_sampler(5, 2.0, DEVIATION, dtype="float32"),
        noise=2,
        steps=PLAIN_STEPS,
        measure=measure,
        form=Form(columns=("x", "y"), centres=grid_centres()),
        discriminator_steps=3,
        when_collapsed="this remedy alone does not keep all modes: leave --remedy away for the recipe that does",
        **decided,
    )


def halved(x):
    """x / 2: the grid, of -4 to 4, nearer to the scale of a fresh network's inputs."""
    return 0.5 * x


def penalties(kind: str) -> Penalty | None:
    """R1 and R2 of one weight: falling over the run, its geometric mean throughout, or none.

    >>> penalties("none") is None, penalties("falling").timed
    (True, True)
    """
    if kind == "none":
        return None
    if kind == "constant":
        mean = (FIRST * LAST) ** 0.5
        return r1(mean) + r2(mean)
    return scheduled(r1(1.0) + r2(1.0), falling)


def falling(step: int) -> float:
    """The penalties' weight at a step: from `FIRST` to `LAST`, geometrically.

    >>> falling(0), round(falling(3200), 6), falling(8000)
    (1.0, 0.014142, 0.0002)
    """
    return FIRST * (LAST / FIRST) ** min(1.0, step / (FALLING * STEPS))


def measure(result: Fit, rng) -> dict:
    """Modes covered and share of high quality among 5,000 samples."""
    found = mode_coverage(result.sample(5000, rng), grid_centres(), DEVIATION)
    return {**found, "collapsed": found["modes_covered"] < found["modes"]}
