"""Regularisers beside the family that they are corners of: filters, posteriors, bounds."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models.families import dropout, early_stopping, ensembling, gradient_noise, l2, variational
from ..models.families import expectation_maximisation as em
from ..models.families.linear_model import example
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

AMBER = "#c8791c"


def family_regularisers():
    """Six panels: stopping and L2 as filters, draws of a posterior in two ways, dropout's ridge, EM, the bound."""
    page, axes = figure(2, 3, width=13.0, height=7.6)
    filters(axes[0, 0])
    draws(axes[0, 1])
    noise(axes[0, 2])
    with_dropout(axes[1, 0])
    half_steps(axes[1, 1])
    stopping_bound(axes[1, 2])
    for one in axes.flat:
        tidy(one)
    page.suptitle("regularisers as corners of Bayesian inference", fontsize=12)
    return page


def filters(axes) -> None:
    """What is left of a least-squares coefficient, by eigenvalue."""
    x = mnp.exp(mnp.linspace(-5.0, 5.0, 400))
    ridge, flow = early_stopping.ridge_filter(x, 1.0), early_stopping.flow_filter(x, 1.0)
    at = to_numpy(x)
    axes.semilogx(at, to_numpy(ridge), color=DISCRIMINATOR, label="L2 of weight 1/t")
    axes.semilogx(at, to_numpy(flow), color=FAKE, label="stopped at t")
    ratio = to_numpy(mnp.square(flow / ridge))
    axes.semilogx(at, ratio - 1.0, color=EXACT, linewidth=1.0, linestyle="--", label="squared ratio, less 1")
    axes.axhline(early_stopping.WORST - 1.0, color=EXACT, linewidth=0.8, linestyle=":")
    axes.text(0.008, early_stopping.WORST - 0.98, f"at most {early_stopping.WORST - 1.0:.4f}", fontsize=8)
    axes.set(xlabel="time x eigenvalue, t l", ylabel="share of the coefficient", ylim=(-0.03, 1.05))
    axes.legend(frameon=False, fontsize=8, loc="upper left", bbox_to_anchor=(0.0, 0.62))
    axes.set_title("early stopping beside L2", fontsize=10)


def draws(axes) -> None:
    """Two weights: a thousand randomised ridge regressions, the posterior's outlines, L2's optimum."""
    model = example()
    mean, covariance = (to_numpy(part) for part in model.posterior())
    members = ensembling.ensemble(model, 1000)
    axes.scatter(
        members[:, 0], members[:, 1], s=5, color=FAKE, alpha=0.35, linewidths=0, label="1,000 ridge regressions"
    )
    for radius in (1.0, 2.0, 3.0):
        axes.plot(
            *ellipse(mean, covariance, radius), color=EXACT, linewidth=1.0, label="posterior" if radius == 1 else None
        )
    mode = l2.ridge(model, l2.penalty(model.noise, model.deviation))
    axes.plot(mode[0], mode[1], "+", color=AMBER, ms=13, mew=2.4, label="L2's optimum = its mode")
    axes.set(xlabel="first weight", ylabel="second weight")
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    low, high = axes.get_ylim()
    axes.set_ylim(low - 0.3 * (high - low), high)
    axes.set_title("ensembling: each optimum is a draw", fontsize=10)


def ellipse(mean, covariance, radius: float):
    """Places x and y of the outline of N(mean, covariance) at so many deviations, of the first two coordinates."""
    angle = np.linspace(0.0, 2.0 * np.pi, 200)
    root = np.linalg.cholesky(covariance[:2, :2])
    return mean[:2, None] + radius * root @ np.stack([np.cos(angle), np.sin(angle)])


