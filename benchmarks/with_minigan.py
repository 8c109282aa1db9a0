"""A GAN by minigan, as a user writes it: a pure step, run eagerly or given to ``mg.compile``."""

from __future__ import annotations

from .problem import POOL, MlpGan, Problem
from .workload import Contender, Missing, Settings


def start(settings: Settings) -> None:
    import minigan as mg

    try:
        mg.use(settings.backend)
    except RuntimeError as error:
        raise Missing(str(error)) from None


def training(problem: Problem, generator, discriminator, g_params, d_params):
    """The step, ``(state, real, noise) -> (state, losses)``, and what makes the state that it begins with.

    ``generator`` and ``discriminator`` are layers, the parameters trees of NumPy arrays for them.
    """
    import minigan as mg
    import minigan.numpy as mnp
    from minigan import optim

    adam = optim.adam(problem.lr, beta1=problem.beta1, beta2=problem.beta2, epsilon=problem.epsilon)

    def discriminator_cost(params, real, fake):
        real_logits = discriminator.apply(params, real, train=True)
        fake_logits = discriminator.apply(params, fake, train=True)
        return mnp.mean(mnp.softplus(-real_logits)) + mnp.mean(mnp.softplus(fake_logits))

    def generator_cost(fake, params, real):
        for _ in range(problem.unrolled):
            gradient = mg.grad(discriminator_cost)(params, real, fake)
            params = mg.tree_map(lambda p, g: p - problem.unrolled_lr * g, params, gradient)
        return mnp.mean(mnp.softplus(-discriminator.apply(params, fake, train=True)))

    def step(state, real, noise):
        g, g_memory, d, d_memory = state
        fake, pull = mg.vjp(lambda params: generator.apply(params, noise, train=True), g)
        d_loss, gradient = mg.value_and_grad(discriminator_cost)(d, real, fake)
        d, d_memory = adam.update(d, gradient, d_memory)
        g_loss, gradient = mg.value_and_grad(generator_cost)(fake, d, real)
        g, g_memory = adam.update(g, pull(gradient)[0], g_memory)
        return (g, g_memory, d, d_memory), (d_loss, g_loss)

    def initial():
        g, d = (mg.tree_map(mnp.asarray, params) for params in (g_params, d_params))
        return g, adam.init(g), d, adam.init(d)

    return step, initial


def gan(problem: Problem, generator, discriminator, g_params, d_params, compiled: bool) -> Contender:
    """The training as what is timed, its step compiled or not."""
    import minigan as mg
    import minigan.numpy as mnp
    from minigan.random import generator as random_generator

    step, initial = training(problem, generator, discriminator, g_params, d_params)

    def fresh_step():
        return mg.compile(step, donate=0) if compiled else step  # the state is given up, as JAX's is

    def check():
        state, losses, run = initial(), [], fresh_step()
        for real, noise in problem.checked():
            state, found = run(state, mnp.asarray(real), mnp.asarray(noise))
            losses += [float(mg.to_numpy(loss)) for loss in found]
        return losses

    pool = [mnp.asarray(batch) for batch in problem.pool]
    state, run, rng, count = initial(), fresh_step(), random_generator(2), 0

    def iterate():
        nonlocal state, count
        count += 1
        noise = rng.noise((problem.batch, problem.noise), dtype="float32")
        state, _ = run(state, pool[count % POOL], noise)

    return Contender(check, iterate, mg.active().synchronize)


def mlp_gan(spec: MlpGan, settings: Settings, compiled: bool = False) -> Contender:
    start(settings)
    from minigan import nn

    problem = spec.build()
    g_hidden, d_hidden = spec.hidden
    generator = nn.mlp(spec.generator[1:], activation=g_hidden)
    discriminator = nn.mlp(spec.discriminator[1:], activation=d_hidden)
    trees = (mlp_tree(params) for params in (problem.generator, problem.discriminator))
    return gan(problem, generator, discriminator, *trees, compiled)


def compiled_mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    return mlp_gan(spec, settings, compiled=True)


def mlp_tree(params):
    """The parameters of `nn.mlp`: a dict for every dense layer, None for the activation after it."""
    layers = []
    for weight, bias in zip(params[::2], params[1::2]):
        layers += [{"weight": weight, "bias": bias}, None]
    return tuple(layers[:-1])
