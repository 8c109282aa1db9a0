"""The ring by the recipe of unrolled GANs, with and without looking ahead; and what that experiment shows.

Without looking ahead the generator puts all samples on one mode; the discriminator learns to reject it, the generator
hops to the next, and so on for ever: the lecture's "min max is not max min", with D in the outer loop. With the
gradient through five discriminator updates it spreads over all eight modes within a thousand steps or so. It looks
like evidence that this gradient, the part of it that goes through D's answer, is what helps. The experiment does not
show that. Two cheaper ways do as well here, and `compare_unrolling` trains them beside it: taking D's answer as a
constant (``first_order``), and no look ahead at all, but K + 1 discriminator steps for each of G, the same work for
D. What the ring shows is that a discriminator close to its best response cures this collapse, D in the inner loop. It
does not tell the gradient through D's updates from the mere strength of D, it is eight far and equal modes in the
plane, and the players are small and were chosen by hand: other widths, rates or starts collapse more or less (their
authors say so too). That the gradient itself is right is checked elsewhere, by finite differences.
"""

from __future__ import annotations

import time
from dataclasses import replace

from ... import nn, optim
from ...data import ring, ring_centres
from ...gan import Fit
from ...metrics import mode_coverage
from ..form import Form
from ..remedies import remedied
from ..system import System
from ..two_players import GameOptions, gan_system
from .visits import ModeVisits, Visits

DEVIATION, NOISE = 0.05, 32
REACH = 0.25  # a mode counts as visited within five deviations: samples find modes long before they are as sharp
ENOUGH = 7  # modes of eight


def unrolled_ring(
    unroll: int = 5,
    first_order: bool = False,
    discriminator_steps: int = 1,
    *,
    every: int = 50,
    batch: int = 256,
    lr: float = 1e-3,
    remedy: str = "plain",
    **how,
) -> System:
    """Eight Gaussians; D(x) = MLP(x / 4) with one layer of 128; Adam(1e-3, beta1 = 0.5); ``unroll`` updates ahead.

    G has two layers of 128, weights orthogonal times 0.8; the game is non-saturating unless ``how`` (`GameOptions`) names
    another. ``remedy`` is one of `minigan.models.remedies`. Every ``every`` steps it is noted where the samples are
    (`ModeVisits`), as the report tells. Source: Metz et al. (2017), appendix A, with ten times the rates and a twentieth
    of the steps, a wider ring's modes, and 32 numbers of noise.

    >>> unrolled_ring(5).steps, sorted(unrolled_ring(0, discriminator_steps=6).parts)
    (1500, ['game', 'noise', 'players', 'visits'])
    """
    weight = nn.orthogonal(0.8)
    generator = nn.mlp([128, 128, 2], activation="relu", initialiser=weight)
    features = nn.sequential(nn.activation(quartered), nn.dense(128, weight), nn.relu)
    visits = ModeVisits(generator, NOISE, ring_centres(), DEVIATION, radius=REACH / DEVIATION, every=every)
    options = GameOptions(unroll=unroll, first_order=first_order, discriminator_steps=discriminator_steps, **how)
    if remedy.startswith("unrolling"):
        options["unroll"] = None
    decided = remedied(
        remedy,
        features,
        optim.adam(lr, beta1=0.5),
        # a unit that is off has v = 0: the derivative of sqrt(v) wants the number inside
        optim.adam(lr, beta1=0.5, epsilon_root=1e-12),
        options,
        batch=batch,
        gamma=0.1,
        weight=weight,
    )
    made = gan_system(
        f"eight Gaussians on a circle, {remedy if unroll == 0 else f'{unroll} discriminator updates looked ahead'}",
        generator=generator,
        data=ring(8, 2.0, DEVIATION, dtype="float32"),
        noise=NOISE,
        steps=1500,
        measure=measure,
        form=Form(columns=("x", "y"), centres=ring_centres()),
        watch=visits,
        report=lambda records: Visits.of(records).report(),
        parts={"visits": visits},
        **decided,
    )
    return replace(made, told=lambda trained: told(Visits.of(trained.records)))