def noise(axes) -> None:
    """How much too wide Langevin's noise settles, by the step: its law, and what chains measured."""
    model = example()
    fastest = float(mnp.max(mnp.linalg.eigvalsh(model.precision())))
    exact = float(mnp.linalg.trace(model.posterior()[1]))
    rates = np.geomspace(0.01, 1.5, 40) / fastest
    wide = [float(mnp.linalg.trace(gradient_noise.stationary_covariance(model, h))) / exact - 1.0 for h in rates]
    axes.loglog(rates, wide, color=DISCRIMINATOR, label="(H - h/2 H²)⁻¹, its law")
    axes.loglog(rates, 0.5 * rates * model.x.shape[1] / exact, ":", color=EXACT, label="h/2 for each weight")
    mean = to_numpy(model.posterior()[0])
    for i, share in enumerate((0.3, 0.6, 1.2)):
        chains = gradient_noise.settled(model, share / fastest, 3000, i)
        found = float(((chains - mean) ** 2).mean(0).sum()) / exact - 1.0
        axes.plot(share / fastest, found, "o", color=FAKE, ms=6, label="3,000 chains" if i == 0 else None)
    axes.set(xlabel="step h", ylabel="excess of total variance, share")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("gradient noise: Langevin, and its bias", fontsize=10)


def with_dropout(axes) -> None:
    """Weights trained through all masks, by the probability to keep an input, and ridge's."""
    model = example()
    keeps = np.linspace(0.1, 1.0, 46)
    ridge = np.stack([dropout.ridge_of_scaled(model, keep) for keep in keeps])
    some = keeps[::5]
    trained = np.stack([dropout.trained_with_dropout(model, keep) for keep in some])
    axes.plot(keeps, ridge, color=DISCRIMINATOR, linewidth=1.3)
    axes.plot(some, trained, "o", color=FAKE, ms=4)
    axes.plot([], [], "o", color=FAKE, ms=4, label="trained through all 32 masks")
    axes.plot([], [], color=DISCRIMINATOR, label="ridge of (1 - p)/p (X'X)$_{jj}$")
    axes.set(xlabel="probability p to keep an input", ylabel="weights")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("dropout is ridge", fontsize=10)


def half_steps(axes, iterations: int = 30) -> None:
    """EM on irises: what either half step gained, and the KL that it closed."""
    x = em.irises()
    theta = em.begin(x, 3)
    log_q, gains = mnp.full((x.shape[0], 3), -np.log(3.0)), []
    for _ in range(iterations):
        log_q, theta, gained = em.iterate(log_q, theta, x)
        gains.append(gained)
    at = np.arange(1, iterations + 1)
    e_gain, e_kl, m_gain, m_kl = np.asarray(gains).T
    for gain, kl, colour, name in ((e_gain, e_kl, FAKE, "E"), (m_gain, m_kl, REAL, "M")):
        axes.semilogy(at, gain, "o", color=colour, ms=5, label=f"gain of the {name} step")
        axes.semilogy(
            at, kl, color=colour, linewidth=1.0, label="KL(q || posterior)" if name == "E" else "n KL(new || old)"
        )
    axes.set(xlabel="iteration", ylabel="nats")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("EM on irises: gains are divergences", fontsize=10)


def stopping_bound(axes) -> None:
    """The bound of weights that descend from the prior's draws, below log p(y), and of other kinds of q."""
    model = example()
    rate = 2e-3 / float(mnp.max(mnp.linalg.eigvalsh(model.precision())))
    bounds, top = variational.stopped_bounds(model, rate, 30_000), model.log_evidence()
    steps = np.arange(len(bounds)) * rate
    best = int(bounds.argmax())
    axes.loglog(steps[1:], top - bounds[1:], color=FAKE, label="prior's draws, descending; the dot: stop")
    axes.plot(steps[best], top - bounds[best], "o", color=FAKE)
    kinds = variational.corners(model)
    for (name, below), colour in zip(list(kinds.items())[1:4], (DISCRIMINATOR, REAL, AMBER)):
        axes.axhline(below, color=colour, linewidth=1.2, label=name)
    m, covariance = variational.gaussian_by_svi(model, steps=60)
    axes.axhline(
        variational.gap(model, m, covariance), color=EXACT, linewidth=1.2, linestyle="--", label="SVI, 60 steps"
    )
    axes.set(xlabel="time of descent, steps x rate", ylabel="nats below log p(y): KL(q || posterior)")
    axes.set_ylim(1e-16, None)
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    axes.set_title("each a q below one bound", fontsize=10)
