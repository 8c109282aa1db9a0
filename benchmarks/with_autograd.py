"""A GAN by HIPS autograd, with Adam by hand."""

from __future__ import annotations

import numpy as np

from .flat_adam import FlatAdam
from .problem import POOL, MlpGan, Problem
from .workload import Contender, Missing, Settings


def gan(problem: Problem, generator, discriminator) -> Contender:
    import autograd.numpy as anp
    from autograd import grad, make_vjp, value_and_grad

    def softplus(x):
        return anp.logaddexp(0.0, x)

    def discriminator_cost(params, real, fake):
        real_cost = anp.mean(softplus(-discriminator(params, real)))
        return real_cost + anp.mean(softplus(discriminator(params, fake)))

    def generator_cost(fake, params, real):
        for _ in range(problem.unrolled):
            gradient = grad(discriminator_cost)(params, real, fake)
            params = [p - problem.unrolled_lr * g for p, g in zip(params, gradient)]
        return anp.mean(softplus(-discriminator(params, fake)))

    discriminator_gradient, fake_gradient = value_and_grad(discriminator_cost), value_and_grad(generator_cost)

    def trainer():
        g, d = FlatAdam(problem.generator, problem), FlatAdam(problem.discriminator, problem)

        def step(real, noise):
            pull, fake = make_vjp(lambda params: generator(params, noise))(g.params)
            d_loss, gradient = discriminator_gradient(d.params, real, fake)
            d.update(gradient)
            g_loss, gradient = fake_gradient(fake, d.params, real)
            g.update(pull(gradient))
            return d_loss, g_loss

        return step

    def check():
        step = trainer()
        return [float(loss) for real, noise in problem.checked() for loss in step(real, noise)]

    rng, step, count = np.random.default_rng(2), trainer(), 0

    def iterate():
        nonlocal count
        count += 1
        step(problem.pool[count % POOL], rng.standard_normal((problem.batch, problem.noise), dtype=np.float32))

    return Contender(check, iterate)


def mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("autograd runs on the CPU alone")
    import autograd.numpy as anp

    activations = {
        "tanh": anp.tanh,
        "relu": lambda x: anp.maximum(x, 0.0),
        "leaky_relu": lambda x: anp.where(x > 0.0, x, 0.2 * x),
    }

    def network(hidden):
        activation = activations[hidden]

        def apply(params, x):
            for weight, bias in zip(params[:-2:2], params[1:-2:2]):
                x = activation(anp.dot(x, weight) + bias)
            return anp.dot(x, params[-2]) + params[-1]

        return apply

    return gan(spec.build(), *map(network, spec.hidden))
