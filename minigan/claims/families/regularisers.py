"""Regularisers as corners of Bayesian inference, where the posterior is known: the linear model."""

from __future__ import annotations

import math

import numpy as np
from scipy.linalg import solve_continuous_lyapunov

import minigan.numpy as mnp

from ... import nn
from ...backend import to_numpy
from ...models.families import dropout as of_dropout
from ...models.families import early_stopping as stopping
from ...models.families import ensembling, gradient_noise, l2
from ...models.families.linear_model import example
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "families", "Regularization as a bag of tricks"


def apart(one, other) -> float:
    """The largest difference of two arrays."""
    return largest(abs(to_numpy(one) - to_numpy(other)).ravel())


def deviations(draws, mean, covariance) -> float:
    """How far means and products of rows (n, d) are from a stated law, the largest, in standard errors."""
    centred, root_n = draws - to_numpy(mean), math.sqrt(len(draws))
    products = centred[:, :, None] * centred[:, None, :]
    means = abs(centred.mean(0)) / centred.std(0) * root_n
    seconds = abs(products.mean(0) - to_numpy(covariance)) / products.std(0) * root_n
    return largest([*means, *seconds.ravel()])


@claim(
    "early-stopping-filter",
    section=SECTION,
    heading=HEADING,
    statement="Early stopping of gradient descent on a quadratic is a filter of the spectrum beside that of L2: with "
    "weight 1/t and time t they differ by at most 0.2037, and its risk is at most 1.6860 times that of L2, its bias never "
    "larger. It is the Gaussian prior whose precision is l / (exp(t l) - 1) along an eigenvector.",
    latex=r"\Bigl(\frac{1 - e^{-tl}}{l / (l + 1/t)}\Bigr)^2 \le 1.686, \quad 1 - e^{-tl} = \frac{l}{l + l / (e^{tl} - 1)}",
)
def early_stopping_filter(
    run: Run,
    stopped=stopping.flow_filter,
    descent=stopping.descent_filter,
    precision=stopping.equivalent_precision,
    worst=stopping.WORST,
):
    for seed in run.seeds(1 if run.quick else 3):
        model = example(seed)
        for rate, steps in ((0.3, 10), (0.05, 200)):
            found = stopping.descended(model, rate, steps)
            stated = stopping.filtered(model, lambda at, h=rate, k=steps: descent(at, h, k))
            what = f"seed {seed}: {steps} steps of descent at rate {rate}, against their filter, weights"
            yield Check(what, 0.0, apart(found, stated), 1e-12)
    x = mnp.exp(mnp.linspace(-12.0, 5.0, 200_001))  # t l; the grid misses a maximum by its spacing squared, 7e-9
    flow, ridge = stopped(x, 1.0), stopping.ridge_filter(x, 1.0)
    ratio = float(mnp.max(mnp.square(flow / ridge)))
    yield Check("largest squared ratio of the filters", worst, ratio, 2e-8)
    yield Check("largest difference of the filters", stopping.APART, float(mnp.max(mnp.abs(flow - ridge))), 2e-8)
    bias = float(mnp.max((1.0 - flow) / (1.0 - ridge)))
    yield Check("largest ratio of the biases", 1.0, bias, 1e-12, "<=")
    left = x / (x + precision(x, 1.0))
    yield Check("a Gaussian prior of that precision, against stopping: filters", 0.0, apart(left, flow), 1e-14)
    rng = run.rng(1)
    values = mnp.exp(rng.uniform((400, 8), -4.0, 4.0))
    truth = rng.standard_normal((400, 8)) * mnp.exp(rng.uniform((400, 1), -6.0, 2.0))
    times = mnp.exp(rng.uniform((400, 1), -4.0, 4.0))
    early = stopping.risk(lambda at: stopped(at, times), values, truth, 1.0, 10)
    risks = early / stopping.risk(lambda at: stopping.ridge_filter(at, 1.0 / times), values, truth, 1.0, 10)
    what = "400 spectra and truths: the largest risk of stopping over that of L2"
    yield Check(what, worst, float(mnp.max(risks)), 0.0, "<=")


