"""Expectation-maximisation as ascent of the variational bound, and the families of q that regularisers are."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ...autodiff import grad
from ...backend import to_numpy
from ...models.families import expectation_maximisation as em
from ...models.families import l2, variational
from ...models.families.gradient_noise import stationary_covariance
from ...models.families.linear_model import example
from ..registry import Check, Run, claim, largest
from .regularisers import HEADING, SECTION, apart


@claim(
    "em-is-coordinate-ascent",
    section=SECTION,
    heading=HEADING,
    statement="Expectation-maximisation is coordinate ascent on the variational bound: each half step ends where the "
    "bound has no slope, and gains a KL divergence, its E step from q to the posterior, its M step n times that from the "
    "new joint law to the old; after every step the parameters are scikit-learn's.",
    latex=r"\log p(x) - L = \mathrm{KL}(q \| p(z | x)), \qquad \max_\theta L - L = n\, \mathrm{KL}(p_{new} \| p_{old})",
)
def em_is_coordinate_ascent(run: Run, e_step=em.e_step, e_kl=em.kl_of_assignments, m_kl=em.kl_of_joints):
    x, k = em.irises(), 3
    n = x.shape[0]
    theta, log_q = em.begin(x, k), mnp.log_softmax(run.rng(0).standard_normal((n, k)))
    for step in range(1, 6 if run.quick else 16):
        what = f"iteration {step}"
        posterior = e_step(theta, x)
        gain = float(em.bound(posterior, theta, x) - em.bound(log_q, theta, x))
        # bounds are sums of some hundred nats, rounded at 1e-13
        yield Check(f"{what}: the E step's gain is the KL it closes", float(e_kl(log_q, posterior)), gain, 1e-10)
        left = float(em.log_likelihood(theta, x) - em.bound(posterior, theta, x))
        yield Check(f"{what}: and nothing is left of log p(x)", 0.0, left, 1e-10)
        slope = grad(lambda logits, at=theta: em.bound(mnp.log_softmax(logits), at, x))(posterior)
        new = em.m_step(posterior, x)
        gain = float(em.bound(posterior, new, x) - em.bound(posterior, theta, x))
        yield Check(f"{what}: the M step's gain is n times a KL", float(n * m_kl(new, theta)), gain, 1e-10)
        flat = grad(lambda p, q=posterior: em.bound(q, em.Theta(mnp.softmax(p[0]), p[1], mnp.exp(p[2])), x))
        slopes = [slope, *flat((mnp.log(new.weights), new.means, mnp.log(new.variances)))]
        steepest = largest(largest(abs(to_numpy(one)).ravel()) for one in slopes)
        yield Check(f"{what}: largest slope of the bound after either half", 0.0, steepest, 1e-10)
        theta, log_q = new, posterior
        if step in (1, 5, 15):
            off = em.apart(theta, em.by_scikit_learn(x, k, step))
            yield Check(f"{what}: parameters, against scikit-learn's", 0.0, off, 1e-11)


@claim(
    "variational-inference-contains-them",
    section=SECTION,
    heading=HEADING,
    statement="Stochastic variational inference contains the regularisers: a point q has its top at L2's optimum, a free "
    "Gaussian at the posterior that ensembles draw, dropout's masks at a ridge; Langevin's noise is below by the square "
    "of its step, early stopping by what its best moment leaves; and batches bring a mixture to EM's optimum.",
    latex=r"\mathcal{L}(q) = \mathbb{E}_q \log p(y, w) + H(q) = \log p(y) - \mathrm{KL}(q \| p(w \mid y))",
    cost=3.0,
)
def variational_inference_contains_them(
    run: Run, bound=variational.bound, noise_gap=variational.langevin_gap, ridge=variational.dropout_ridge
):
    for seed in run.seeds(1 if run.quick else 3):
        model = example(seed)
        mean, covariance = model.posterior()
        evidence, what = model.log_evidence(), f"seed {seed}"
        yield Check(f"{what}: the posterior's bound is log p(y)", evidence, bound(model, mean, covariance), 1e-9)
        m, c = variational.gaussian_by_svi(model, rng=seed)
        yield Check(f"{what}: a Gaussian by draws and slopes, mean against the posterior's", 0.0, apart(m, mean), 1e-7)
        yield Check(f"{what}: and its covariance", 0.0, apart(c, covariance), 1e-8)
        mode = l2.ridge(model, l2.penalty(model.noise, model.deviation))
        yield Check(f"{what}: that mean against scikit-learn's ridge", 0.0, apart(m, mode), 1e-7)
        rate = 1e-3
        below = evidence - bound(model, mean, stationary_covariance(model, rate))
        yield Check(f"{what}: Langevin's noise is below log p(y) by", noise_gap(model, rate), below, 1e-9)
        quarter = noise_gap(model, 1e-5) / noise_gap(model, 2e-5)
        yield Check(f"{what}: at half the step, as a share", 0.25, quarter, 1e-3)
        off = apart(variational.most_probable_with_dropout(model, 0.8), ridge(model, 0.8))
        yield Check(f"{what}: the top with dropout's masks against a ridge", 0.0, off, 1e-12)
        bounds = variational.stopped_bounds(model, 1e-4, 3000)
        best = int(np.argmax(bounds))
        followed = bound(model, *variational.stopped(model, 1e-4, 20))
        yield Check(f"{what}: stopping's bound where autodiff follows 20 steps", bounds[20], followed, 1e-8)
        yield Check(f"{what}: the best moment to stop comes before the last step", 2999.0, best, 0.0, "<=")
        yield Check(f"{what}: its bound stays below log p(y)", evidence, bounds[best], 0.0, "<=")
    x, k = em.irises(), 3
    top = float(em.log_likelihood(em.fit(x, k, 100), x))
    whole = variational.mixture_by_batches(x, k, steps=1, batch=x.shape[0])
    yield Check("a step of length 1 with all rows is an iteration of EM", 0.0, em.apart(whole, em.fit(x, k, 1)), 1e-11)
    for seed in run.seeds(1 if run.quick else 3):
        theta = variational.mixture_by_batches(x, k, 300 if run.quick else 1500, rng=seed)
        below = top - float(em.log_likelihood(theta, x))
        most = 1.0 if run.quick else 0.2
        yield Check(f"seed {seed}: a mixture by batches of 50, nats below EM's optimum", most, below, 0.0, "<=")
        yield Check(f"seed {seed}: and not above it", 0.0, below, 1e-6, ">=")
