"""What a pixel sees, read off the Jacobian: nothing that comes later, and the blind spot where theory puts it; classes."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ... import optim
from ...autodiff import vjp
from ...backend import to_numpy
from ...models.explicit.autoregressive import all_states, enumerated
from ...models.explicit.made import masked_network
from ...models.explicit.pixelcnn_networks import one_stack, two_stacks
from ...training import Player, players_learner, train
from ..registry import Check, Run, claim, smallest
from .autoregressive import HEADING, SQUARE, random_parameters

SIDE = 6


def dependences(model, params, rng, draws: int = 12) -> np.ndarray:
    """The largest |d logit_i / d x_j| at a few x, (n, n), row i of the Jacobian by one pullback for all of them."""
    n = len(model.order)
    x = mnp.astype(rng.integers(0, 2, (draws, n)), "float64")
    _, pullback = vjp(lambda x: model.logits(params, x), x)
    rows = []
    for i in range(n):
        (row,) = pullback(mnp.broadcast_to(mnp.asarray([1.0 if j == i else 0.0 for j in range(n)]), (draws, n)))
        rows.append(to_numpy(mnp.max(mnp.abs(row), 0)))
    return np.stack(rows)


def networks() -> dict:
    """One of every kind that has a derivative by its inputs, with all that it can see within reach."""
    return {
        "fvbn": masked_network(range(16)),
        "made, an order of its own": masked_network(SQUARE, (45,)),
        "made, two hidden layers": masked_network(range(16), (45, 60)),
        "pixelcnn, one stack": one_stack(4, 4, 6, 4),
        "pixelcnn, two gated stacks": two_stacks(4, 4, 4, 4),
    }


@claim(
    "no-bit-sees-a-later-one",
    section="explicit",
    heading=HEADING,
    statement="No conditional's derivative by its own or a later variable is other than zero; by earlier ones it is.",
    latex=r"\partial\, \mathrm{logit}\, p(x_i \mid x_{<i}) / \partial x_j = 0 \text{ for } j \ge i",
    cost=2.0,
)
def no_bit_sees_a_later_one(run: Run, networks=networks):
    for name, model in networks().items():
        rng = run.rng(11)
        found = sum(
            dependences(model, random_parameters(model, rng), rng) for _ in range(3)
        )  # a unit may be off in one
        place = np.argsort(model.order)
        earlier = place[:, None] > place[None, :]
        yield Check(f"{name}: largest derivative by a bit that is not before", 0.0, found[~earlier].max(), 0.0)
        if name == "pixelcnn, one stack":
            continue  # it has a blind spot, of which the next claim tells
        seen = int((found[earlier] > 0.0).sum())
        yield Check(f"{name}: derivatives by earlier bits that are not 0, of n (n - 1) / 2", 120, seen, 0.0)


def seen_by_one_stack(down: int, right: int, depth: int) -> bool:
    """Whether ``depth`` masked 3 x 3 convolutions see the pixel so many rows down, and columns to the right."""
    return -depth <= down <= 0 and -depth <= right <= -down and (down, right) != (0, 0)


def seen_by_two_stacks(down: int, right: int, depth: int) -> bool:
    """The same of two stacks, each window 3 wide."""
    beside = down == 0 and -depth <= right < 0
    return beside or (-depth <= down < 0 and abs(right) <= depth)


@claim(
    "blind-spot",
    section="explicit",
    heading=HEADING,
    statement="One stack of 3 x 3 masks never sees (r - i, c + j) with j > i; two stacks see all that comes before.",
    latex=r"\partial\, \mathrm{logit}_{r, c} / \partial x_{r - i, c + j} \neq 0 \iff -L \le j \le i \le L, (i, j) \ne 0",
    cost=6.0,
)
def the_blind_spot_is_where_theory_puts_it(run: Run, one=seen_by_one_stack, two=seen_by_two_stacks):
    rows, columns = np.divmod(np.arange(SIDE * SIDE), SIDE)
    down, right = rows[None, :] - rows[:, None], columns[None, :] - columns[:, None]
    before = (down < 0) | ((down == 0) & (right < 0))
    for kind, make, stated in (("one stack", one_stack, one), ("two stacks", two_stacks, two)):
        for depth in (1, 2, 3, 5) if not run.quick else (2, 5):
            model = make(SIDE, SIDE, 6, depth)
            rng = run.rng(13)
            seen = (
                sum(dependences(model, random_parameters(model, rng), rng) for _ in range(3)) > 0.0
            )  # relu may be off
            theory = np.vectorize(lambda i, j, depth=depth, stated=stated: stated(int(i), int(j), depth))(down, right)
            what = f"{kind}, {depth} layers, {SIDE} x {SIDE}"
            yield Check(
                f"{what}: pairs of pixels where Jacobian and theory differ", 0, int((seen != theory).sum()), 0.0
            )
        blind = int((before & ~seen).sum())  # at the largest depth, which leaves nothing out of reach
        yield Check(f"{what}: pairs in the blind spot", BLIND[kind](SIDE), blind, 0.0)


# pairs of a pixel and one before it with j > i >= 1: (side - i) rows, and (side - j) columns
BLIND = {
    "one stack": lambda side: sum((side - i) * (side - j) for i in range(1, side) for j in range(i + 1, side)),
    "two stacks": lambda side: 0,
}


def bars_and_stripes(side: int = 3):
    """Columns that are filled or empty, and rows: (6, 9) each, all empty and all full left out, which are both."""
    lines = to_numpy(all_states(side))[1:-1]
    bars = np.repeat(lines[:, None, :], side, axis=1).reshape(len(lines), -1)
    return bars, np.repeat(lines[:, :, None], side, axis=2).reshape(len(lines), -1)


def trained_on(patterns, seed: int, steps: int):
    """A gated PixelCNN with a class for each of two arrays of patterns, and its parameters after so many steps."""
    model = two_stacks(3, 3, 8, 2, classes=2)
    x = mnp.asarray(np.concatenate(patterns), dtype="float32")
    classes = mnp.asarray(np.repeat((0, 1), [len(one) for one in patterns]))

    def loss(parameters, batch, rng):
        return -mnp.mean(model.log_density(parameters["model"], *batch))

    player = Player(model.init, loss, optim.adam(optim.cosine(0.02, steps)))
    learner = players_learner({"model": player}, lambda rng, state: (x, classes))
    return model, train(learner, steps, rng=seed).state.parameters["model"]


@claim(
    "pixelcnn-named-class",
    section="explicit",
    heading=HEADING,
    statement="PixelCNN draws images of a class that is named: trained on bars and stripes, by enumeration it knows both.",
    latex=r"p(x \mid c) = \prod_i p(x_i \mid x_1, \dots, x_{i-1}, c)",
    cost=8.0,
)
def pixelcnn_knows_the_class_that_is_named(run: Run, told=int, trained=trained_on):
    patterns = bars_and_stripes()
    states = to_numpy(all_states(9))
    index = [np.array([int((states == x).all(1).argmax()) for x in one]) for one in patterns]
    for seed in run.seeds(1 if run.quick else 3):
        model, params = trained(patterns, seed, 250)
        laws = [np.exp(to_numpy(enumerated(model, params, told(label)))) for label in (0, 1)]
        for label, name in ((0, "bars"), (1, "stripes")):
            law, own, other = laws[label], index[label], index[1 - label]
            what = f"seed {seed}, {name}"
            yield Check(f"{what}: sum over 512 images of 3 x 3", 1.0, law.sum(), 1e-5)  # float32
            yield Check(f"{what}: probability of the 6 patterns", 0.9, law[own].sum(), 0.0, ">=")
            yield Check(f"{what}: least of their probabilities, each 1/6", 1.0 / 12.0, smallest(law[own]), 0.0, ">=")
            yield Check(f"{what}: probability of the other class's patterns", 0.02, law[other].sum(), 0.0, "<=")