@claim(
    "ensembling-draws-the-posterior",
    section=SECTION,
    heading=HEADING,
    statement="In the linear model the optimum of randomised data and a randomised prior is an exact posterior draw, so "
    "an ensemble of them is the posterior; one of which only the data are randomised is too narrow.",
    latex=r"\arg\min_w |y + e - Xw|^2 / s^2 + |w - v|^2 / t^2 \sim N(m, H^{-1}), \quad H = X^\top X / s^2 + I / t^2",
)
def ensembling_draws_the_posterior(run: Run, law=ensembling.law_of_optima, draws=ensembling.ensemble):
    for seed in run.seeds(1 if run.quick else 3):
        model = example(seed)
        posterior = model.posterior()
        mean, covariance = law(model)
        yield Check(f"seed {seed}: mean of the optima, against the posterior's", 0.0, apart(mean, posterior[0]), 1e-12)
        yield Check(f"seed {seed}: covariance of the optima", 0.0, apart(covariance, posterior[1]), 1e-13)
        off = deviations(draws(model, 4000, seed), *posterior)
        yield Check(f"seed {seed}: 4,000 ridge regressions, moments in standard errors", 0.0, off, 4.5)
        narrow = mnp.linalg.eigvalsh(posterior[1] - law(model, "data")[1])
        stated = float(mnp.min(mnp.linalg.eigvalsh(law(model, "prior")[1])))
        what = f"seed {seed}: data alone randomised, the least variance that is missing"
        yield Check(what, stated, float(mnp.min(narrow)), 1e-13)


@claim(
    "l2-gaussian-prior",
    section=SECTION,
    heading=HEADING,
    statement="L2 regularisation is a Gaussian prior: the penalised optimum is the posterior's mode, for the weight "
    "s^2 / t^2 of a least-squares penalty and for C = t^2 of a logistic one.",
    latex=r"\arg\min |y - Xw|^2 + \tfrac{s^2}{t^2} |w|^2 = \arg\max p(y \mid w)\, N(w; 0, t^2 I)",
)
def l2_gaussian_prior(run: Run, weight=l2.penalty, strength=lambda deviation: deviation**2):
    for seed in run.seeds(1 if run.quick else 3):
        for noise, deviation in ((0.5, 1.0), (1.0, 0.2)):
            model = example(seed, noise=noise, deviation=deviation)
            off = apart(l2.ridge(model, weight(noise, deviation)), l2.most_probable(model))
            yield Check(f"seed {seed}, s = {noise}, t = {deviation}: ridge against the mode", 0.0, off, 1e-12)
        labels = mnp.where(model.y > 0.0, 1.0, -1.0)
        off = apart(
            l2.penalised_logistic(model.x, labels, strength(2.0)), l2.most_probable_logistic(model.x, labels, 2.0)
        )
        yield Check(f"seed {seed}, logistic, t = 2.0: scikit-learn against the mode", 0.0, off, 1e-9)


@claim(
    "gradient-noise-settles",
    section=SECTION,
    heading=HEADING,
    statement="Gradient descent with noise of variance 2h in each step h settles at the posterior of the linear model, "
    "its mean exactly and its covariance but for h/2 I and smaller: the bias falls in proportion to the step. The noise "
    "of examples drawn one by one settles at a law of its own, which is known as well.",
    latex=r"w \leftarrow w - h \nabla U + \sqrt{2h}\,\xi \;\Rightarrow\; N(m, (H - \tfrac{h}{2} H^2)^{-1})",
    cost=2.0,
)
def gradient_noise_settles(
    run: Run, law=gradient_noise.stationary_covariance, law_of_examples=gradient_noise.covariance_of_examples
):
    for seed in run.seeds(1 if run.quick else 3):
        model = example(seed)
        mean, exact = model.posterior()
        fastest = float(mnp.max(mnp.linalg.eigvalsh(model.precision())))
        rate = 0.8 / fastest
        covariance = law(model, rate)
        off = deviations(gradient_noise.settled(model, rate, 2000, seed), mean, covariance)
        yield Check(f"seed {seed}: 2,000 chains, moments in standard errors", 0.0, off, 4.5)
        kept = mnp.eye(5) - rate * model.precision()
        carried = mnp.matmul(mnp.matmul(kept, covariance), kept) + 2.0 * rate * mnp.eye(5)
        yield Check(f"seed {seed}: the covariance is carried over by a step", 0.0, apart(carried, covariance), 1e-14)
        wide = [float(mnp.linalg.trace(law(model, h) - exact)) / (2.5 * h) for h in (1e-3 / fastest, 1e-5 / fastest)]
        yield Check(f"seed {seed}: the excess over h/2 I as the step vanishes", 1.0, wide[1], 1e-5)
        yield Check(f"seed {seed}: the excess over h/2 I, h = 0.001 / the largest eigenvalue", 1.0, wide[0], 1e-3)
        curvature, slopes = (to_numpy(one) for one in gradient_noise.slopes_of_examples(model, mean))
        rate = 0.2 / float(np.linalg.eigvalsh(curvature).max())
        found = gradient_noise.settled_by_examples(model, rate, 2000, seed)
        off = deviations(found, mean, law_of_examples(model, rate))
        yield Check(f"seed {seed}: 2,000 chains by single examples, moments in standard errors", 0.0, off, 4.5)
        limit = solve_continuous_lyapunov(to_numpy(model.precision()), slopes.T @ slopes / len(slopes))
        share = float(np.trace(law_of_examples(model, 1e-4 * rate)) / (1e-4 * rate * np.trace(limit)))
        yield Check(f"seed {seed}: their variance over the step, as it vanishes, against HC + CH = G", 1.0, share, 1e-3)


