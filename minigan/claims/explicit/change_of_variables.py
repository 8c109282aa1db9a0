"""Change of Variables: densities through maps with an inverse, what goes wrong without one, and how little ICA is told."""

from __future__ import annotations

import math

import numpy as np

import minigan.numpy as mnp

from ... import nn
from ...autodiff import grad, jacobian, tree_map, vjp
from ...backend import to_numpy
from ...densities import Normal
from ...models.explicit import flow as flows
from ...models.explicit.ica import amari_index, ica, log_density
from ...models.explicit.realnvp import flow_of_images, flow_of_rows
from ...quadrature import integrate
from ..registry import Check, Run, claim, largest

SECTION, HEADING = "explicit", "Change of Variables"


def through(p_y, g):
    """x -> log p_y(g(x)) + log |g'(x)|, of a map of the line."""

    def log_density(x):
        y, back = vjp(g, x)
        return p_y.log_density(y) + mnp.log(mnp.abs(back(mnp.ones_like(y))[0]))

    return log_density


def some_flow(kind: str, rng, largest: float = 1.0):
    """A flow whose parameters were moved from where they begin, and a batch for it."""
    if kind == "images":
        flow, x = flow_of_images(4, 6, largest), rng.standard_normal((3, 16))
    else:
        width = int(kind)
        flow, x = flow_of_rows(4, 8, width, largest), rng.standard_normal((3, width))
    params = flow.adapted(flow.init(rng, (None, x.shape[1]), "float64"), rng.standard_normal((64, x.shape[1])))
    return flow, tree_map(lambda leaf: leaf + 0.1 * rng.standard_normal(leaf.shape), params), x


@claim(
    "change-of-variables",
    section=SECTION,
    heading=HEADING,
    statement="p_x(x) = p_y(g(x)) |det dg/dx|: in closed form on the line; for couplings, linear maps, normalisations and "
    "squeezes the determinant they state is that of the Jacobian, the inverse is one, and densities integrate to one.",
    latex=r"p_x(x) = p_y(g(x)) \left| \det \frac{\partial g(x)}{\partial x} \right|",
    cost=4.0,
)
def change_of_variables(run: Run, law=through, log_det=lambda found: found[1]):
    x = mnp.linspace(0.1, 4.0, 14)
    normal = Normal(0.0, 1.0)
    known = {
        "log-normal, g = log": (mnp.log, -0.5 * mnp.log(x) ** 2 - mnp.log(x)),
        "g = (x - 1)^3 / 2": (lambda x: 0.5 * (x - 1.0) ** 3, -((x - 1.0) ** 6) / 8.0 + mnp.log(1.5 * (x - 1.0) ** 2)),
        "g = sinh": (mnp.sinh, -0.5 * mnp.sinh(x) ** 2 + mnp.log(mnp.cosh(x))),
        "g = 3 - x / 2": (lambda x: 3.0 - 0.5 * x, -0.5 * (3.0 - 0.5 * x) ** 2 - math.log(2.0)),
    }
    for name, (g, stated) in known.items():
        error = float(to_numpy(mnp.max(mnp.abs(law(normal, g)(x) - (stated - 0.5 * math.log(2.0 * math.pi))))))
        yield Check(f"{name}: log density, largest error", 0.0, error, 1e-12)
    for kind in ("2", "4", "images"):
        slopes, ways = [], []
        for stream in range(3):
            flow, params, x = some_flow(kind, run.rng(stream))
            y = flow.forward(params, x)
            ways.append(float(to_numpy(mnp.max(mnp.abs(flow.inverse(params, y[0]) - x)))))
            for i in range(x.shape[0]):

                def one(row, flow=flow, params=params):
                    return mnp.reshape(flow.forward(params, row[None])[0], (-1,))

                exact = np.linalg.slogdet(to_numpy(jacobian(one)(x[i])))[1]
                slopes.append(abs(exact - float(to_numpy(log_det(y)[i]))))
        what = "images of 4x4" if kind == "images" else f"rows of {kind}"
        error, off = largest(slopes), largest(ways)
        yield Check(f"flows of {what}: log |det| against slogdet of the Jacobian, largest error", 0.0, error, 1e-10)
        yield Check(f"flows of {what}: inverse after forward against x, largest error", 0.0, off, 1e-10)
    axis = np.linspace(-16.0, 16.0, 481)
    points = mnp.asarray(np.stack(np.meshgrid(axis, axis, indexing="ij"), -1).reshape(-1, 2))
    for stream in range(1 if run.quick else 3):
        flow, params, _ = some_flow("2", run.rng(10 + stream), 0.3)
        y = flow.forward(params, points)
        density = mnp.exp(mnp.sum(-0.5 * mnp.square(y[0]) - 0.5 * math.log(2.0 * math.pi), -1) + log_det(y))
        total = float(to_numpy(mnp.sum(density))) * (axis[1] - axis[0]) ** 2
        yield Check(f"a flow's density on the plane, drawn {stream}: its integral", 1.0, total, 1e-6)


