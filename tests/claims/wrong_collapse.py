"""Wrong formulas for the claims about mode collapse, and about batches that hang together."""

import math

import numpy as np

import minigan.numpy as mnp
from minigan import nn
from minigan.autodiff import tree_map
from minigan.claims.games.batch_norm import COUNT, NORMALISED, ONE_BY_ONE, network, share_by_projection
from minigan.claims.games.collapse import NONE, answered, unrolled_gradient
from minigan.claims.games.hips import at_the_best, growth
from minigan.claims.games.scores import frechet_in_the_plane, mean_of_kernel
from minigan.data.blobs import blobs
from minigan.data.symmetric import symmetric
from minigan.gan import make_step
from minigan.gan.unrolling import look_ahead
from minigan.metrics import expected_biased_mmd, expected_mode_kl, high_quality_ceiling
from minigan.models.games.hips_example import train_hips_example
from minigan.models.games.visits import Snapshot
from minigan.random import generator

NAN = math.nan


def noted(*leaders, share=1.0, covered=1):
    """Snapshots every 50 steps, of a bulk at these modes."""
    return [Snapshot(50 * (i + 1), mode, share, covered) for i, mode in enumerate(leaders)]


HOPPING = noted(*([5, 3, 2, 7, 6] * 6))
SPREAD = noted(*([0, 1] * 15), share=0.14, covered=8)
FORGETS = [*noted(*([0] * 29), share=0.14, covered=8), Snapshot(1500, 4, 0.9, 1)]
LATE = [*noted(*([3] * 29)), Snapshot(1550, 0, 0.14, 8)]
UNEVEN = noted(*([0, 1] * 15), share=0.6, covered=8)
UNKNOWN = noted(*([0] * 30), share=NAN, covered=NAN)


def ring_of(none=HOPPING, ahead=SPREAD, cheaper=SPREAD):
    """A training that was noted so."""

    def train(seed, steps, settled=False, unroll=0, first_order=False, discriminator_steps=1):
        if unroll == 0 and discriminator_steps == 1:
            return none
        return cheaper if first_order or discriminator_steps > 1 else ahead

    return train


def first_order(players, state, real, noise, unroll):
    return unrolled_gradient(players, state, real, noise, unroll, "first_order")


def another_k(change):
    return lambda players, state, real, noise, unroll: unrolled_gradient(players, state, real, noise, unroll + change)


def forgetful(players, state, real, noise, unroll):
    """Adam begins anew with every look ahead."""
    fresh = state._replace(discriminator_memory=tree_map(lambda x: 0.0 * x, state.discriminator_memory))
    return unrolled_gradient(players, fresh, real, noise, unroll)


def negated(*given):
    return tree_map(lambda x: -x, unrolled_gradient(*given))


def undefined(*given):
    return tree_map(lambda x: NAN * x, unrolled_gradient(*given))


def keeps_what_it_saw(players, unroll=0, **options):
    """A step after which D is where the look-ahead left it."""
    plain = make_step(players, unroll=unroll, **options)

    def step(state, real, noise):
        after, losses = plain(state, real, noise)
        fake = players.generator.apply(state.generator, noise)
        D = look_ahead(players, unroll)(after.discriminator, after.discriminator_memory, fake, real)
        return after._replace(discriminator=D), losses

    return step


def counts_what_it_saw(players, unroll=0, **options):
    """A step after which Adam takes the updates it looked at for its own."""
    plain = make_step(players, unroll=unroll, **options)

    def step(state, real, noise):
        after, losses = plain(state, real, noise)
        memory = {**after.discriminator_memory, "step": after.discriminator_memory["step"] + unroll}
        return after._replace(discriminator_memory=memory), losses

    return step


def without_bias_correction(players, state, fake, real, unroll):
    """D as an Adam would answer that is long under way."""
    late = {**state.discriminator_memory, "step": state.discriminator_memory["step"] + 10_000.0}
    return answered(players, state._replace(discriminator_memory=late), fake, real, unroll)


def commuting(m1, c1, m2, c2):
    """|m_1 - m_2|^2 + |C_1^(1/2) - C_2^(1/2)|^2, right for covariances with common axes only."""
    roots = [(v * np.sqrt(w)) @ v.T for w, v in map(np.linalg.eigh, (c1, c2))]
    return float(((m1 - m2) ** 2).sum() + ((roots[0] - roots[1]) ** 2).sum())


def example(**told):
    """The published example as it collapses, but for what is told."""
    collapsed = {"classes_covered": 1, "pixel_deviation": 0.0, "lowest_discriminator_loss": -7000.0}
    return lambda objective, seed, steps: {**collapsed, **told}


def referenced(normalise):
    return lambda: nn.with_reference(network(normalise), COUNT)


