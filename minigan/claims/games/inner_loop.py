"""Mode Collapse: what G does in the inner loop, by enumeration over all places that it may put its mass."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...gan import optimal_discriminator
from ..registry import Check, Run, claim, largest, smallest
from .collapse import HEADING

P = (0.1, 0.35, 0.05, 0.3, 0.2)  # the data's law on five points; the second is the likeliest


def rejected(discriminator, q) -> float:
    """E_q log(1 - D), which G makes small in the minimax game."""
    return float(np.asarray(q) @ np.log1p(-np.asarray(discriminator)))


def best_place(discriminator) -> int:
    """Where D says the highest probability of being real."""
    return int(np.argmax(discriminator))


def settled(discriminator, rng, steps: int = 3000):
    """Where gradient steps on the logits of q lead, D fixed."""
    cost = mnp.log(1.0 - mnp.asarray(discriminator))
    slope = grad(lambda logits: mnp.sum(mnp.softmax(logits) * cost))
    logits = 0.1 * rng.standard_normal((len(discriminator),))
    for _ in range(steps):
        logits = logits - 5.0 * slope(logits)
    return to_numpy(mnp.softmax(logits))


@claim(
    "generator-in-inner-loop",
    section="games",
    heading=HEADING,
    statement="With G in the inner loop all mass goes to one point, where D is highest: the likeliest point of the data "
    "if G was spread evenly before, else the most underrated one; D then rejects that point, and another is best.",
    latex=r"\arg\min_q \mathbb{E}_q \log(1 - D) = \delta_{x^*}, \quad x^* = \arg\max_x D(x)",
)
def generator_in_inner_loop(run: Run, place=best_place, best=optimal_discriminator):
    p, points = np.array(P), mnp.arange(len(P))

    def answer(q):
        """D* against a G with the law q."""
        return to_numpy(best(mnp.asarray(p), mnp.asarray(q))(points))

    even = np.full(len(p), 1.0 / len(p))
    skewed = np.array([0.02, 0.4, 0.03, 0.3, 0.25])
    rng = run.rng()
    for name, q in (("spread evenly", even), ("spread as (.02, .4, .03, .3, .25)", skewed)):
        d = answer(q)
        at = place(d)
        least = rejected(d, np.eye(len(p))[at])
        others = to_numpy(rng.uniform((2000, len(p)), 1e-12, 1.0))
        others = -np.log(others) / -np.log(others).sum(-1, keepdims=True)  # uniform on the simplex
        excess = smallest([rejected(d, law) - least for law in [*np.eye(len(p)), *others]])
        yield Check(f"G {name}: no law of all points and 2,000 drawn ones beats that point", 0.0, excess, 1e-15, ">=")
        mass = float(settled(d, rng)[at])
        yield Check(f"G {name}: mass that gradient steps put on it", 0.99, mass, 0.0, ">=")
        stated = int(np.argmax(p / q))
        yield Check(f"G {name}: the point is where p / q is largest", float(stated), float(at), 0.0)
    yield Check("against an even G it is the likeliest point", float(np.argmax(p)), float(place(answer(even))), 0.0)
    values = [rejected(answer(p), law) for law in [*np.eye(len(p)), even]]
    yield Check("against the truth itself all laws are worth the same", 0.0, largest(values) - smallest(values), 1e-15)
    stays = [float(place(answer(law)) == i) for i, law in enumerate(np.eye(len(p)))]
    yield Check("points at which a G that sits there would stay", 0.0, sum(stays), 0.0)