def refusals() -> list:
    """What has no inverse or another dimension, each as a call that must be refused."""
    rows = mnp.ones((2, 3))
    narrow = nn.Bijection(lambda *a: None, lambda p, x: (x[:, :2], mnp.zeros(2)), lambda p, y: y, name="narrow")
    return [
        lambda: nn.chain(nn.dense(3)),
        lambda: nn.affine_coupling(nn.dense(6)).init(None, (None, 3)),
        lambda: nn.affine_coupling(nn.dense(6), [1, 1, 1]).init(None, (None, 3)),
        lambda: nn.squeeze.forward(None, mnp.ones((1, 3, 3, 1))),
        lambda: nn.unflatten(2, 2).forward(None, rows),
        lambda: flows.log_density(narrow, None, rows),
        lambda: log_density(mnp.ones((2, 3)), rows),
    ]


def refused(call) -> bool:
    """Whether a call ends in a sentence."""
    try:
        call()
    except (ValueError, TypeError) as error:
        return len(str(error)) > 20
    return False


@claim(
    "must-be-invertible",
    section=SECTION,
    heading=HEADING,
    statement="The map must be invertible, and dimensions must match: through a map that takes two points to one the "
    "formula counts both in full, and its integral is not one; other dimensions have no determinant and are refused.",
    latex=r"\int p_y(x^2 - 1)\, |2x|\, dx = 2\, P(y > -1)",
)
def must_be_invertible(run: Run, law=through, counted=2.0, refuses=refused):
    normal = Normal(0.0, 1.0)
    above = 0.5 * math.erfc(-1.0 / math.sqrt(2.0))

    def total(g, low, high):
        return float(to_numpy(integrate(lambda x: mnp.exp(law(normal, g)(x)), low, high, 20_000)))

    folded = total(lambda x: x * x - 1.0, -5.0, 5.0)
    yield Check("g = x^2 - 1 and y normal: the formula's integral is 2 P(y > -1)", counted * above, folded, 1e-6)
    half = total(lambda x: x * x - 1.0, 1e-9, 5.0)
    yield Check("on x > 0, where g has an inverse: P(y > -1)", above, half, 1e-3)
    calls = refusals()
    count = float(len(calls))
    yield Check("maps without an inverse or of other dimensions: refused", count, sum(map(refuses, calls)), 0.0)


# -- nonlinear ICA -------------------------------------------------------------------------------------------

WEIGHTS, MEANS, ROOTS = (0.4, 0.6), ((-1.0, 0.5), (1.0, -0.3)), ((0.7, 0.4, 0.5), (0.9, -0.6, 0.6))


def phi(x):
    """The standard normal's distribution function."""
    return 0.5 * mnp.erfc(-x / math.sqrt(2.0))


def joint_density(x):
    """A mixture of two correlated Gaussians at x (2,): component k is m + (a z1, b z1 + c z2)."""
    total = 0.0
    for w, m, (a, b, c) in zip(WEIGHTS, MEANS, ROOTS):
        z1 = (x[0] - m[0]) / a
        z2 = (x[1] - m[1] - b * z1) / c
        total = total + w * mnp.exp(-0.5 * (z1 * z1 + z2 * z2)) / (2.0 * math.pi * a * c)
    return total


def darmois(x):
    """u = (F(x1), F(x2 | x1)) of `joint_density`, by its conditional distribution functions."""
    shares, first, second = 0.0, 0.0, 0.0
    for w, m, (a, b, c) in zip(WEIGHTS, MEANS, ROOTS):
        z1 = (x[0] - m[0]) / a
        share = w * mnp.exp(-0.5 * z1 * z1) / a
        first = first + w * phi(z1)
        second = second + share * phi((x[1] - m[1] - b * z1) / c)
        shares = shares + share
    return mnp.stack([first, second / shares])


def turned(u, angle: float):
    """Another pair of independent uniforms: made Gaussian, turned by ``angle``, and taken back."""
    v = math.sqrt(2.0) * mnp.erfinv(2.0 * u - 1.0)
    c, s = math.cos(angle), math.sin(angle)
    return phi(mnp.stack([c * v[0] - s * v[1], s * v[0] + c * v[1]]))


