"""Wrong formulas for the claims on games, each of which must make its claim fail."""

import dataclasses
import math

import minigan.numpy as mnp
from minigan.autodiff import stop_gradient
from minigan.claims.games.continuous import ZERO_SUM
from minigan.claims.games.dirac import CRITICAL as DIRAC_CRITICAL
from minigan.claims.games.dirac import REST, STEPS, TURN
from minigan.claims.games.methods import CRITICAL, RADII, cycle_average, spiral_average
from minigan.claims.games.order import OUTER_MAX, OUTER_MIN
from minigan.claims.games.time_scales import tracked
from minigan.dynamics import (
    TwoPlayerGame,
    descent_of_densities,
    dirac_eigenvalues,
    dirac_gan,
    function_space_game,
    quadratic,
    simultaneous,
    spectrum,
    value_on_atoms,
)
from minigan.gan import Penalty, gradient_penalty, label_smoothing, r1, r2
from minigan.gan.penalties import squared_slopes
from minigan.optim import projected, sgd

NAN = math.nan


def other(mapping, **changes):
    return {**mapping, **{key.replace("_", " "): value for key, value in changes.items()}}


def eigenvalues_with(**change):
    """The closed forms with an argument changed by a function, or all of them by ``by``."""
    by = change.pop("by", lambda values: values)

    def wrong(loss="minimax", **options):
        return by(dirac_eigenvalues(loss, **{key: change.get(key, lambda v: v)(v) for key, v in options.items()}))

    return wrong


def critical(name, factor):
    game, method, lr = DIRAC_CRITICAL[name]
    return {**DIRAC_CRITICAL, name: (game, method, factor * lr)}


def step_radius(name, radius):
    return {**STEPS, name: (STEPS[name][0], radius)}


def scaled(penalty, factor):
    return lambda gamma: penalty(factor * gamma)


ZERO_CENTRED = lambda gamma: gradient_penalty(0.5 * gamma, target=0.0)


def of_norms(norms):
    """A gradient penalty of weight 10 and target 1, from squared slopes in another way."""

    def value(critic, real, fake, chance):
        return 10.0 * mnp.mean(mnp.square(norms(squared_slopes(critic, fake + chance * (real - fake))) - 1.0))

    return lambda: Penalty(value)


def at_real(critic, real, fake, chance):
    return 10.0 * mnp.mean(mnp.square(mnp.sqrt(squared_slopes(critic, real)) - 1.0))


def first_order(critic, real, fake, chance):
    """The right value, and no derivative through the slopes."""
    return stop_gradient(gradient_penalty(10.0).value(critic, real, fake, chance))


def other_sign(game, at, **options):
    """The players swap signs: both ascend."""
    return -spectrum(game, at, **options)


def without_interaction(game, at, **options):
    """Each player's own curvature alone."""
    x, y = at
    alone = TwoPlayerGame(lambda a, b: game.x_loss(a, y), lambda a, b: game.y_loss(x, b), "two players who do not meet")
    return spectrum(alone, at, **options)


def of_a_sum(game, at, **options):
    """The eigenvalues of a descent of both losses together: real ones."""
    both = lambda x, y: game.x_loss(x, y) + game.y_loss(x, y)
    return spectrum(TwoPlayerGame(both, both, "one loss"), at, **options)


def both_ascend(p):
    game = function_space_game(p)
    return dataclasses.replace(game, y_loss=game.x_loss)


def unprojected(lr):
    """q may leave the simplex."""
    return simultaneous(sgd(lr), projected(sgd(lr), lambda d: mnp.clip(d, 1e-3, 1.0 - 1e-3), "inside"))


def labels(label, fake_label):
    """Two-sided smoothing: generated data have a label above 0, too."""

    def loss(real, fake):
        told = [label * mnp.softplus(-real) + (1.0 - label) * mnp.softplus(real)]
        told += [fake_label * mnp.softplus(-fake) + (1.0 - fake_label) * mnp.softplus(fake)]
        return 0.5 * mnp.mean(told[0]) + 0.5 * mnp.mean(told[1])

    return dataclasses.replace(label_smoothing(label), discriminator_loss=loss)