PLANTED = {
    "unrolled-ring": [
        dict(train=ring_of(none=SPREAD)),
        dict(train=ring_of(none=noted(*([3] * 30)))),  # collapse onto one mode, and rest
        dict(train=ring_of(none=noted(*([3, 4] * 15)))),
        dict(train=ring_of(none=UNKNOWN)),
        dict(train=ring_of(ahead=HOPPING)),
        dict(train=ring_of(ahead=FORGETS)),
        dict(train=ring_of(ahead=LATE)),
        dict(train=ring_of(ahead=UNEVEN)),
        dict(train=ring_of(ahead=UNKNOWN)),
        dict(none={"unroll": 0, "discriminator_steps": 6}),
        dict(ahead=NONE),
    ],
    "unrolled-gradient": [
        dict(gradient=first_order),
        dict(gradient=another_k(-1)),
        dict(gradient=another_k(1)),
        dict(gradient=forgetful),
        dict(gradient=negated),
        dict(gradient=undefined),
        dict(ahead=without_bias_correction),
        dict(ahead=lambda players, state, fake, real, unroll: state.discriminator),
        dict(step=keeps_what_it_saw),
        dict(step=counts_what_it_saw),
    ],
    "perfect-generator": [
        dict(ceiling=lambda: 1.0),
        dict(ceiling=lambda: 0.9973),  # of three deviations on the line
        dict(ceiling=lambda: high_quality_ceiling(3)),
        dict(ceiling=lambda: high_quality_ceiling() + 1e-6),
        dict(expected=lambda n, modes: 0.0),
        dict(expected=lambda n, modes: modes / (2.0 * n)),
        dict(expected=lambda n, modes: 2.0 * expected_mode_kl(n, modes)),
        dict(expected=lambda n, modes: 0.5 * expected_mode_kl(n, modes)),
        dict(expected=lambda n, modes: NAN),
    ],
    "distances-between-samples": [
        dict(biased=lambda n, m, k: 0.0),
        dict(biased=lambda n, m, k: 1.0 / n + 1.0 / m),
        dict(biased=lambda n, m, k: 0.5 * expected_biased_mmd(n, m, k)),
        dict(kernel_mean=lambda d, s: mean_of_kernel(2 * d, s)),
        dict(kernel_mean=lambda d, s: NAN),
        dict(frechet=commuting),
        dict(frechet=lambda *given: math.sqrt(frechet_in_the_plane(*given))),
        dict(frechet=lambda *given: frechet_in_the_plane(*given) + 1e-9),
        dict(shift=lambda d: 1.0),
        dict(shift=lambda d: d),
        dict(shift=lambda d: NAN),
    ],
    "intra-batch-correlation": [
        dict(share=lambda y: 0.0),
        dict(share=lambda y: 2.0 / len(y)),
        dict(share=lambda y: 1.0 - (1.0 - 1.0 / len(y)) ** 2),  # of the mean alone
        dict(share=lambda y: share_by_projection(y) + 1e-9),
        dict(share=lambda y: NAN),
        dict(pairs=lambda: 0.5),
        dict(pairs=lambda: 1.0 / 3.0),
        dict(normalised={"no normalisation": lambda: network(nn.identity)}),
        dict(normalised={"reference": ONE_BY_ONE["reference batch normalisation"]}),
        dict(one_by_one={"called one by one": NORMALISED["batch normalisation"]}),
        dict(one_by_one={"a reference batch unused": referenced(nn.batch_norm())}),
        dict(training=False),
    ],
    "counting": [
        dict(real=blobs(5, 12)),
        dict(count=3),
        dict(train=lambda seed, steps: blobs(4, 12)(generator(seed), 2000)),  # a generator without the problem
        dict(train=lambda seed, steps: blobs(2, 12)(generator(seed), 2000)),
        dict(train=lambda seed, steps: mnp.full((2000, 144), -1.0)),
    ],
    "global-structure": [
        dict(real=blobs(4, 12)),
        dict(real=lambda rng, n: mnp.full((n, 144), 1.0)),
        dict(train=lambda seed, steps: symmetric(12)(generator(seed), 2000)),
        dict(train=lambda seed, steps: mnp.sign(generator(seed).standard_normal((2000, 144)))),
        dict(train=lambda seed, steps: mnp.full((2000, 144), -1.0)),
    ],
    "hips-example-unbounded": [
        dict(along=lambda t, p, q: 2.0 * growth(t, p, q)),
        dict(along=lambda t, p, q: math.log1p(t) * growth(1.0, p, q)),
        dict(along=lambda t, p, q: min(growth(t, p, q), 100.0)),
        dict(along=lambda t, p, q: NAN),
        dict(objective="corrected"),
        dict(train=example(classes_covered=10, pixel_deviation=0.2)),
        dict(train=example(lowest_discriminator_loss=0.2)),
        dict(train=example(lowest_discriminator_loss=NAN)),
    ],
    "hips-example-bounded": [
        dict(best=lambda p, q: -math.log(4.0)),
        dict(best=lambda p, q: at_the_best(p, q) + math.log(2.0)),
        dict(best=lambda p, q: 0.5 * at_the_best(p, q)),
        dict(best=lambda p, q: at_the_best(p, q) - 1e-9),
        dict(best=lambda p, q: NAN),
        dict(objective="published"),
    ],
    "hips-example-corrected": [
        dict(objective="published", train=lambda objective, seed, steps: train_hips_example(objective, seed, 60)),
        dict(train=lambda objective, seed, steps: train_hips_example(objective, seed, 60)),  # hardly begun
        dict(train=example()),
        dict(train=example(classes_covered=10, pixel_deviation=NAN, lowest_discriminator_loss=0.2)),
    ],
}
TRAINS = ("unrolled-ring", "counting", "global-structure", "hips-example-unbounded", "hips-example-corrected")
