"""The bound that a critic reaches while it is trained, below the exact divergence."""

from __future__ import annotations

from functools import partial

import numpy as np

import minigan.numpy as mnp

from .. import nn, optim
from ..autodiff import grad
from ..divergences import TABLE
from ..divergences.variational import bound_between_densities
from ..gan.f_gan import f_gan
from ..random import generator
from .style import DISCRIMINATOR, EXACT, figure, tidy


def critic_bound_curves(steps, bounds: dict, exact: dict, title: str = ""):
    """A figure with a panel a row: the bound E_p[T] - E_q[f*(T)] by training step, below the exact value.

    ``steps`` are the steps, ``bounds`` maps a row's name to the bound at each, ``exact`` to D_f(P || Q).
    """
    count = len(bounds)
    columns = min(3, count)
    lines = -(-count // columns)
    drawn, axes = figure(
        lines, columns, width=3.1 * columns + 0.4, height=2.3 * lines + 0.5, squeeze=False, sharex=True
    )
    for i, panel in enumerate(axes.flat):
        if i >= count:
            panel.set_visible(False)
            if i - columns >= 0:
                axes.flat[i - columns].tick_params(labelbottom=True)
                axes.flat[i - columns].set_xlabel("step")
            continue
        name, values = list(bounds.items())[i]
        panel.plot(steps, values, color=DISCRIMINATOR, linewidth=1.6, label="the critic's bound")
        panel.axhline(exact[name], color=EXACT, linestyle="--", linewidth=1.2, label=r"exact $D_f(P\,\|\,Q)$")
        shown = np.asarray(values, dtype=float)
        smallest = TABLE[name].smallest if name in TABLE else 0.0
        low = max(shown.min(), exact[name] - 1.5 * abs(exact[name] - smallest))
        panel.set_ylim(low - 0.05 * (exact[name] - low), exact[name] + 0.15 * (exact[name] - low))
        panel.set_title(f"{name}: {shown[-1]:.4f} of {exact[name]:.4f}", fontsize=10)
        tidy(panel)
    for panel in axes[-1]:
        panel.set_xlabel("step")
    for panel in axes[:, 0]:
        panel.set_ylabel("nats")
    handles, labels = axes[0, 0].get_legend_handles_labels()
    drawn.legend(handles, labels, frameon=False, loc="outside lower center", ncols=2, fontsize=9)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn


def bounds_in_training(divergence, p, q, steps: int, every: int, seed: int = 0) -> list[float]:
    """The bound E_p[T] - E_q[f*(T)] of a critic network after 0, every, 2 every, ... steps on samples of ``p``, ``q``.

    The network is 1-16-16-1 with tanh and its output v = log p/q, T = f'(exp v); each bound is an integral over the
    densities, not a mean over samples, so it lies below the divergence.
    """
    rng = generator(seed)
    network = nn.mlp([16, 16, 1], activation="tanh")
    params = network.init(rng, (None, 1))
    adam = optim.adam(optim.cosine(1e-2, steps), beta2=0.99, clip=optim.clip_by_norm(10.0))
    memory, game = adam.init(params), f_gan(divergence, canonical=True)
    seen = mnp.concatenate([p.sample(rng, (1024,)), q.sample(rng, (1024,))])
    centre, scale = mnp.mean(seen), mnp.std(seen)

    def output(params, x):
        return mnp.reshape(network.apply(params, mnp.reshape((x - centre) / scale, (-1, 1))), x.shape)

    gradient = grad(lambda w, real, fake: game.discriminator_loss(output(w, real), output(w, fake)))
    bounds = []
    for step in range(steps + 1):
        if step % every == 0:
            critic = partial(lambda w, x: divergence.canonical_activation(output(w, x)), params)
            bounds.append(float(bound_between_densities(divergence, critic, p, q, tolerance=1e-7)))
        g = gradient(params, p.sample(rng, (512,)), q.sample(rng, (512,)))
        params, memory = adam.update(params, g, memory)
    return bounds