def quartered(x):
    """x / 4: the ring, of radius 2, at the scale of a fresh network's inputs."""
    return 0.25 * x


def measure(result: Fit, rng) -> dict:
    """Modes visited (within 0.25), modes covered within three deviations, and shares, among 2,500 samples."""
    samples = result.sample(2500, rng)
    found = mode_coverage(samples, ring_centres(), DEVIATION, REACH / DEVIATION)
    sharp = mode_coverage(samples, ring_centres(), DEVIATION)["modes_covered"]
    return {
        **found,
        "modes_covered_within": REACH,
        "modes_covered_within_three_deviations": sharp,
        "collapsed": found["modes_covered"] < ENOUGH,
    }


def told(visits: Visits, rows: int = 10) -> tuple:
    """The visits as a table of at most ``rows`` rows: snapshots further apart where there are many."""
    seen = visits.snapshots
    stride = max(1, -(-len(seen) // rows))
    table = [
        (str(one.step), str(one.leading_mode), f"{one.leading_share:.2f}", str(one.modes_covered))
        for one in seen[stride - 1 :: stride]
    ]
    since = visits.since(ENOUGH)
    way = " ".join(str(one.leading_mode) for one in seen)
    reached = f"{ENOUGH} modes or more from step {since} on" if since else f"never settled on {ENOUGH} modes or more"
    below = (
        f"nearest mode of the bulk, snapshot by snapshot: {way}\n"
        f"the bulk hopped to another mode {visits.hops()} times; {reached} (a mode counts within {REACH} of its centre)"
    )
    return ("step", "mode of the bulk", "its share", "modes covered"), table, below


def ways(unroll: int = 5) -> dict[str, dict]:
    """What `compare_unrolling` trains: options of `unrolled_ring` by name; D works as hard in all but the first."""
    return {
        "K = 0": {"unroll": 0},
        f"K = {unroll}": {"unroll": unroll},
        f"K = {unroll}, first order": {"unroll": unroll, "first_order": True},
        f"K = 0, {unroll + 1} D steps": {"unroll": 0, "discriminator_steps": unroll + 1},
    }


def compare_unrolling(seeds=(0,), unroll: int = 5, steps: int | None = None) -> list[dict]:
    """Train in all four `ways` from the same seeds: a dict of results for each way and seed.

    Read the docstring of this file before reading anything into them.
    """
    found = []
    for way, options in ways(unroll).items():
        for seed in seeds:
            system = unrolled_ring(**options)
            start = time.perf_counter()
            trained = system.train(steps, seed, check_every=50)
            seconds = time.perf_counter() - start
            scores = system.measured(trained)
            kept = {key: scores[key] for key in ("modes_covered", "high_quality_share", "mode_kl", "hops")}
            since = Visits.of(trained.records).since(ENOUGH)
            found.append({"way": way, "seed": seed, **kept, "since": since, "seconds": round(seconds, 1)})
    return found


def comparison_told(found: list[dict]) -> tuple:
    """The results of `compare_unrolling` as a table: column names, rows of strings, and what it does not show."""
    columns = ("way", "seed", "modes", f"{ENOUGH}+ since", "high quality", "mode KL", "hops", "seconds")
    rows = [
        (
            one["way"],
            str(one["seed"]),
            str(one["modes_covered"]),
            "-" if one["since"] is None else str(one["since"]),
            f"{one['high_quality_share']:.2f}",
            f"{one['mode_kl']:.3f}",
            str(one["hops"]),
            f"{one['seconds']:.1f}",
        )
        for one in found
    ]
    below = (
        "K updates of D are looked ahead. The last two ways have no gradient through them: where they cover the ring as "
        "well, a D near its best response is what cures this collapse, and not that gradient."
    )
    return columns, rows, below
