"""A GAN by JAX: the whole iteration under one jit, its state donated, noise drawn inside."""

from __future__ import annotations

from .problem import POOL, MlpGan, Problem
from .workload import Contender, Missing, Settings


def start(settings: Settings, double: bool = False) -> None:
    """JAX takes the GPU by itself where it finds one; the CPU's threads are set by the environment."""
    import jax

    jax.config.update("jax_enable_x64", double)
    if settings.gpu and jax.default_backend() != "gpu":
        raise Missing("this JAX finds no GPU")
    if settings.gpu:  # products would be of 10 bits, and the others' are of 23
        jax.config.update("jax_default_matmul_precision", "highest")


def gan(problem: Problem, generator, discriminator) -> Contender:
    import jax
    import jax.numpy as jnp
    from jax.nn import softplus

    def discriminator_cost(params, real, fake):
        real_cost = jnp.mean(softplus(-discriminator(params, real)))
        return real_cost + jnp.mean(softplus(discriminator(params, fake)))

    def generator_cost(fake, params, real):
        for _ in range(problem.unrolled):
            gradient = jax.grad(discriminator_cost)(params, real, fake)
            params = [p - problem.unrolled_lr * g for p, g in zip(params, gradient)]
        return jnp.mean(softplus(-discriminator(params, fake)))

    def adam(params, gradient, m, v, t):
        beta1, beta2 = problem.beta1, problem.beta2
        m = [beta1 * a + (1.0 - beta1) * g for a, g in zip(m, gradient)]
        v = [beta2 * a + (1.0 - beta2) * g * g for a, g in zip(v, gradient)]
        rate, root = problem.lr / (1.0 - beta1**t), (1.0 - beta2**t) ** -0.5
        moved = [p - rate * a / (jnp.sqrt(b) * root + problem.epsilon) for p, a, b in zip(params, m, v)]
        return moved, m, v

    def step(state, real, noise):
        (g, gm, gv), (d, dm, dv), t = state
        t = t + 1.0
        fake, pull = jax.vjp(lambda params: generator(params, noise), g)
        d_loss, gradient = jax.value_and_grad(discriminator_cost)(d, real, fake)
        d, dm, dv = adam(d, gradient, dm, dv, t)
        g_loss, gradient = jax.value_and_grad(generator_cost)(fake, d, real)
        g, gm, gv = adam(g, pull(gradient)[0], gm, gv, t)
        return ((g, gm, gv), (d, dm, dv), t), (d_loss, g_loss)

    def iteration(carried, pool):
        state, key, i = carried
        key, own = jax.random.split(key)
        noise = jax.random.normal(own, (problem.batch, problem.noise), jnp.float32)
        state, losses = step(state, pool[i % POOL], noise)
        return (state, key, i + 1), losses

    def initial():
        def zeros(params):
            return [jnp.zeros_like(p) for p in params]

        g, d = ([jnp.array(p) for p in params] for params in (problem.generator, problem.discriminator))
        return (g, zeros(g), zeros(g)), (d, zeros(d), zeros(d)), jnp.zeros((), jnp.float32)

    def check():
        state, losses, compiled = initial(), [], jax.jit(step)
        for real, noise in problem.checked():
            state, found = compiled(state, jnp.array(real), jnp.array(noise))
            losses += [float(loss) for loss in found]
        return losses

    pool = jnp.array(problem.pool)
    compiled = jax.jit(iteration, donate_argnums=0)
    carried = (initial(), jax.random.key(2), jnp.zeros((), jnp.int32))

    def iterate():
        nonlocal carried
        carried, _ = compiled(carried, pool)

    return Contender(check, iterate, lambda: jax.block_until_ready(carried))


def mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    start(settings)
    import jax
    import jax.numpy as jnp

    activations = {"tanh": jnp.tanh, "relu": jax.nn.relu, "leaky_relu": lambda x: jax.nn.leaky_relu(x, 0.2)}

    def network(hidden):
        activation = activations[hidden]

        def apply(params, x):
            for weight, bias in zip(params[:-2:2], params[1:-2:2]):
                x = activation(x @ weight + bias)
            return x @ params[-2] + params[-1]

        return apply

    return gan(spec.build(), *map(network, spec.hidden))
