"""A GAN in NumPy's words alone, as somebody writes it who knows `mg.grad` and `mg.compile` and nothing else of minigan: no
layers, no optimiser, no games, ``logaddexp`` for softplus, Adam over lists of pairs, the count of steps an argument."""

from __future__ import annotations

from .problem import POOL, MlpGan
from .with_minigan import start
from .workload import Contender, Settings


def mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    start(settings)
    import minigan as mg
    import minigan.numpy as mnp
    from minigan.random import generator as random_generator

    problem = spec.build()
    lr, beta1, beta2, epsilon = problem.lr, problem.beta1, problem.beta2, problem.epsilon
    hidden = {
        "tanh": mnp.tanh,
        "relu": lambda x: mnp.maximum(x, 0),
        "leaky_relu": lambda x: mnp.where(x > 0, x, 0.2 * x),
    }
    g_hidden, d_hidden = (hidden[name] for name in spec.hidden)

    def generator(params, x):
        for w, b in params[:-1]:
            x = g_hidden(x @ w + b)
        w, b = params[-1]
        return x @ w + b

    def discriminator(params, x):
        for w, b in params[:-1]:
            x = d_hidden(x @ w + b)
        w, b = params[-1]
        return x @ w + b

    def discriminator_cost(params, real, fake):
        real_cost = mnp.mean(mnp.logaddexp(0, -discriminator(params, real)))
        return real_cost + mnp.mean(mnp.logaddexp(0, discriminator(params, fake)))

    def generator_cost(params, d, real, noise):
        fake = generator(params, noise)
        for _ in range(problem.unrolled):
            gradient = mg.grad(discriminator_cost)(d, real, fake)
            d = [[p - problem.unrolled_lr * g for p, g in zip(*layer)] for layer in zip(d, gradient)]
        return mnp.mean(mnp.logaddexp(0, -discriminator(d, fake)))

    def adam(params, gradient, m, v, t):
        m = [[beta1 * m + (1 - beta1) * g for m, g in zip(*layer)] for layer in zip(m, gradient)]
        v = [[beta2 * v + (1 - beta2) * g**2 for v, g in zip(*layer)] for layer in zip(v, gradient)]
        rate, unbiased = lr / (1 - beta1**t), 1 - beta2**t
        step = [[rate * m / (mnp.sqrt(v / unbiased) + epsilon) for m, v in zip(*layer)] for layer in zip(m, v)]
        return [[p - s for p, s in zip(*layer)] for layer in zip(params, step)], m, v

    def step(state, t, real, noise):
        (g, g_m, g_v), (d, d_m, d_v) = state
        d_loss, gradient = mg.value_and_grad(discriminator_cost)(d, real, generator(g, noise))
        d, d_m, d_v = adam(d, gradient, d_m, d_v, t)
        g_loss, gradient = mg.value_and_grad(generator_cost)(g, d, real, noise)
        g, g_m, g_v = adam(g, gradient, g_m, g_v, t)
        return ((g, g_m, g_v), (d, d_m, d_v)), (d_loss, g_loss)

    def initial():
        state = []
        for arrays in (problem.generator, problem.discriminator):
            params = [[mnp.asarray(w), mnp.asarray(b)] for w, b in zip(arrays[::2], arrays[1::2])]
            m, v = ([[0 * w, 0 * b] for w, b in params] for _ in range(2))
            state.append((params, m, v))
        return tuple(state)

    def count(t):
        return mnp.asarray(t, dtype="float32")

    def check():
        state, losses, run = initial(), [], mg.compile(step, donate=0)
        for t, (real, noise) in enumerate(problem.checked(), 1):
            state, found = run(state, count(t), mnp.asarray(real), mnp.asarray(noise))
            losses += [float(mg.to_numpy(loss)) for loss in found]
        return losses

    pool = [mnp.asarray(batch) for batch in problem.pool]
    state, run, rng, t = initial(), mg.compile(step, donate=0), random_generator(2), 0

    def iterate():
        nonlocal state, t
        t += 1
        noise = rng.noise((problem.batch, problem.noise), dtype="float32")
        state, _ = run(state, count(t), pool[t % POOL], noise)

    return Contender(check, iterate, mg.active().synchronize)