PLANTED = {
    "saddle-methods": [
        dict(radii=other(RADII, simultaneous=lambda lr: 1.0)),
        dict(radii=other(RADII, alternating=lambda lr: math.sqrt(1.0 + lr**2))),
        dict(radii=other(RADII, extragradient=lambda lr: math.sqrt(1.0 - lr**2))),
        dict(radii=other(RADII, extragradient=lambda lr: math.sqrt(1.0 + lr**2 + lr**4))),
        dict(radii=other(RADII, optimistic=RADII["extragradient"])),
        dict(radii=other(RADII, optimistic=lambda lr: math.sqrt((1.0 + math.sqrt(abs(1.0 - 4.0 * lr**2))) / 2.0))),
        dict(radii=other(RADII, proximal_point=lambda lr: 1.0 - 0.5 * lr**2)),
        dict(radii={**RADII, "consensus, gamma = 1": lambda lr: math.hypot(1.0 - 0.5 * lr, lr)}),
        dict(radii={**RADII, "alternating, mass -1/2": RADII["alternating, mass 1/2"]}),
        dict(radii=other(RADII, simultaneous=lambda lr: math.sqrt(1.0 + lr**2) * (1.0 + 1e-10))),
        dict(radii=other(RADII, simultaneous=lambda lr: NAN)),
    ],
    "saddle-thresholds": [
        *(dict(critical={**CRITICAL, name: factor * lr}) for name, lr in CRITICAL.items() for factor in (0.98, 1.02)),
        dict(critical=other(CRITICAL, optimistic=0.5)),
        dict(critical=other(CRITICAL, extragradient=NAN)),
    ],
    "alternating-cycle": [
        dict(invariant=lambda x, y, lr: x * x + y * y),  # what continuous time keeps
        dict(invariant=lambda x, y, lr: x * x + y * y + lr * x * y),
        dict(invariant=lambda x, y, lr: x * x + y * y - 0.999 * lr * x * y),
        dict(invariant=lambda x, y, lr: x * y),
        dict(invariant=lambda x, y, lr: NAN * x),
    ],
    "iterate-averages": [
        dict(cycle=lambda lr, steps: 1.0 / math.sqrt(steps)),
        dict(cycle=lambda lr, steps: cycle_average(lr, steps) * (1.0 + 1e-8)),
        dict(cycle=lambda lr, steps: steps * cycle_average(lr, steps)),
        dict(spiral=cycle_average),
        dict(spiral=lambda lr, steps: (1.0 + lr * lr) ** (0.5 * steps)),
        dict(spiral=lambda lr, steps: spiral_average(lr, steps + 1)),
        dict(cycle=lambda lr, steps: NAN),
    ],
    "two-time-scales": [
        dict(line=lambda ratio: 1.0),  # at its best response
        dict(line=lambda ratio: 1.0 + ratio),
        dict(line=lambda ratio: 1.0 - ratio),
        dict(line=lambda ratio: tracked(1.01 * ratio)),
        dict(line=lambda ratio: NAN),
    ],
    "dirac-eigenvalues": [
        dict(eigenvalues=eigenvalues_with(gamma=lambda g: 2.0 * g)),  # gamma in place of gamma/2
        dict(eigenvalues=eigenvalues_with(gamma=lambda g: -g)),
        dict(eigenvalues=eigenvalues_with(gamma=lambda g: 0.0)),
        dict(eigenvalues=eigenvalues_with(instance_noise=lambda s: 2.0 * s)),
        dict(eigenvalues=eigenvalues_with(instance_noise=lambda s: math.sqrt(s))),
        dict(eigenvalues=eigenvalues_with(by=lambda values: 0.5 * values)),
        dict(eigenvalues=eigenvalues_with(by=lambda values: values.real)),
        dict(eigenvalues=eigenvalues_with(by=lambda values: values + 1e-9)),
        dict(eigenvalues=lambda loss, **options: dirac_eigenvalues("minimax", **options)),
        dict(eigenvalues=eigenvalues_with(by=lambda values: NAN * values)),
    ],
    "dirac-steps": [
        *(dict(critical=critical(name, factor)) for name in DIRAC_CRITICAL for factor in (0.98, 1.02)),
        dict(steps=step_radius("simultaneous", lambda lr: math.hypot(1.0, lr))),
        dict(steps=step_radius("simultaneous", lambda lr: 1.0)),
        dict(steps=step_radius("extragradient", lambda lr: math.sqrt(1.0 - lr**2 + lr**4))),
        dict(steps=step_radius("consensus, gamma = 1", lambda lr: abs(1.0 + lr * (-0.5 + 0.5j)))),
        dict(steps=step_radius("alternating", lambda lr: NAN)),
    ],
    "penalty-factor": [
        dict(penalties=(scaled(r1, 2.0), r2, ZERO_CENTRED)),  # gamma E|dD/dx|^2
        dict(penalties=(r1, scaled(r2, 0.5), ZERO_CENTRED)),
        dict(penalties=(r1, r2, scaled(ZERO_CENTRED, 2.0))),
        dict(penalties=(scaled(r1, 0.0), r2, ZERO_CENTRED)),
        dict(penalties=(scaled(r1, 1.0 + 1e-9), r2, ZERO_CENTRED)),
        dict(penalties=(r1, r2, gradient_penalty)),  # centred at 1
    ],
    "dirac-who-rests": [
        *(dict(rest={name: entry}) for name, entry in TURN.items()),
        *(dict(turn={name: REST[name]}) for name in list(REST)[::2]),
        dict(rest={"R1, gamma = 0": (lambda: dirac_gan("minimax", r1=0.0), simultaneous)}),
        dict(rest={"non-saturating": (lambda: dirac_gan("non_saturating"), simultaneous)}),
        dict(turn={"nothing to see": (lambda: quadratic(NAN, NAN, NAN), simultaneous)}),
    ],
    "conserved-energy": [
        dict(energy=lambda x, y: x * x + 1.01 * y * y),
        dict(energy=lambda x, y: x * x - y * y),
        dict(energy=lambda x, y: abs(x) + abs(y)),
        dict(energy=lambda x, y: NAN * x),
        dict(games={**ZERO_SUM, "a bowl": lambda: quadratic(0.01, 1.0, 0.0)}),
        dict(games={**ZERO_SUM, "a non-zero-sum game": lambda: dirac_gan("non_saturating")}),
        dict(games={**ZERO_SUM, "a penalty": lambda: dirac_gan("minimax", r1=0.1)}),
    ],
    "non-saturating-rests-slowly": [
        dict(settled=lambda lr: 0.0),
        dict(settled=lambda lr: 4.0 * lr),
        dict(settled=lambda lr: lr * lr),
        dict(settled=lambda lr: NAN),
        dict(radius=lambda t: math.sqrt(4.0 / t)),
        dict(radius=lambda t: 1.0 / t),
        dict(radius=lambda t: math.exp(-0.05 * t)),
        dict(radius=lambda t: math.sqrt(2.0)),
    ],
    "minimax-is-not-maximin": [
        dict(outer_min=OUTER_MAX),  # no difference
        dict(outer_max=OUTER_MIN),
        dict(outer_min=OUTER_MAX, outer_max=OUTER_MIN),
        dict(outer_min=-0.9548),  # four digits are not enough
        dict(outer_max=-2.0 * math.log(4.0)),
        dict(outer_min=0.5 * math.log(1.0 / 3.0)),
        dict(outer_min=NAN),
    ],
    "function-space": [
        dict(game=lambda p: function_space_game(mnp.flip(p))),
        dict(game=both_ascend),
        dict(game=lambda p: dataclasses.replace(function_space_game(p), x_loss=lambda q, d: 0.0 * mnp.sum(q))),
        dict(
            game=lambda p: TwoPlayerGame(
                lambda q, d: 2.0 * value_on_atoms(p, q, d), lambda q, d: -value_on_atoms(p, q, d)
            )
        ),
        dict(method=lambda lr: descent_of_densities(1e-3 * lr)),
        dict(method=unprojected),
        dict(game=lambda p: function_space_game(NAN * p)),
    ],
    "network-spectrum": [
        dict(eigenvalues=other_sign),
        dict(eigenvalues=without_interaction),
        dict(eigenvalues=of_a_sum),
        dict(eigenvalues=lambda *args, **given: spectrum(*args, **given) + 1e-5),
        dict(eigenvalues=lambda *args, **given: 0.5 * spectrum(*args, **given)),
        dict(eigenvalues=lambda *args, **given: spectrum(*args, **given).real),
        dict(eigenvalues=lambda *args, **given: NAN * spectrum(*args, **given)),
    ],
    "penalty-second-order": [
        dict(penalty=of_norms(lambda squares: mnp.sqrt(mnp.sum(squares)))),  # one norm over the batch
        dict(penalty=of_norms(lambda squares: mnp.sqrt(mnp.mean(squares)))),
        dict(penalty=of_norms(lambda squares: squares)),
        dict(penalty=of_norms(mnp.sqrt)),  # NaN where slopes are 0
        dict(penalty=lambda: Penalty(at_real)),
        dict(penalty=lambda: Penalty(first_order)),
        dict(penalty=lambda: gradient_penalty(5.0)),
        dict(penalty=lambda: gradient_penalty(10.0, target=0.0)),
        dict(target=0.99),
        dict(target=NAN),
    ],
    "one-sided-smoothing": [
        dict(optimal=lambda p, q, a: p / (p + q)),
        dict(optimal=lambda p, q, a: a * p / (a * p + q)),
        dict(optimal=lambda p, q, a: (a * p + (1.0 - a) * q) / (p + q)),  # of labels smoothed on both sides
        dict(optimal=lambda p, q, a: NAN * p),
        dict(game=lambda a: label_smoothing(1.0)),
        dict(game=lambda a: labels(a, 1.0 - a if a < 1.0 else 0.0)),
        dict(game=lambda a: dataclasses.replace(label_smoothing(a), value_at_optimum=math.log(2.0))),
    ],
}
