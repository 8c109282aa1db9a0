"""Mode Collapse: the ring with and without looking ahead, and the gradient that looks ahead."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np

import minigan.numpy as mnp

from ... import nn, optim
from ...autodiff import grad
from ...backend import to_numpy
from ...dynamics.vectors import as_vector
from ...gan import Players, initial_state, make_step, non_saturating
from ...gan.two_players import discriminator_cost
from ...gan.unrolling import unrolled_generator_cost
from ...models.games.unrolled_ring import ENOUGH, unrolled_ring
from ...models.games.visits import Visits
from ..registry import Check, Run, claim, largest

HEADING = "Mode Collapse"
WARM_UP = 300  # steps before which K = 0 is still on its way to a first mode
LOOK_AHEAD = {"unroll": 5}
NONE = {"unroll": 0}
CHEAPER = {
    "K = 5, first order": {"unroll": 5, "first_order": True},
    "K = 0, 6 steps of D": {"unroll": 0, "discriminator_steps": 6},
}


def ring_visits(seed: int, steps: int, settled: bool = False, **options):
    """What `ModeVisits` noted of a training on the ring; if ``settled`` it may end when enough modes are covered."""
    system, seen = unrolled_ring(**options), []

    def noted(step, state):
        found = system.watch(step, state)
        if found is not None:
            seen.append(found["modes_covered"])
        return found

    def enough(step, state, metrics):
        return len(seen) >= 3 and all(covered >= ENOUGH for covered in seen[-3:])

    how = {"check_every": 50, "watch": noted, "callbacks": [enough] if settled else []}
    return Visits.of(system.train(steps, seed, **how).records).snapshots


def hops(snapshots) -> int:
    """How often another mode held more than half of all samples than before."""
    held = [one.leading_mode for one in snapshots if one.leading_share > 0.5]
    return sum(one != two for one, two in pairwise(held))


def settled_at(snapshots, modes: int) -> float:
    """The step from which on that many modes stay covered; infinity if they do not."""
    below = [i for i, one in enumerate(snapshots) if not one.modes_covered >= modes]
    first = below[-1] + 1 if below else 0
    return float(snapshots[first].step) if first < len(snapshots) else math.inf


@claim(
    "unrolled-ring",
    section="games",
    heading=HEADING,
    statement="On a ring of eight Gaussians a generator hops from mode to mode; one that looks five updates of D ahead "
    "covers at least seven by step 1,500. Looking ahead to first order or more steps of D do so as well.",
    latex=r"\min_G \max_D V \neq \max_D \min_G V, \quad \theta_D^{k+1} = \theta_D^k - \eta\, \nabla_{\theta_D} J^{(D)}",
    cost=26.0,
)
def ring_with_and_without_looking_ahead(run: Run, train=ring_visits, ahead=LOOK_AHEAD, none=NONE, cheaper=CHEAPER):
    steps = 600 if run.quick else 1500
    for seed in run.seeds(1 if run.quick else 3):
        seen = train(seed, steps, **none)
        late = [one.modes_covered for one in seen if one.step > WARM_UP]
        what = f"K = 0, seed {seed}"
        yield Check(f"{what}: most modes covered at once after step {WARM_UP}", 4.0, largest(late), 0.0, "<=")
        yield Check(f"{what}: hops of the bulk in {steps} steps", 3.0, hops(seen), 0.0, ">=")
        met = len({one.leading_mode for one in seen if one.leading_share > 0.5})
        yield Check(f"{what}: modes that held the bulk at one time", 4.0, met, 0.0, ">=")
    for seed in run.seeds(1 if run.quick else 3):
        seen = train(seed, 1500, run.quick, **ahead)
        what = f"K = 5, seed {seed}"
        yield Check(f"{what}: modes covered in the end", float(ENOUGH), seen[-1].modes_covered, 0.0, ">=")
        yield Check(f"{what}: step from which {ENOUGH} stay covered", 1500.0, settled_at(seen, ENOUGH), 0.0, "<=")
        yield Check(f"{what}: largest share of one mode", 0.3, seen[-1].leading_share, 0.0, "<=")
    for name, options in {} if run.quick else cheaper.items():
        seen = train(run.seed, 1500, True, **options)
        covered = seen[-1].modes_covered
        yield Check(f"{name}, seed {run.seed}: modes covered, as well", float(ENOUGH), covered, 0.0, ">=")


RATE, BETA1, BETA2, EPSILON, ROOT = 3e-2, 0.5, 0.999, 1e-8, 1e-12


def small_players() -> Players:
    """Two tanh networks, 26 and 22 weights, and for D an Adam whose every number is given."""
    generator, discriminator = nn.mlp([4, 2], activation="tanh"), nn.mlp([5, 1], activation="tanh")
    ours = optim.adam(RATE, beta1=BETA1, beta2=BETA2, epsilon=EPSILON, epsilon_root=ROOT)
    return Players(non_saturating(), generator, discriminator, optim.adam(1e-2, beta1=0.5), ours)


def some_steps_in(players, run: Run, stream: int, steps: int):
    """A state after so many steps, D's memory as it is by then, with a batch of nine and its noise."""
    rng = run.rng(stream)
    state, step = initial_state(players, rng, (1, 3), (1, 2)), make_step(players)
    for _ in range(steps):
        state, _ = step(state, rng.standard_normal((9, 2)) + 1.0, rng.standard_normal((9, 3)))
    return state, rng.standard_normal((9, 2)) + 1.0, rng.standard_normal((9, 3))


