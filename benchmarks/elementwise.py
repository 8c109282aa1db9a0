"""W8: elementwise functions one by one: the mean of each and its gradient in every argument, in both float widths.

Every function of minigan's registry with a derivative has a case a width: eager and compiled, beside JAX's function of
that name and value and slope in plain NumPy ("floor"), where `JAX` and `NUMPY` have them. Data are *fresh*: eight draws
take turns, more than a processor's branch predictor can learn, so that a choice by a branch costs what it costs.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass

import numpy as np

from minigan import nn
from minigan.autodiff import PRIMITIVES
from minigan.numpy import clip
from minigan.special import sigmoid

from .workload import Case, Contender, Missing, Settings, Workload

SIZE = 200_000
DRAWS = 8
WIDTHS = ("float32", "float64")
ALIKE = {"clip", "from_parts", "real", "imag", "conj", "radius", "pow_operator", "positive"}  # another's twin

JAX = {  # where JAX calls it otherwise than `jax.numpy`, `jax.nn` or `jax.scipy.special` call it by minigan's name
    "leaky_relu": lambda jax: lambda x: jax.nn.leaky_relu(x, 0.2),
    "log1mexp": lambda jax: jax.nn.log1mexp,
    "clip": lambda jax: lambda x: jax.numpy.clip(x, -0.75, 0.75),
    "polygamma": lambda jax: lambda x: jax.scipy.special.polygamma(1, x),
}


def _wins(x, y):
    return 0.5 * ((x > y).astype(np.int8) + (x >= y)).astype(x.dtype)


def _share(x, y):
    e = np.exp(-np.abs(x - y))
    return np.maximum(e, x > y) / (1 + e)


# value and slopes in plain NumPy, (out, *arguments) -> slope in each argument; a number where it is one everywhere
NUMPY = {
    "add": (np.add, lambda out, x, y: (1.0, 1.0)),
    "subtract": (np.subtract, lambda out, x, y: (1.0, -1.0)),
    "multiply": (np.multiply, lambda out, x, y: (y, x)),
    "divide": (np.divide, lambda out, x, y: (1 / y, -out / y)),
    "negative": (np.negative, lambda out, x: (-1.0,)),
    "reciprocal": (np.reciprocal, lambda out, x: (-out * out,)),
    "square": (np.square, lambda out, x: (2 * x,)),
    "sqrt": (np.sqrt, lambda out, x: (0.5 / out,)),
    "power": (np.power, lambda out, x, y: (y * out / x, out * np.log(x))),
    "exp": (np.exp, lambda out, x: (out,)),
    "exp2": (np.exp2, lambda out, x: (np.log(2.0).astype(x.dtype) * out,)),
    "expm1": (np.expm1, lambda out, x: (np.exp(x),)),
    "log": (np.log, lambda out, x: (1 / x,)),
    "log1p": (np.log1p, lambda out, x: (1 / (1 + x),)),
    "log2": (np.log2, lambda out, x: (1 / (np.log(2.0).astype(x.dtype) * x),)),
    "log10": (np.log10, lambda out, x: (1 / (np.log(10.0).astype(x.dtype) * x),)),
    "logaddexp": (
        lambda x, y: np.maximum(x, y) + np.log1p(np.exp(-np.abs(x - y))),
        lambda out, x, y: (_share(x, y), _share(y, x)),
    ),
    "sin": (np.sin, lambda out, x: (np.cos(x),)),
    "cos": (np.cos, lambda out, x: (-np.sin(x),)),
    "tan": (np.tan, lambda out, x: (1 + out * out,)),
    "arcsin": (np.arcsin, lambda out, x: (1 / np.sqrt((1 - x) * (1 + x)),)),
    "arccos": (np.arccos, lambda out, x: (-1 / np.sqrt((1 - x) * (1 + x)),)),
    "arctan": (np.arctan, lambda out, x: (1 / (1 + x * x),)),
    "arctan2": (np.arctan2, lambda out, y, x: (x / (x * x + y * y), -y / (x * x + y * y))),
    "hypot": (np.hypot, lambda out, x, y: (x / out, y / out)),
    "sinh": (np.sinh, lambda out, x: (np.cosh(x),)),
    "cosh": (np.cosh, lambda out, x: (np.sinh(x),)),
    "tanh": (np.tanh, lambda out, x: (1 - out * out,)),
    "arcsinh": (np.arcsinh, lambda out, x: (1 / np.sqrt(x * x + 1),)),
    "arccosh": (np.arccosh, lambda out, x: (1 / np.sqrt((x - 1) * (x + 1)),)),
    "arctanh": (np.arctanh, lambda out, x: (1 / ((1 - x) * (1 + x)),)),
    "cbrt": (np.cbrt, lambda out, x: (1 / (3 * out * out),)),
    "abs": (np.abs, lambda out, x: (np.sign(x),)),
    "fabs": (np.fabs, lambda out, x: (np.sign(x),)),
    "where": (lambda c, x, y: np.where(c, x, y), lambda out, c, x, y: (c.astype(x.dtype), (~c).astype(x.dtype))),
    "maximum": (np.maximum, lambda out, x, y: (_wins(x, y), _wins(y, x))),
    "minimum": (np.minimum, lambda out, x, y: (_wins(y, x), _wins(x, y))),
    "fmax": (np.fmax, lambda out, x, y: (_wins(x, y), _wins(y, x))),
    "fmin": (np.fmin, lambda out, x, y: (_wins(y, x), _wins(x, y))),
    "relu": (lambda x: np.maximum(x, 0), lambda out, x: ((x > 0).astype(x.dtype),)),
    "leaky_relu": (lambda x: np.maximum(x, 0.2 * x), lambda out, x: (np.maximum((x > 0).astype(x.dtype), 0.2),)),
    "clip": (
        lambda x: np.minimum(np.maximum(x, -0.75), 0.75),
        lambda out, x: (((x > -0.75) & (x < 0.75)).astype(x.dtype),),
    ),
    "sigmoid": (functools.partial(sigmoid, np), lambda out, x: (out * (1 - out),)),
    "softplus": (lambda x: np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x))), lambda out, x: (sigmoid(np, x),)),
    "log_sigmoid": (lambda x: np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x))), lambda out, x: (sigmoid(np, -x),)),
    "elu": (
        lambda x: np.maximum(x, 0) + np.expm1(np.minimum(x, 0)),
        lambda out, x: (np.minimum(out, 0) + 1,),
    ),
    "logit": (lambda p: np.log(p) - np.log1p(-p), lambda out, p: (1 / (p * (1 - p)),)),
    "xlogy": (lambda x, y: x * np.log(y), lambda out, x, y: (np.log(y), x / y)),
}  # fmt: skip


@dataclass(frozen=True)
class Spec:
    """One function in one width, and from where its arguments are drawn."""

    name: str
    width: str

    @property
    def domains(self) -> tuple:
        """An interval for each argument that is an array, ``"boolean"``, or ``"normal"`` where the whole line will do."""
        if self.name in COMPOSED:
            return ("normal",)
        example = PRIMITIVES[self.name].examples[0]
        given = example.domain if isinstance(example.domain, list) else [example.domain] * len(example.shapes)
        return tuple("normal" if one in ((-2.0, 2.0), "distinct") else one for one in given)

    def draws(self) -> list[tuple]:
        rng = np.random.default_rng(0)
        return [tuple(self._drawn(rng, domain) for domain in self.domains) for _ in range(DRAWS)]

    def _drawn(self, rng, domain):
        if domain == "boolean":
            return rng.random(SIZE) < 0.5
        drawn = rng.standard_normal(SIZE) if domain == "normal" else rng.uniform(*domain, SIZE)
        return drawn.astype(self.width)

    @property
    def argnums(self) -> tuple[int, ...]:
        """The arguments that the gradient is taken in."""
        moving = (0,) if self.name in COMPOSED else PRIMITIVES[self.name].differentiable
        return tuple(i for i in moving if i < len(self.domains))


COMPOSED = {"clip": lambda x: clip(x, -0.75, 0.75), "elu": nn.elu}  # bounds that are numbers, as they mostly are


def functions() -> list[str]:
    """Every elementwise function of the registry with a derivative, and what is made of some of them."""
    registered = (one for one in PRIMITIVES.values() if one.kind == "elementwise" and one.differentiable)
    return [*(one.name for one in registered if one.name not in ALIKE), *COMPOSED]


def contender(draws, function, to_numpy, wait=lambda result: None) -> Contender:
    """``function(*arguments)`` returns the value and the gradients; each draw takes its turn."""

    def check():
        value, gradients = function(*draws[0])
        numbers = [to_numpy(g).astype(float) for g in gradients]
        return [float(to_numpy(value)), *(float(SIZE * np.sum(g * g)) for g in numbers)]

    result, turn = None, 0

    def iterate():
        nonlocal result, turn
        turn = (turn + 1) % DRAWS
        result = function(*draws[turn])

    return Contender(check, iterate, lambda: wait(result))


def by_minigan(spec: Spec, settings: Settings, compiled: bool = False) -> Contender:
    from .with_minigan import start

    start(settings)
    import minigan as mg
    import minigan.numpy as mnp

    if spec.name in COMPOSED:
        called = COMPOSED[spec.name]
    else:
        called = functools.partial(PRIMITIVES[spec.name], **PRIMITIVES[spec.name].examples[0].params)
    both = mg.value_and_grad(lambda *args: mnp.mean(called(*args)), argnums=spec.argnums)
    draws = [tuple(map(mnp.asarray, arguments)) for arguments in spec.draws()]
    synchronize = mg.active().synchronize
    return contender(draws, mg.compile(both) if compiled else both, mg.to_numpy, lambda result: synchronize())


def by_compiled_minigan(spec: Spec, settings: Settings) -> Contender:
    return by_minigan(spec, settings, compiled=True)


def by_jax(spec: Spec, settings: Settings) -> Contender:
    from .with_jax import start

    start(settings, double=spec.width == "float64")
    import jax
    import jax.numpy as jnp
    import jax.scipy.special as special

    if spec.name in JAX:
        called = JAX[spec.name](jax)
    else:
        rooms = (room for room in (jnp, jax.nn, special) if hasattr(room, spec.name))
        if (room := next(rooms, None)) is None:
            raise Missing("no function of this name")
        called = getattr(room, spec.name)
    both = jax.jit(jax.value_and_grad(lambda *args: jnp.mean(called(*args)), argnums=spec.argnums))
    draws = [tuple(map(jnp.asarray, arguments)) for arguments in spec.draws()]
    return contender(draws, both, np.asarray, jax.block_until_ready)


def by_numpy(spec: Spec, settings: Settings) -> Contender:
    if settings.gpu:
        raise Missing("NumPy runs on the CPU alone")
    if spec.name not in NUMPY:
        raise Missing("not written out in NumPy")
    value, slopes = NUMPY[spec.name]
    share = np.asarray(1.0 / SIZE, spec.width)

    def function(*arguments):
        out = value(*arguments)
        found = slopes(out, *arguments)
        return out.mean(), [s * share if isinstance(s, np.ndarray) else np.full(SIZE, s * share) for s in found]

    return contender(spec.draws(), function, np.asarray)


CASES = tuple(
    Case(f"{name} {width}", Spec(name, width), tolerance=1e-3 if width == "float32" else 1e-8)
    for name in functions()
    for width in WIDTHS
)

WORKLOAD = Workload(
    "W8",
    "elementwise",
    CASES,
    {"minigan": by_minigan, "minigan-compiled": by_compiled_minigan, "jax": by_jax, "floor": by_numpy},
    quick=tuple(case for case in CASES if case.spec.width == "float32"),
    rounds=5,
)
