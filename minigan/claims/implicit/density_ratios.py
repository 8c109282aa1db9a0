"""Learning in implicit generative models: one ratio behind all losses, what a prior does to it, and where they differ."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...divergences import TABLE
from ...divergences.variational import bound_of_outputs
from ...models.implicit.linear_ratio import fit_linear_ratio
from ...models.implicit.pairs import PAIRS
from ...models.implicit.ratio_error import bound_of, divergence_of, ratio_errors
from ...models.implicit.ratio_estimators import (
    class_probability_loss,
    least_squares_loss,
    prior_log_odds,
    quadratic_features,
)
from ..registry import Check, Run, claim, largest, smallest

SECTION, HEADING = "implicit", "Generalizing these ideas"
SMOOTH = {name: row for name, row in TABLE.items() if row.formulas.f_second is not None}  # all but total variation
SQUARED = ("pearson", "neyman")  # whose bounds have squares of ratios in them
MOST = {"alpha(1.5)": 0.15, "pearson": 0.8, "neyman": 0.8}  # of their errors: from six to nine standard deviations


def drawn_laws(rng, symbols: int = 8):
    """Two laws on a few symbols, none of them rare."""
    p, q = rng.uniform((symbols,), 0.1, 1.0), rng.uniform((symbols,), 0.1, 1.0)
    return p / mnp.sum(p), q / mnp.sum(q)


def affine_features(x):
    """1, x, y, shape (n, 3)."""
    return quadratic_features(x)[:, :3]


def in_doubles(law, rng, n: int):
    return mnp.astype(law.sample(rng, n), "float64")


@claim(
    "unequal-priors-shift-the-logit",
    section=SECTION,
    heading=HEADING,
    statement="A classifier that sees a share pi of p has the logit log p/q + log pi/(1 - pi) as its optimum: the prior "
    "moves the intercept, and nothing else.",
    latex=r"\operatorname{logit} D^*(x) = \log \frac{p(x)}{q(x)} + \log \frac{\pi}{1 - \pi}",
)
def unequal_priors(run: Run, shift=prior_log_odds):
    for prior in (0.1, 0.3, 0.5, 0.9):
        slopes = []
        for stream in range(5):
            p, q = drawn_laws(run.rng(stream))

            def loss(logit, p=p, q=q, prior=prior):
                seen = prior * p * mnp.softplus(-logit) + (1.0 - prior) * q * mnp.softplus(logit)
                return mnp.sum(seen)

            slopes.append(float(to_numpy(mnp.max(mnp.abs(grad(loss)(mnp.log(p / q) + shift(prior)))))))
        yield Check(f"pi = {prior:g}: largest slope of the loss at that logit, drawn laws", 0.0, largest(slopes), 1e-15)
    pair, n = PAIRS["one_covariance"], 100_000
    for seed in run.seeds(1 if run.quick else 3):
        rng = run.rng(100 + seed)
        phi_p, phi_q = (affine_features(in_doubles(law, rng, n)) for law in (pair.p, pair.q))
        fits = {}
        for prior in (0.5, 0.2):
            m = int(n * prior / (1.0 - prior))  # of p; logistic regression of what is seen, its prior unknown to it
            seen = phi_p[:m, ...], phi_q
            share = m / (m + n)

            def cross_entropy(v_p, v_q, share=share):
                return share * mnp.mean(mnp.softplus(-v_p)) + (1.0 - share) * mnp.mean(mnp.softplus(v_q))

            fits[prior] = fit_linear_ratio(cross_entropy, *seen)
        moved = fits[0.2] - fits[0.5]
        yield Check(f"logistic regression, seed {seed}: intercept moved from 1/2 to 1/5", shift(0.2), moved[0], 0.04)
        yield Check(f"slopes moved, seed {seed}", 0.0, largest(abs(moved[1:])), 0.04)


def linear_discriminant(mean_p, mean_q, covariance):
    """S^-1 (m_p - m_q)."""
    return np.linalg.solve(covariance, np.asarray(mean_p) - np.asarray(mean_q))


@claim(
    "gaussians-of-one-covariance",
    section=SECTION,
    heading=HEADING,
    statement="Between Gaussians of one covariance log p/q is linear, with the coefficients S^-1 (m_p - m_q): logistic "
    "regression of 100,000 samples of either finds them within 2 %.",
    latex=r"\log \frac{p(x)}{q(x)} = (m_p - m_q)^\top S^{-1} x + c",
)
def gaussians_of_one_covariance(run: Run, coefficients=linear_discriminant):
    pair = PAIRS["one_covariance"]
    stated = coefficients(pair.p.mean, pair.q.mean, pair.p.covariance)
    origin = mnp.zeros((1, 2))
    for axis in range(2):
        step = mnp.asarray([[1.0 if i == axis else 0.0 for i in range(2)]])
        exact = float(to_numpy(pair.log_ratio(step) - pair.log_ratio(origin))[0])
        yield Check(f"log p/q along axis {axis}, closed form", float(stated[axis]), exact, 1e-13)
    for seed in run.seeds(3):
        rng = run.rng(seed)
        phi = [affine_features(in_doubles(law, rng, 100_000)) for law in (pair.p, pair.q)]
        found = fit_linear_ratio(class_probability_loss, *phi)[1:]
        off = float(np.linalg.norm(found - stated) / np.linalg.norm(stated))
        yield Check(f"logistic regression, seed {seed}: relative error of both coefficients", 0.0, off, 0.02)


def of_row(row, p=None, q=None):
    """Minus the row's bound, of a critic's outputs at samples, or at nodes where p and q have these masses."""
    return lambda v_p, v_q: -bound_of_outputs(row, v_p, v_q, p, q, canonical=True)


@claim(
    "every-row-one-ratio",
    section=SECTION,
    heading=HEADING,
    statement="The bound of every row is largest for the same ratio: from 100,000 samples of either law affine critics "
    "find it within 5 % in the bulk, but for rows with powers of it: alpha = 3/2 and, far worse, Pearson and Neyman.",
    latex=r"\arg\max_v\ \mathbb{E}_p f'(e^v) - \mathbb{E}_q f^*(f'(e^v)) = \log \tfrac pq",
)
def every_row_one_ratio(run: Run, best=lambda row, ratio: mnp.log(ratio), objective=of_row):
    for name, row in SMOOTH.items():
        slopes = []
        for stream in range(3):
            p, q = drawn_laws(run.rng(stream))

            def bound(v, p=p, q=q, row=row):
                return bound_of_outputs(row, v, v, p, q, canonical=True)

            slopes.append(float(to_numpy(mnp.max(mnp.abs(grad(bound)(best(row, p / q)))))))
        yield Check(f"{name}: largest slope of the bound at log p/q, by enumeration", 0.0, largest(slopes), 1e-13)
    pair = PAIRS["one_covariance"]
    for seed in run.seeds(1 if run.quick else 3):
        rng = run.rng(100 + seed)
        phi = [affine_features(in_doubles(law, rng, 100_000)) for law in (pair.p, pair.q)]
        near, bulk = fit_linear_ratio(class_probability_loss, *phi), {}
        for name, row in SMOOTH.items():
            theta = mnp.asarray(fit_linear_ratio(objective(row), *phi, near))
            bulk[name] = ratio_errors(pair, lambda x, theta=theta: mnp.matmul(affine_features(x), theta)).bulk
            most = MOST.get(name, 0.05)
            yield Check(f"{name}, seed {seed}: rms error of log p/q in the bulk", most, bulk[name], 0.0, "<=")
        others = largest(error for name, error in bulk.items() if name not in MOST)
        worst = largest(bulk[name] for name in MOST)
        yield Check(
            f"seed {seed}: largest error of these three over that of the others", 1.0, worst / others, 0.0, ">="
        )
    x, p, q = coarse(PAIRS["two_covariances"])
    phi = affine_features(x)
    near = fit_linear_ratio(objective(TABLE["jensen_shannon"], p, q), phi, phi)
    slopes = np.stack([fit_linear_ratio(objective(row, p, q), phi, phi, near) for row in SMOOTH.values()])
    spread = largest(slopes.max(0) - slopes.min(0))
    yield Check("where no affine critic is right: spread of a coefficient among rows", 0.1, spread, 0.0, ">=")


def variance_of_ratio(pair, row) -> float:
    """n times the mean variance of the affine v that is best for the row's bound on n samples of p and n of q:
    E phi' A^-1 B A^-1 phi, A = E_q w e^v phi phi', B = Var_p(w phi) + Var_q(w e^v phi), w = dT/dv.
    """
    x, p, q = coarse(pair)
    v, phi = pair.log_ratio(x), affine_features(x)
    w = grad(lambda v: mnp.sum(row.canonical_activation(v)))(v)
    p, q, phi, w, r = (to_numpy(one) for one in (p, q, phi, w, mnp.exp(v)))
    curvature = phi.T @ ((q * w * r)[:, None] * phi)
    spread = sum(
        phi.T @ ((law * weight**2)[:, None] * phi) - np.outer((law * weight) @ phi, (law * weight) @ phi)
        for law, weight in ((p, w), (q, w * r))
    )
    covariance = np.linalg.solve(curvature, np.linalg.solve(curvature, spread).T)
    return float(np.einsum("n,ni,ij,nj->", 0.5 * (p + q), phi, covariance, phi))


@claim(
    "least-variance-ratio",
    section=SECTION,
    heading=HEADING,
    statement="From as many samples of either law, no row learns the ratio with less variance than the classifier's, that "
    "of Jensen and Shannon; Pearson's and Neyman's have by far the most.",
    latex=r"\operatorname{Var} \hat v \text{ is least for } \partial_v T = \sigma(-v)",
)
def least_variance_ratio(run: Run, variance=variance_of_ratio):
    pair = PAIRS["one_covariance"]
    found = {name: variance(pair, row) for name, row in SMOOTH.items()}
    for name in SMOOTH:
        least = found["jensen_shannon"] * (1.0 - 1e-12)
        yield Check(f"{name}: n times the variance, that of jensen_shannon is the least", least, found[name], 0.0, ">=")
    yield Check("gan has the same as jensen_shannon", found["jensen_shannon"], found["gan"], 1e-12)
    for name in SQUARED:
        yield Check(
            f"{name}: how many times that of jensen_shannon", 20.0, found[name] / found["jensen_shannon"], 0.0, ">="
        )
    n, repeats = 2000, 100
    for name in ("jensen_shannon", "kl"):
        squares = []
        for repeat in range(repeats):
            rng = run.rng(1000 + repeat)
            phi = [affine_features(in_doubles(law, rng, n)) for law in (pair.p, pair.q)]
            theta = fit_linear_ratio(of_row(SMOOTH[name]), *phi, (0.0, 1.0, 0.0))
            errors = [
                to_numpy(mnp.matmul(affine_features(x), mnp.asarray(theta)) - pair.log_ratio(x)) for x in held(pair)
            ]
            squares.append(float(np.mean([np.mean(np.square(error)) for error in errors])))
        ratio = n * float(np.mean(squares)) / found[name]
        yield Check(f"{name}: n times the mean square over {repeats} samples of {n}, over that", 1.0, ratio, 0.4)


def held(pair, n: int = 2000):
    """The first held-out rows of either law."""
    return [x[:n, ...] for x in pair.held_out]


@claim(
    "bound-below-divergence",
    section=SECTION,
    heading=HEADING,
    statement="The bound of every row stays below its divergence for whatever ratio was learned, and meets it at the true "
    "one: by quadrature over the plane.",
    latex=r"\mathbb{E}_p T - \mathbb{E}_q f^*(T) \le D_f(p \,\|\, q),\quad T = f'(e^v)",
)
def bound_below_divergence(run: Run, bound=bound_of, divergence=divergence_of):
    pair = PAIRS["one_covariance"]
    distance = 1.0  # (m_p - m_q)' S^-1 (m_p - m_q)
    known = {
        "kl": 0.5 * distance,
        "reverse_kl": 0.5 * distance,
        "pearson": math.expm1(distance),
        "neyman": math.expm1(distance),
        "squared_hellinger": -2.0 * math.expm1(-distance / 8.0),
        "jeffreys": distance,
    }
    for name, stated in known.items():
        yield Check(f"{name} between the Gaussians, closed form", stated, divergence(pair, TABLE[name]), 1e-9)
    for name, row in TABLE.items():
        exact, below = divergence(pair, row), []
        for stream in range(3 if run.quick else 8):
            wrong = mnp.asarray(to_numpy(run.rng(stream).standard_normal((6,))) * 0.1)

            def learned(x, wrong=wrong):
                return pair.log_ratio(x) + mnp.tanh(mnp.matmul(quadratic_features(x), wrong))

            below.append(exact - bound(pair, row, learned))
        yield Check(f"{name}: smallest divergence less bound, drawn ratios", 0.0, smallest(below), 1e-12, ">=")
        if name in SMOOTH:
            yield Check(f"{name}: bound at the true ratio", exact, bound(pair, row, pair.log_ratio), 1e-9)
    sides = lambda x: 200.0 * pair.log_ratio(x)  # total variation is met where the sign is right, and v large
    exact = divergence(pair, TABLE["total_variation"])
    yield Check(
        "total_variation: bound where v is large and its sign right",
        exact,
        bound(pair, TABLE["total_variation"], sides),
        2e-3,
    )


@claim(
    "ratio-matching",
    section=SECTION,
    heading=HEADING,
    statement="Matching the ratio by least squares is the bound of Pearson's row, and matching moments is that of KL's "
    "where the log-ratio is linear in them. What has the right moments need not be the ratio.",
    latex=r"\tfrac12 \mathbb{E}_q r^2 - \mathbb{E}_p r = -\tfrac12 (B_{\chi^2} + 1),\qquad "
    r"\partial_\theta B_\mathrm{KL} = \mathbb{E}_p \phi - \mathbb{E}_q e^{\theta \cdot \phi} \phi",
)
def ratio_matching(run: Run, squares=least_squares_loss, features=quadratic_features):
    pearson, kl = TABLE["pearson"], TABLE["kl"]
    off, slopes_off = [], []
    for stream in range(5):
        rng = run.rng(stream)
        v_p, v_q = rng.standard_normal((64,)), rng.standard_normal((64,))
        bound = bound_of_outputs(pearson, v_p, v_q, canonical=True)
        off.append(abs(float(to_numpy(squares(v_p, v_q) + 0.5 * (bound + 1.0)))))
        phi_p, phi_q = (features(rng.standard_normal((64, 2))) for _ in range(2))
        theta = 0.2 * rng.standard_normal((6,))

        def moved(theta, phi_p=phi_p, phi_q=phi_q):
            return bound_of_outputs(kl, mnp.matmul(phi_p, theta), mnp.matmul(phi_q, theta), canonical=True)

        weighted = mnp.exp(mnp.matmul(phi_q, theta))[:, None] * phi_q
        apart = mnp.mean(phi_p, 0) - mnp.mean(weighted, 0)
        slopes_off.append(float(to_numpy(mnp.max(mnp.abs(grad(moved)(theta) - apart)))))
    yield Check("least squares against Pearson's bound, drawn outputs, largest error", 0.0, largest(off), 1e-12)
    yield Check("slope of KL's bound against the moments' difference, largest error", 0.0, largest(slopes_off), 1e-12)
    for name, relation, most in (("two_covariances", "<=", 1e-4), ("ring", ">=", 0.3)):
        pair = PAIRS[name]
        grid, p, q = coarse(pair)
        phi = features(grid)
        theta = mnp.asarray(fit_linear_ratio(of_row(kl, p, q), phi, phi))
        r = mnp.exp(mnp.matmul(phi, theta))
        moments = mnp.matmul(p, phi) - mnp.matmul(q * r, phi)
        yield Check(f"{name}: moments of degree two, largest difference", 0.0, largest(abs(to_numpy(moments))), 1e-6)
        errors = ratio_errors(pair, lambda x, theta=theta: mnp.matmul(features(x), theta))
        yield Check(f"{name}: rms error of log p/q in the bulk, moments matched", most, errors.bulk, 0.0, relation)


def coarse(pair, every: int = 4):
    """Every fourth node of a pair's grid along either axis, and both laws' masses there, as sums to one."""
    side = round(math.sqrt(len(pair.grid.log_p)))
    keep = np.arange(side * side).reshape(side, side)[::every, ::every].ravel()
    masses = (np.exp(level[keep] - np.logaddexp.reduce(level[keep])) for level in (pair.grid.log_p, pair.grid.log_q))
    return mnp.take(pair.grid.x, mnp.asarray(keep), 0), *map(mnp.asarray, masses)