@claim(
    "nonlinear-ica",
    section=SECTION,
    heading=HEADING,
    statement="Nonlinear ICA: any joint density has a map to independent uniforms, its conditional distribution "
    "functions; and it is far from unique: turned among Gaussians by any angle they stay independent, and are mixed.",
    latex=r"u_1 = F(x_1),\ u_2 = F(x_2 \mid x_1), \qquad u' = \Phi(R_\theta \Phi^{-1}(u))",
    cost=3.0,
)
def nonlinear_ica(run: Run, independent=darmois, turn=turned):
    rng = run.rng()
    points = [m + np.array([[a, 0.0], [b, c]]) @ to_numpy(rng.standard_normal((2,)))
              for _ in range(20) for m, (a, b, c) in zip(MEANS, ROOTS)]  # fmt: skip

    def volumes(u):
        """|det du/dx| / p(x) at the drawn points: the inverse of u's density, 1 for independent uniforms."""
        found = []
        for x in points:
            slope = np.linalg.det(to_numpy(jacobian(u)(mnp.asarray(x))))
            found.append(abs(slope) / float(to_numpy(joint_density(mnp.asarray(x)))))
        return found

    error = largest(abs(ratio - 1.0) for ratio in volumes(independent))
    yield Check("conditional distribution functions: density of u is 1, largest error at 40 points", 0.0, error, 1e-9)
    axis = np.linspace(-6.0, 6.0, 241)
    grid = mnp.asarray(np.stack(np.meshgrid(axis, axis, indexing="ij")).reshape(2, -1))
    weight = to_numpy(joint_density(grid)) * (axis[1] - axis[0]) ** 2
    for angle in (0.0, 0.5, 1.3):
        u = to_numpy(independent(grid))
        if angle:
            u = to_numpy(turn(mnp.asarray(np.clip(u, 1e-15, 1.0 - 1e-15)), angle))
        powers = [(a, b) for a in range(4) for b in range(4)]
        errors = [abs(float(weight @ (u[0] ** a * u[1] ** b)) - 1.0 / ((a + 1) * (b + 1))) for a, b in powers]
        what = "as they are" if not angle else f"turned by {angle:g}"
        yield Check(f"moments E u1^a u2^b up to a = b = 3, {what}: largest error", 0.0, largest(errors), 1e-6)
    for angle in (0.5, 1.3):

        def other(x, angle=angle):
            return turn(independent(x), angle)

        error = largest(abs(ratio - 1.0) for ratio in volumes(other))
        yield Check(f"turned by {angle:g}: density of u' is 1, largest error", 0.0, error, 1e-6)
        mixes = to_numpy(jacobian(lambda u, angle=angle: turn(u, angle))(mnp.asarray([0.3, 0.6])))
        what = f"turned by {angle:g}: smallest derivative of a new source by an old one"
        yield Check(what, 0.1, float(abs(mixes).min()), 0.0, ">=")


def unmixed(seed: int, steps: int) -> dict:
    """What is measured of linear ICA after training."""
    system = ica()
    return system.measured(system.train(steps, seed))


@claim(
    "linear-ica",
    section=SECTION,
    heading=HEADING,
    statement="Linear ICA by maximum likelihood takes mixed sources apart, up to order, sign and scale, as FastICA does; "
    "two Gaussian sources it cannot: their likelihood is the same at every angle.",
    latex=r"\log p(x) = \sum_i \log p_s(w_i^\top x) + \log |\det W|",
    cost=4.0,
)
def linear_ica(run: Run, train=unmixed, likelihood=log_density):
    for seed in run.seeds(1 if run.quick else 3):
        found = train(seed, 600 if run.quick else 1000)
        yield Check(f"Amari index, seed {seed}", 0.05, found["amari_index"], 0.0, "<=")
        beside = found["amari_index_of_fast_ica"]
        yield Check(f"FastICA's on 4,000 rows, beside it (seed {seed})", 0.05, beside, 0.0, "<=")
        yield Check(f"KL of the data's law from the model's, seed {seed}", 0.0, found["kl_of_data_from_model"], 0.05)
    rng = run.rng(3)
    w, x = mnp.asarray(np.eye(2)), rng.standard_normal((2, 20_000))
    for angle in (0.3, 0.8):
        c, s = math.cos(angle), math.sin(angle)
        turn = mnp.asarray([[c, -s], [s, c]])
        gap = to_numpy(likelihood(turn, x.T) - likelihood(w, x.T))
        error = 4.0 * float(gap.std(ddof=1)) / math.sqrt(gap.size)
        what = f"two Gaussians, W turned by {angle:g}: mean change of log p (4 errors)"
        yield Check(what, 0.0, float(gap.mean()), error)
    rows = mnp.asarray([[0.3, -1.2], [0.7, 0.4]])
    slope = to_numpy(grad(lambda w: mnp.sum(likelihood(w, rows)))(mnp.asarray([[1.0, 0.2], [-0.3, 0.8]])))
    w = np.array([[1.0, 0.2], [-0.3, 0.8]])
    stated = -np.tanh(to_numpy(rows) @ w.T).T @ to_numpy(rows) + 2.0 * np.linalg.inv(w).T
    yield Check(
        "gradient in W against -tanh(W x) x' + W^-T, largest error", 0.0, float(abs(slope - stated).max()), 1e-12
    )
    apart = amari_index([[0.0, -2.0, 0.0], [0.0, 0.0, 3.0], [0.5, 0.0, 0.0]])
    yield Check("Amari index of a permutation with signs and scales", 0.0, apart, 0.0)
