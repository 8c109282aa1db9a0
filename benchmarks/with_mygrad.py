"""A GAN by MyGrad, with Adam by hand and memory guarding off."""

from __future__ import annotations

import numpy as np

from .flat_adam import FlatAdam
from .problem import POOL, MlpGan
from .workload import Contender, Missing, Settings


def mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("MyGrad runs on the CPU alone")
    if spec.unrolled:
        raise Missing("MyGrad has no second derivatives")
    import mygrad as my
    from mygrad.nnet.activations import leaky_relu, relu

    my.turn_memory_guarding_off()
    problem = spec.build()
    activations = {"tanh": my.tanh, "relu": relu, "leaky_relu": lambda x: leaky_relu(x, 0.2)}
    hidden_generator, hidden_discriminator = (activations[name] for name in spec.hidden)

    def network(activation, params, x):
        for weight, bias in zip(params[:-2:2], params[1:-2:2]):
            x = activation(my.matmul(x, weight) + bias)
        return my.matmul(x, params[-2]) + params[-1]

    def mean_softplus(x):
        return my.mean(my.logaddexp(np.float32(0.0), x))

    def trainer():
        g, d = FlatAdam(problem.generator, problem), FlatAdam(problem.discriminator, problem)

        def step(real, noise):
            generator = [my.tensor(p, copy=False) for p in g.params]
            discriminator = [my.tensor(p, copy=False) for p in d.params]
            fake = network(hidden_generator, generator, noise)
            real_cost = mean_softplus(-network(hidden_discriminator, discriminator, real))
            d_loss = real_cost + mean_softplus(network(hidden_discriminator, discriminator, fake.data))
            d_loss.backward()
            d.update([p.grad for p in discriminator])
            g_loss = mean_softplus(-network(hidden_discriminator, d.params, fake))
            g_loss.backward()
            g.update([p.grad for p in generator])
            return d_loss, g_loss

        return step

    def check():
        step = trainer()
        return [loss.item() for real, noise in problem.checked() for loss in step(real, noise)]

    rng, step, count = np.random.default_rng(2), trainer(), 0

    def iterate():
        nonlocal count
        count += 1
        step(problem.pool[count % POOL], rng.standard_normal((problem.batch, problem.noise), dtype=np.float32))

    return Contender(check, iterate)
