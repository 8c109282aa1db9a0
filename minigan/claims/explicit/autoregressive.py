"""Fully visible belief nets by enumeration: normalised whatever the parameters, n steps a sample, no code behind one."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import tree_leaves, tree_map, value_and_grad
from ...autodiff.trees import flatten, unflatten
from ...backend import to_numpy
from ...models.explicit.autoregressive import (
    all_states,
    drawn,
    drawn_plainly,
    enumerated,
    log_likelihood,
    products_in_order,
    uniforms,
)
from ...models.explicit.fvbn import full_table, table_of
from ...models.explicit.likelihood import Counted
from ...models.explicit.made import masked_network
from ...models.explicit.pixelcnn_networks import one_stack, two_stacks
from ..registry import Check, Run, claim, largest

LOG_2 = math.log(2.0)
HEADING = "Fully Visible Belief Nets"
SQUARE = (5, 10, 15, 4, 9, 14, 3, 8, 13, 2, 7, 12, 1, 6, 11, 0)  # an order of 16 that is no raster
MARGIN = 4.5  # standard errors


def models(rows: int = 4, columns: int = 4, features: int = 2, depth: int = 2) -> dict:
    """One of every kind over images of rows x columns bits, n at most 16."""
    n = rows * columns
    order = tuple(i for i in SQUARE if i < n)
    return {
        "fvbn": masked_network(range(n)),
        "made, an order of its own": masked_network(order, (2 * n,)),
        "made, two hidden layers": masked_network(range(n), (2 * n, 3 * n)),
        "a full table": full_table(n),
        "pixelcnn, one stack": one_stack(rows, columns, features, depth),
        "pixelcnn, two gated stacks": two_stacks(rows, columns, features, depth),
    }


def random_parameters(model, rng, scale: float = 0.7):
    """Parameters in float64, each moved by N(0, scale^2), so that conditionals are far from 1/2 and from each other."""
    leaves, structure = flatten(model.init(rng, "float64"))
    return unflatten(structure, [leaf + scale * rng.standard_normal(tuple(leaf.shape)) for leaf in leaves])


@claim(
    "chain-rule-normalised",
    section="explicit",
    heading=HEADING,
    statement="The chain rule gives an explicit, normalised density: 2^n probabilities sum to 1 for any parameters.",
    latex=r"\sum_{x \in \{0, 1\}^n} \prod_i p(x_i \mid x_1, \dots, x_{i-1}) = 1",
    cost=10.0,
)
def the_chain_rule_is_normalised(run: Run, models=models, probabilities=enumerated):
    settings = 3 if run.quick else 10
    for name, model in models().items():
        rng = run.rng(1)
        sums = [
            float(to_numpy(mnp.sum(mnp.exp(probabilities(model, random_parameters(model, rng))))))
            for _ in range(settings)
        ]
        what = f"{name}: largest |sum over 65,536 images of 4 x 4 - 1|, {settings} random settings"
        yield Check(what, 0.0, largest(abs(total - 1.0) for total in sums), 1e-10)
    for n in (2, 3, 7):
        model = masked_network(range(n), (5,))
        total = float(to_numpy(mnp.sum(mnp.exp(probabilities(model, random_parameters(model, run.rng(2)))))))
        yield Check(f"made, n = {n}: sum over {2**n} states", 1.0, total, 1e-12)


@claim(
    "tables-fit-parity-does-not",
    section="explicit",
    heading=HEADING,
    statement="A full table fits any law exactly; logistic conditionals cannot fit parity: their best KL is log 2.",
    latex=r"\min_{b, W} \mathrm{KL}(\text{parity} \,\|\, p_{b, W}) = \log 2",
    cost=4.0,
)
def tables_fit_and_logistic_nets_do_not(run: Run, fit=table_of, best=LOG_2):
    rng = np.random.default_rng(1000 * run.seed)
    for n in (3, 6, 10):
        for name, law in (("a random law", rng.dirichlet(np.full(2**n, 0.3))), ("parity", parity(n))):
            found = to_numpy(mnp.exp(enumerated(full_table(n), fit(law))))
            yield Check(f"full table, {name} of {n} bits: KL", 0.0, categorical_kl(law, found), 1e-12)
    for n, order in ((3, (0, 1, 2)), (4, (2, 0, 3, 1)), (5, (4, 3, 2, 1, 0))):
        logistic = masked_network(order)
        ends = [least_kl(logistic, parity(n), run.rng(stream)) for stream in range(2 if run.quick else 4)]
        for which, measured in (("least", min(ends)), ("largest", max(ends))):
            yield Check(f"logistic, parity of {n} bits in order {order}: {which} KL found", best, measured, 1e-8)
        nothing = tree_map(mnp.zeros_like, random_parameters(logistic, run.rng()))
        at, slopes = value_and_grad(kl_of(logistic, parity(n)))(nothing)  # convex: where it is flat, it is least
        yield Check(f"parity of {n} bits, all parameters 0: KL", best, at, 1e-12)
        steepest = largest(float(to_numpy(mnp.max(mnp.abs(leaf)))) for leaf in tree_leaves(slopes))
        yield Check(f"parity of {n} bits, all parameters 0: largest derivative of the KL", 0.0, steepest, 1e-15)
    other = [least_kl(masked_network(range(3), (8,)), parity(3), run.rng(stream)) for stream in range(4)]
    yield Check("with 8 hidden units, parity of 3 bits: least KL found", 0.0, min(other), 1e-3)


def parity(n: int) -> np.ndarray:
    """The law of n bits with an even number of ones, all such states alike."""
    even = to_numpy(all_states(n)).sum(1) % 2 == 0
    return even / even.sum()


def categorical_kl(law, found) -> float:
    """KL(law || found) of probabilities of the same states."""
    seen = law > 0.0
    return float((law[seen] * np.log(law[seen] / found[seen])).sum())


def kl_of(model, law):
    """KL(law || p_params) as a function of params, by enumeration."""
    states, weight = all_states(len(model.order)), mnp.asarray(law)
    entropy = -float(law[law > 0.0] @ np.log(law[law > 0.0]))
    return lambda params: -entropy - mnp.sum(weight * model.log_density(params, states))


def least_kl(model, law, rng) -> float:
    """Where L-BFGS ends from random parameters."""
    from scipy.optimize import minimize

    leaves, structure = flatten(random_parameters(model, rng, 1.0))
    shapes = [tuple(leaf.shape) for leaf in leaves]
    ends = np.cumsum([math.prod(shape) for shape in shapes])[:-1]
    cost = value_and_grad(kl_of(model, law))

    def flat(x):
        parts = [mnp.asarray(part.reshape(shape)) for part, shape in zip(np.split(x, ends), shapes)]
        value, slopes = cost(unflatten(structure, parts))
        return float(to_numpy(value)), np.concatenate([to_numpy(leaf).ravel() for leaf in flatten(slopes)[0]])

    start = np.concatenate([to_numpy(leaf).ravel() for leaf in leaves])
    how = {"ftol": 1e-15, "gtol": 1e-9, "maxiter": 2000}
    return float(minimize(flat, start, jac=True, method="L-BFGS-B", options=how).fun)


# -- what a sample costs -----------------------------------------------------------------------------------------------


@claim(
    "a-sample-takes-n-evaluations",
    section="explicit",
    heading=HEADING,
    statement="A sample costs n evaluations of the network, a likelihood one; a cache computes no term twice, same bits.",
    latex=r"x_i \sim p(x_i \mid x_1, \dots, x_{i-1}), \quad i = 1, \dots, n",
    cost=3.0,
)
def a_sample_takes_n_evaluations(run: Run, cached=drawn, plainly=drawn_plainly):
    for rows, columns in ((1, 4), (3, 3), (4, 4)):
        n = rows * columns
        for name, model in models(rows, columns).items():
            params = random_parameters(model, run.rng(3))
            counted = model._replace(logits=Counted(model.logits))
            numbers = uniforms(model, params, 7, run.rng(4))
            slow = plainly(counted, params, numbers)
            yield Check(f"{name}, n = {n}: evaluations for a sample", n, counted.logits.calls, 0.0)
            counted.log_density(params, slow)
            yield Check(f"{name}, n = {n}: evaluations for a likelihood", 1, counted.logits.calls - n, 0.0)
            multiplied, whole = Multiplications(), Multiplications()
            fast = cached(model, params, numbers, products=multiplied)
            model.logits(params, fast, products=whole)
            what = f"{name}, n = {n}: terms of a sample with a cache, against those of one evaluation"
            yield Check(what, whole.terms, multiplied.terms, 0.0, "<=")
            yield Check(f"{name}, n = {n}: bits that a cache changes, of {7 * n}", 0, differing(slow, fast), 0.0)
            for dtype in ("float32", "float64"):
                own = tree_map(lambda leaf, dtype=dtype: mnp.astype(leaf, dtype), params)
                x = mnp.astype(fast, dtype)
                found = differing(told_with_a_cache(model, own, x), model.logits(own, x, None, products_in_order))
                yield Check(f"{name}, n = {n}: logits that a cache changes, {dtype}", 0, found, 0.0)


class Multiplications:
    """`products_in_order`, counting what it multiplies for one sample."""

    def __init__(self):
        self.terms = 0

    def __call__(self, pairs, total=None):
        pairs = list(pairs)
        self.terms += sum(math.prod(x.shape[1:]) * matrix.shape[1] for x, matrix in pairs)
        return products_in_order(pairs, total)


def differing(a, b) -> int:
    """How many entries are not the same to the last bit."""
    return int((to_numpy(a) != to_numpy(b)).sum())


def told_with_a_cache(model, params, x):
    """The logits of x (N, n) as sampling finds them, bit by bit."""
    asked, bit, found = model.conditionals(params, x.shape[0]), None, [None] * len(model.order)
    for i in model.order:
        found[i], bit = asked.send(bit), x[:, i]
    return mnp.stack(found, 1)


# -- what controls a sample --------------------------------------------------------------------------------------------


@claim(
    "no-latent-code",
    section="explicit",
    heading=HEADING,
    statement="Generation is not controlled by a latent code: given the bits drawn so far, nothing else acts on the rest.",
    latex=r"x_i = 1[u_i < p(x_i = 1 \mid x_1, \dots, x_{i-1})], \quad u_i \sim U(0, 1) \text{ independent}",
    cost=2.0,
)
def nothing_but_the_draws_controls_a_sample(run: Run, draw=drawn):
    count = 200 if run.quick else 1000
    for name, model in models(2, 4).items():
        params = random_parameters(model, run.rng(5))
        rng, n = run.rng(6), len(model.order)
        # every state's box of numbers: its corners are drawn as it, and the volumes are the probabilities
        states = all_states(n)
        p = mnp.sigmoid(model.logits(params, states))
        low, high = mnp.where(states > 0.5, 0.0, p), mnp.where(states > 0.5, p, 1.0)
        inner = [low + 1e-9 * (high - low), high - 1e-9 * (high - low)]
        wrong = sum(differing(draw(model, params, corner), states) for corner in inner)
        yield Check(f"{name}: bits not drawn at the corners of {2**n} boxes", 0, wrong, 0.0)
        volume = mnp.prod(high - low, 1)
        worst = float(to_numpy(mnp.max(mnp.abs(volume - mnp.exp(model.log_density(params, states))))))
        yield Check(f"{name}: largest |volume of a box - p|", 0.0, worst, 1e-14)
        # other numbers that draw the same first bits leave the rest as it is
        numbers = rng.uniform((count, n))
        x, changed = draw(model, params, numbers), 0
        p = mnp.sigmoid(model.logits(params, x))
        again = mnp.where(x > 0.5, p * rng.uniform((count, n)), p + (1.0 - p) * rng.uniform((count, n)))
        for t in (1, n // 2, n - 1):
            first = mnp.asarray([1.0 if model.order.index(i) < t else 0.0 for i in range(n)])
            changed += differing(draw(model, params, mnp.where(first > 0.5, again, numbers)), x)
        yield Check(f"{name}: bits changed by other numbers for the same first bits", 0, changed, 0.0)


# -- the two views of a generative model -------------------------------------------------------------------------------


@claim(
    "density-and-samples-agree",
    section="explicit",
    heading="Generative Modeling",
    statement="Density estimation and sample generation agree: samples' mean log-density is minus the entropy.",
    latex=r"\mathbb{E}_{x \sim p} \log p(x) = -H(p)",
    cost=3.0,
)
def density_and_samples_agree(run: Run, draw=drawn, log_density=None):
    count = 2000 if run.quick else 10_000
    judged = log_density or (lambda model, params, x: log_likelihood(model.logits(params, x), x))
    for name, model in models(3, 3).items():
        for seed in run.seeds(3):
            params = random_parameters(model, Run(seed=seed).rng(7), 0.5)
            log_p = to_numpy(enumerated(model, params))
            entropy = -float(np.exp(log_p) @ log_p)
            deviation = math.sqrt(float(np.exp(log_p) @ (log_p + entropy) ** 2) / count)
            x = draw(model, params, uniforms(model, params, count, Run(seed=seed).rng(8)))
            mean = float(to_numpy(mnp.mean(judged(model, params, x))))
            yield Check(f"{name}, seed {seed}: mean log p of {count} samples", -entropy, mean, MARGIN * deviation)