def answered(players, state, fake, real, unroll: int):
    """D after ``unroll`` updates against ``fake``: Kingma & Ba's algorithm 1 as they write it, on the host."""
    vector, back = as_vector(state.discriminator)
    at, t = to_numpy(vector), float(to_numpy(state.discriminator_memory["step"]))
    sums = (to_numpy(as_vector(state.discriminator_memory[f"{which}_moment"])[0]) for which in ("first", "second"))
    m, v = ((1.0 - beta) * total for beta, total in zip((BETA1, BETA2), sums))
    slope = grad(lambda vector: discriminator_cost(players)(back(vector), fake, real))
    for _ in range(unroll):
        g, t = to_numpy(slope(mnp.asarray(at))), t + 1.0
        m, v = BETA1 * m + (1.0 - BETA1) * g, BETA2 * v + (1.0 - BETA2) * g * g
        at = at - RATE * (m / (1.0 - BETA1**t)) / (np.sqrt(v / (1.0 - BETA2**t) + ROOT) + EPSILON)
    return back(mnp.asarray(at))


def unrolled_gradient(players, state, real, noise, unroll: int, unrolling: str = "full"):
    """The gradient that `make_step` takes for G."""
    cost = unrolled_generator_cost(players, unroll, unrolling)
    return grad(cost)(state.generator, state.discriminator, state.discriminator_memory, noise, real)


@claim(
    "unrolled-gradient",
    section="games",
    heading=HEADING,
    statement="The gradient of a generator that looks K updates of D ahead, through them and Adam's memory, is that of "
    "differences; the real D does not move by it.",
    latex=r"\nabla_{\theta_G} J^{(G)}\!\left(\theta_G, \theta_D^K(\theta_G)\right)",
)
def gradient_through_updates(run: Run, gradient=unrolled_gradient, ahead=answered, step=make_step):
    players = small_players()
    for warm, unroll in ((0, 1), (3, 2), (3, 5)) if run.quick else ((0, 1), (0, 5), (3, 1), (3, 2), (3, 5), (3, 10)):
        state, real, noise = some_steps_in(players, run, 40 + warm, warm)
        vector, back = as_vector(state.generator)
        host, move, stated = to_numpy(vector), 1e-4, []

        def cost(at, state=state, real=real, noise=noise, back=back, unroll=unroll):
            fake = players.generator.apply(back(mnp.asarray(at)), noise)
            D = ahead(players, state, fake, real, unroll)
            return float(to_numpy(players.game.generator_loss(players.discriminator.apply(D, fake))))

        chosen = range(0, len(host), 3 if run.quick else 1)
        for i in chosen:
            unit = move * (np.arange(len(host)) == i)
            near, far = (cost(host + k * unit) - cost(host - k * unit) for k in (1.0, 2.0))
            stated.append((8.0 * near - far) / (12.0 * move))
        scale = largest(abs(slope) for slope in stated)
        found = to_numpy(as_vector(gradient(players, state, real, noise, unroll))[0])
        what = f"K = {unroll}, {warm} steps in"
        error = largest(abs(found[list(chosen)] - stated)) / scale
        yield Check(f"{what}: largest error of {len(stated)} weights, relative", 0.0, error, 1e-6)
        first = to_numpy(as_vector(unrolled_gradient(players, state, real, noise, unroll, "first_order"))[0])
        apart = float(np.linalg.norm(first - found) / np.linalg.norm(found))
        if warm == 0 and unroll == 1:  # rate g / |g|
            yield Check(f"{what}: Adam's first update is a sign, and to first order all is there", 0.0, apart, 1e-4)
        else:
            yield Check(f"{what}: to first order it is another, relative distance", 0.01, apart, 0.0, ">=")
        plain, looking = (step(players, unroll=k)(state, real, noise)[0] for k in (0, unroll))
        moved = largest(
            abs(to_numpy(as_vector(one)[0] - as_vector(two)[0])).max()
            for one, two in zip(
                (plain.discriminator, plain.discriminator_memory), (looking.discriminator, looking.discriminator_memory)
            )
        )
        yield Check(f"{what}: largest change of the real D and its memory", 0.0, moved, 0.0)