@claim(
    "dropout-is-ridge",
    section=SECTION,
    heading=HEADING,
    statement="Dropout of the inputs of a linear regression is, in expectation and exactly, ridge with weights of the "
    "data: (1 - p)/p (X'X)_jj beside w_j^2.",
    latex=r"\mathbb{E} |y - \tilde X w|^2 = |y - Xw|^2 + \tfrac{1 - p}{p} \sum_j (X^\top X)_{jj} w_j^2",
)
def dropout_is_ridge(run: Run, ridge=of_dropout.as_ridge, weights=of_dropout.ridge_of_scaled):
    for seed in run.seeds(1 if run.quick else 3):
        model, rng = example(seed), Run(seed=seed).rng(1)
        for keep in (0.9, 0.5):
            w = rng.standard_normal((5,))
            stated = float(ridge(model, w, keep))
            exact = float(of_dropout.expected_loss(model, w, keep))
            what = f"seed {seed}, p = {keep}"
            yield Check(f"{what}: loss over all 32 masks", stated, exact, 1e-12 * stated)
            off = apart(of_dropout.trained_with_dropout(model, keep), weights(model, keep))
            yield Check(f"{what}: trained through all masks against scikit-learn's ridge", 0.0, off, 1e-12)
            layer = nn.dropout(1.0 - keep)
            rows = mnp.broadcast_to(model.x, (2000, *model.x.shape))
            dropped = layer.apply(None, rows, train=True, rng=rng)
            losses = to_numpy(mnp.sum(mnp.square(model.y - mnp.matmul(dropped, w)), -1))
            off = abs(losses.mean() - stated) / losses.std() * math.sqrt(len(losses))
            yield Check(f"{what}: loss with the layer nn.dropout, in standard errors", 0.0, off, 4.5)


@claim(
    "dropout-geometric-mean",
    section=SECTION,
    heading=HEADING,
    statement="A softmax layer without dropout is the normalised geometric mean of itself under all masks of its inputs, "
    "exactly; of a network with a hidden layer it is that only about.",
    latex=r"\operatorname{softmax}(Wx + b) \propto \prod_m \operatorname{softmax}(W (x \odot m / p) + b)^{P(m)}",
)
def dropout_geometric_mean(run: Run, mean=of_dropout.geometric_mean):
    for seed in run.seeds(1 if run.quick else 3):
        rng = Run(seed=seed).rng(2)
        x, hidden = rng.standard_normal((8,)), rng.standard_normal((8, 16)) / math.sqrt(8.0)
        w, b = rng.standard_normal((8, 4)), rng.standard_normal((4,))
        top = rng.standard_normal((16, 4))

        def layer(rows, w=w, b=b):
            return mnp.log_softmax(mnp.matmul(rows, w) + b)

        def network(rows, hidden=hidden, top=top, b=b):
            return layer(mnp.maximum(mnp.matmul(rows, hidden), 0.0), top, b)

        for keep in (0.8, 0.5):
            off = apart(mean(layer, x, keep), layer(x[None, :])[0, :])
            yield Check(f"seed {seed}, p = {keep}: a softmax layer, log probabilities", 0.0, off, 1e-13)
            off = apart(mean(network, x, keep), network(x[None, :])[0, :])
            yield Check(f"seed {seed}, p = {keep}: with a hidden layer, log probabilities", 0.01, off, 0.0, ">=")
