"""Games of pairs (ALI, BiGAN) on finite spaces, where every generator and every encoder can be gone through."""

from __future__ import annotations

import itertools
import math

import numpy as np

from ...backend import to_numpy
from ..registry import Check, Run, claim, smallest

SECTION, HEADING = "implicit", "Relation to VAEs"
TIES = 1e-9  # values that close are one


def value_at_best(encoded, generated):
    """V of two joint laws (..., x, z) at the best D, E_encoded log D + E_generated log(1 - D): shape (...)."""
    both = encoded + generated
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(encoded > 0.0, encoded * np.log(encoded / both), 0.0)
        terms = terms + np.where(generated > 0.0, generated * np.log(generated / both), 0.0)
    return terms.sum((-2, -1))


def all_maps(count: int) -> np.ndarray:
    """Every map of ``count`` points to as many, (count^count, count)."""
    return np.array(list(itertools.product(range(count), repeat=count)))


def all_pairs(data, prior, value=value_at_best):
    """The value of every encoder (rows) against every generator (columns), and whether the one inverts the other."""
    count = len(data)
    maps, eye = all_maps(count), np.eye(count)
    encoded = data[:, None] * eye[maps]  # (map, x, z)
    generated = np.swapaxes(prior[:, None] * eye[maps], 1, 2)
    values = np.stack([value(encoded[:, None], one[None, None])[:, 0] for one in generated], 1)
    inverts = (maps[:, maps] == np.arange(count)).all(-1)  # E(G(z)) = z for all z
    return values, inverts


def posterior_of(prior, fibres):
    """p(z | x) where x = G(z) is the number of the fibre that z is in: (x, z)."""
    joint = prior * (np.asarray(fibres) == np.arange(max(fibres) + 1)[:, None])
    return joint / joint.sum(1, keepdims=True)


@claim(
    "bidirectional-inverts",
    section=SECTION,
    heading=HEADING,
    statement="A game of pairs, (x, E(x)) against (G(z), z), is at its optimum where both joint laws are one: E then "
    "inverts an injective G, and draws from the fibre of one that is not; by enumeration of all maps.",
    latex=r"\min_{G, E} \max_D V = -\log 4 \iff p(x)\, e(z \mid x) = p(z)\, g(x \mid z) \Rightarrow E = G^{-1}",
)
def bidirectional_inverts(run: Run, value=value_at_best, posterior=posterior_of):
    sizes = (3,) if run.quick else (3, 4)
    for count in sizes:
        uniform = np.full(count, 1.0 / count)
        values, inverts = all_pairs(uniform, uniform, value)
        least = values.min()
        best = values < least + TIES
        what = f"{count} equal codes and points, all {values.size} pairs of maps"
        yield Check(f"{what}: the least V", -math.log(4.0), least, 1e-12)
        yield Check(f"{what}: pairs that have it, {count}!", math.factorial(count), int(best.sum()), 0.0)
        yield Check(f"{what}: of these, E inverts G in", int(best.sum()), int((best & inverts).sum()), 0.0)
        yield Check(f"{what}: the next V is higher by", 0.1, values[~best].min() - least, 0.0, ">=")
    laws = np.array([0.1, 0.2, 0.3, 0.4])[:count] / sum([0.1, 0.2, 0.3, 0.4][:count])
    values, inverts = all_pairs(laws[::-1], laws, value)
    best = values < values.min() + TIES
    yield Check("unequal codes and the same law on points: pairs of the least V", 1, int(best.sum()), 0.0)
    yield Check("and E inverts G in", 1, int((best & inverts).sum()), 0.0)

    fibres = np.array([0, 0, 0, 1, 1])  # five codes, two points
    excess = []
    for stream in range(5):
        rng = run.rng(stream)
        prior = to_numpy(rng.uniform((5,), 0.1, 1.0))
        prior = prior / prior.sum()
        generated = prior * (fibres == np.arange(2)[:, None])
        data, found = generated.sum(1), posterior(prior, fibres)
        at = float(value(data[:, None] * found, generated))
        what = f"five codes on two points, drawn {stream}"
        yield Check(f"{what}: V where e is the posterior", -math.log(4.0), at, 1e-12)
        comes_back = float((data[:, None] * found * (fibres == np.arange(2)[:, None])).sum())
        yield Check(f"{what}: G(E(x)) = x with probability", 1.0, comes_back, 1e-12)
        same_code = float((prior * found[fibres, np.arange(5)]).sum())
        yield Check(f"{what}: E(G(z)) = z with probability below", 0.9, same_code, 0.0, "<=")
        logits = to_numpy(rng.standard_normal((20, 2, 5)))
        others = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        excess.append(smallest(value(data[:, None] * others, generated) + math.log(4.0)))
    yield Check("least excess of V over -log 4, a hundred other encoders", 1e-3, smallest(excess), 0.0, ">=")
