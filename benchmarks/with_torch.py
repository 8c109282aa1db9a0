"""A GAN by PyTorch: eager, eager with its fused Adam, and the whole step under torch.compile."""

from __future__ import annotations

import shutil

from .problem import POOL, MlpGan, Problem
from .workload import Contender, Missing, Settings


def start(settings: Settings) -> str:
    """Set the threads; the device that the backend stands for."""
    import torch

    torch.set_num_threads(settings.threads)
    if torch.get_num_interop_threads() != 1:  # can be set once
        torch.set_num_interop_threads(1)
    if settings.gpu and not torch.cuda.is_available():
        raise Missing("this PyTorch finds no GPU")
    if settings.gpu:  # convolutions would be of 10 bits, and the others' are of 23
        torch.backends.cuda.matmul.allow_tf32 = torch.backends.cudnn.allow_tf32 = False
    return "cuda" if settings.gpu else "cpu"


def waiting(device: str):
    import torch

    return torch.cuda.synchronize if device == "cuda" else lambda: None


def gan(problem: Problem, build, device: str, tuned: bool) -> Contender:
    """``build()`` returns fresh modules G and D. ``tuned``: the fused Adam (gradients are None between steps anyway)."""
    import torch
    from torch.func import functional_call
    from torch.nn.functional import softplus

    def unrolled_logits(discriminator, real, fake):
        params = dict(discriminator.named_parameters())
        for _ in range(problem.unrolled):
            real_logits, fake_logits = (functional_call(discriminator, params, x) for x in (real, fake))
            d_loss = softplus(-real_logits).mean() + softplus(fake_logits).mean()
            gradient = torch.autograd.grad(d_loss, tuple(params.values()), create_graph=True)
            params = {name: p - problem.unrolled_lr * g for (name, p), g in zip(params.items(), gradient)}
        return functional_call(discriminator, params, fake)

    def trainer():
        generator, discriminator = (module.to(device) for module in build())
        settings = {"lr": problem.lr, "betas": (problem.beta1, problem.beta2), "eps": problem.epsilon}
        settings |= {"fused": True} if tuned else {}
        g_params, d_params = list(generator.parameters()), list(discriminator.parameters())
        g_optimizer, d_optimizer = (torch.optim.Adam(params, **settings) for params in (g_params, d_params))

        def step(real, noise):
            fake = generator(noise)
            d_loss = softplus(-discriminator(real)).mean() + softplus(discriminator(fake.detach())).mean()
            d_optimizer.zero_grad()
            d_loss.backward()
            d_optimizer.step()
            fake_logits = unrolled_logits(discriminator, real, fake) if problem.unrolled else discriminator(fake)
            g_loss = softplus(-fake_logits).mean()
            g_optimizer.zero_grad()
            g_loss.backward(inputs=g_params)
            g_optimizer.step()
            return d_loss.detach(), g_loss.detach()

        return step

    def placed(array):
        moved = torch.tensor(array, device=device)
        return moved.contiguous(memory_format=torch.channels_last) if tuned and moved.ndim == 4 else moved

    def check():
        step = trainer()
        return [float(x) for real, noise in problem.checked() for x in step(placed(real), placed(noise))]

    pool, step, count = [placed(batch) for batch in problem.pool], trainer(), 0

    def iterate():
        nonlocal count
        count += 1
        step(pool[count % POOL], torch.randn(problem.batch, problem.noise, device=device))

    return Contender(check, iterate, waiting(device))


def compiled_gan(problem: Problem, generator, discriminator, device: str) -> Contender:
    """The whole step as one function of tensors, updated in place; noise comes from outside, where it is drawn faster."""
    import torch
    from torch.nn.functional import softplus

    if device == "cpu" and not (shutil.which("g++") or shutil.which("clang++")):
        raise Missing("torch.compile needs a C++ compiler, and there is neither g++ nor clang++")

    def discriminator_cost(params, real, fake):
        return softplus(-discriminator(params, real)).mean() + softplus(discriminator(params, fake)).mean()

    def generator_cost(fake, params, real):
        for _ in range(problem.unrolled):
            gradient = torch.func.grad(discriminator_cost)(params, real, fake)
            params = [p - problem.unrolled_lr * g for p, g in zip(params, gradient)]
        return softplus(-discriminator(params, fake)).mean()

    def adam(params, gradient, m, v, t):
        rate = problem.lr / (1.0 - problem.beta1**t)
        root = (1.0 - problem.beta2**t) ** -0.5
        for p, g, a, b in zip(params, gradient, m, v):
            a.mul_(problem.beta1).add_((1.0 - problem.beta1) * g)
            b.mul_(problem.beta2).add_((1.0 - problem.beta2) * g * g)
            p.sub_(rate * a / (b.sqrt() * root + problem.epsilon))

    def step(state, real, noise):
        (g, gm, gv), (d, dm, dv), t = state
        t.add_(1.0)
        fake, pull = torch.func.vjp(lambda params: generator(params, noise), g)
        gradient, d_loss = torch.func.grad_and_value(discriminator_cost)(d, real, fake)
        adam(d, gradient, dm, dv, t)
        gradient, g_loss = torch.func.grad_and_value(generator_cost)(fake, d, real)
        adam(g, pull(gradient)[0], gm, gv, t)
        return d_loss, g_loss

    def initial():
        def with_moments(params):
            params = [torch.tensor(p, device=device) for p in params]
            return params, [torch.zeros_like(p) for p in params], [torch.zeros_like(p) for p in params]

        t = torch.zeros((), device=device)
        return with_moments(problem.generator), with_moments(problem.discriminator), t

    compiled = torch.compile(step)

    def check():
        state, losses = initial(), []
        for pair in problem.checked():
            losses += compiled(state, *(torch.tensor(array, device=device) for array in pair))
        return [float(loss) for loss in losses]

    pool = [torch.tensor(batch, device=device) for batch in problem.pool]
    state, count = initial(), 0

    def iterate():
        nonlocal count
        count += 1
        compiled(state, pool[count % POOL], torch.randn(problem.batch, problem.noise, device=device))

    return Contender(check, iterate, waiting(device))


def mlp_gan(spec: MlpGan, settings: Settings, tuned: bool = False) -> Contender:
    device = start(settings)
    import torch
    from torch import nn

    problem = spec.build()
    activations = {"tanh": nn.Tanh, "relu": nn.ReLU, "leaky_relu": lambda: nn.LeakyReLU(0.2)}

    def module(params, hidden):
        layers = []
        for weight, bias in zip(params[::2], params[1::2]):
            layer = nn.Linear(*weight.shape)
            layer.weight.data, layer.bias.data = torch.tensor(weight.T.copy()), torch.tensor(bias)
            layers += [layer, activations[hidden]()]
        return nn.Sequential(*layers[:-1])

    def build():
        return module(problem.generator, spec.hidden[0]), module(problem.discriminator, spec.hidden[1])

    return gan(problem, build, device, tuned)


def tuned_mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    return mlp_gan(spec, settings, tuned=True)


def compiled_mlp_gan(spec: MlpGan, settings: Settings) -> Contender:
    device = start(settings)
    import torch
    from torch.nn import functional

    activations = {"tanh": torch.tanh, "relu": torch.relu, "leaky_relu": lambda x: functional.leaky_relu(x, 0.2)}

    def network(hidden):
        activation = activations[hidden]

        def apply(params, x):
            for weight, bias in zip(params[:-2:2], params[1:-2:2]):
                x = activation(torch.addmm(bias, x, weight))
            return torch.addmm(params[-1], x, params[-2])

        return apply

    return compiled_gan(spec.build(), *map(network, spec.hidden), device)
