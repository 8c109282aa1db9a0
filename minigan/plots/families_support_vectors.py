"""A support vector machine beside the Gaussian process whose mode it is, and a margin that descent comes to."""

from __future__ import annotations

import numpy as np

import minigan.numpy as mnp

from ..backend import to_numpy
from ..models.families import maximum_margin as margin
from ..models.families import support_vectors as machines
from .style import DISCRIMINATOR, EXACT, FAKE, REAL, figure, tidy

STRENGTH = 2.0


def family_support_vectors():
    """Three panels: both boundaries, the distance between them by sharpness, the angle to the largest margin by log t."""
    page, (left, middle, right) = figure(1, 3, width=13.2, height=4.5)
    boundaries(left)
    sharpening(middle)
    endless_descent(right)
    for one in (middle, right):
        tidy(one)
    page.suptitle(
        "support vector machines: the mode of a Gaussian process, the limit of logistic regression", fontsize=12
    )
    return page


def boundaries(axes) -> None:
    """scikit-learn's machine as colours, the mode under a sharp loss as lines, and each point by its coefficient."""
    x, labels = machines.moons()
    tool, machine = (
        machines.by_scikit_learn(x, labels, STRENGTH),
        machines.most_probable_machine(x, labels, STRENGTH, 1e6),
    )
    host, y = to_numpy(x), to_numpy(labels)
    low, high = host.min(0) - 0.5, host.max(0) + 0.5
    across, up = np.meshgrid(np.linspace(low[0], high[0], 90), np.linspace(low[1], high[1], 80))
    grid = np.stack([across.ravel(), up.ravel()], 1)
    theirs = tool.decision_function(grid).reshape(across.shape)
    ours = to_numpy(machines.decision(machine, x, mnp.asarray(grid))).reshape(across.shape)
    axes.contourf(
        across, up, theirs, levels=[-9.0, -1.0, 0.0, 1.0, 9.0], colors=["#d9c7e3", "#efe8f3", "#e4f1ea", "#c4e2d2"]
    )
    axes.contour(across, up, ours, levels=[-1.0, 0.0, 1.0], colors=EXACT, linestyles=["--", "-", "--"], linewidths=1.1)
    size = np.abs(to_numpy(machine.coefficients)) / STRENGTH
    for label, colour in ((-1.0, FAKE), (1.0, REAL)):
        mine = y == label
        axes.scatter(host[mine, 0], host[mine, 1], s=12, color=colour)
        axes.scatter(
            host[mine, 0], host[mine, 1], s=110 * size[mine], facecolors="none", edgecolors=colour, linewidths=1.2
        )
    axes.set(xlabel="first coordinate", ylabel="second coordinate")
    axes.set_title("colours: SVC; lines: the mode, k = 10$^6$; rings: coefficients", fontsize=9)


def sharpening(axes) -> None:
    """The mode under softplus(k (1 - m)) / k comes to the machine as 1 / k."""
    x, labels = machines.moons()
    tool, y = machines.by_scikit_learn(x, labels, STRENGTH), to_numpy(labels)
    values, multipliers = tool.decision_function(to_numpy(x)), np.zeros(len(y))
    multipliers[tool.support_] = tool.dual_coef_[0]
    least = STRENGTH * np.maximum(0.0, 1.0 - y * values).sum() + 0.5 * multipliers @ values
    sharp, off, over = np.geomspace(1.0, 1e6, 5), [], []
    for k in sharp:
        one = machines.most_probable_machine(x, labels, STRENGTH, float(k))
        off.append(np.abs(to_numpy(one.values) - values).max())
        over.append(machines.hinge_objective(one.coefficients, one.values, labels, STRENGTH) - least)
    axes.loglog(sharp, STRENGTH * len(y) * np.log(2.0) / sharp, ":", color=EXACT, label="C n log 2 / k")
    axes.loglog(sharp, over, "o-", color=DISCRIMINATOR, label="hinge objective over SVC's")
    axes.loglog(sharp, off, "s-", color=FAKE, label="largest distance of f + b")
    axes.set(xlabel="sharpness k: 1 the logistic loss of m - 1, infinity the hinge", ylabel="above, or apart")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("from the logistic loss to the hinge", fontsize=10)


def endless_descent(axes) -> None:
    """1 / angle to the largest margin by log t: gradient flow, steps of descent, and the line of the multipliers."""
    data = margin.example()
    best = margin.widest(data)[0]
    times = np.linspace(0.5, 60.0, 120)
    flow = 1.0 / margin.angle(margin.flowed(data, times), best)
    line = [1.0 / margin.angle_at(data, one) for one in times[times > 4.0]]
    axes.plot(times[times > 4.0], line, ":", color=EXACT, linewidth=2.2, label="w* log t + r, from SVC's multipliers")
    axes.plot(times, flow, color=DISCRIMINATOR, label="gradient flow")
    for i, steps in enumerate((20, 200, 2000, 20_000)):
        w = margin.descended(data, 0.5, steps)
        label = "steps of descent: 20 to 20,000" if i == 0 else None
        axes.plot(np.log1p(0.5 * steps), 1.0 / margin.angle(w, best), "o", color=FAKE, label=label)
    axes.set(xlabel="log t", ylabel="1 / angle to the largest margin")
    axes.legend(frameon=False, fontsize=8)
    axes.set_title("logistic regression without a penalty", fontsize=10)
