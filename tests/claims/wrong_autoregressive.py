"""Wrong formulas about belief nets and PixelCNN, planted into the claims on them."""

import functools
import math

import numpy as np

import minigan.numpy as mnp
from minigan.claims.explicit import autoregressive, pixelcnn
from minigan.models.explicit.autoregressive import all_states, drawn, drawn_plainly, enumerated, log_likelihood
from minigan.models.explicit.fvbn import table_of

NAN = math.nan
TRAINED = functools.cache(lambda seed, steps: pixelcnn.trained_on(pixelcnn.bars_and_stripes(), seed, steps))


def all_changed(make, change):
    """Every network of ``make()`` with other logits: change(logits, x, order)."""

    def changed(model):
        def logits(params, x, given=None, products=None):
            return change(model.logits(params, x, given, products), x, model.order)

        return model._replace(logits=logits)

    return lambda *sizes: {name: changed(model) for name, model in make(*sizes).items()}


def sees_itself(logits, x, order):
    return logits + 1e-3 * x


def sees_the_next(logits, x, order):
    """The first bit in the order sees the second."""
    first = mnp.asarray([1.0 if i == order[0] else 0.0 for i in range(len(order))])
    return logits + 1e-3 * first * x[:, order[1] : order[1] + 1]


def blind(logits, x, order):
    return 0.0 * logits


def undefined(logits, x, order):
    return NAN * logits


def probabilities(change):
    """log p of all states, changed."""
    return lambda model, params: change(enumerated(model, params))


def of_ones_alone(model, params):
    """x log p, without the other term of the cross-entropy."""
    states = all_states(len(model.order))
    return mnp.sum(states * mnp.log_sigmoid(model.logits(params, states)), -1)


def smoothed(law):
    """Laplace's rule."""
    law = np.asarray(law) + 1e-6
    return table_of(law / law.sum())


def reversed_bits(law):
    return table_of(np.asarray(law)[::-1])


def two_at_a_time(model, params, numbers):
    """The second bit of each pair goes by the logits of the first one's evaluation."""
    bits = [mnp.zeros_like(numbers[:, 0])] * len(model.order)
    for t, i in enumerate(model.order):
        if t % 2 == 0:
            logits = model.logits(params, mnp.stack(bits, 1))
        bits[i] = mnp.astype(numbers[:, i] < mnp.sigmoid(logits[:, i]), "float64")
    return mnp.stack(bits, 1)


def twice(model, params, numbers):
    drawn_plainly(model, params, numbers)
    return drawn_plainly(model, params, numbers)


def without_a_cache(model, params, numbers, given=None, products=None):
    return drawn_plainly(model, params, numbers, given, products)


def other_numbers(model, params, numbers, given=None, **products):
    """A cache that errs in a hundredth of the numbers."""
    return drawn(model, params, 0.99 * numbers, given, **products)


def with_a_code(model, params, numbers, given=None, **products):
    """The first number moves all others' thresholds: a code."""
    first = mnp.asarray([1.0 if i == model.order[0] else 0.0 for i in range(len(model.order))])
    code = numbers[:, model.order[0] : model.order[0] + 1]
    return drawn(model, params, mnp.where(first > 0.5, numbers, (numbers + code) % 1.0), given, **products)


def warmer(model, params, numbers, given=None, **products):
    return drawn(model, params, 0.5 + 0.9 * (numbers - 0.5), given, **products)


def last_known(model, params, numbers, given=None, **products):
    """Ones and zeros in place of each other."""
    return 1.0 - drawn(model, params, numbers, given, **products)


def moved_log_density(by):
    return lambda model, params, x: log_likelihood(model.logits(params, x), x) + by


def shifted_spot(down, right, depth):
    """j > i + 1 in place of j > i."""
    return -depth <= down <= 0 and -depth <= right <= 1 - down and (down, right) < (0, 0)


def no_spot(down, right, depth):
    return (-depth <= down < 0 and abs(right) <= depth) or (down == 0 and -depth <= right < 0)


def spot(down, right, depth):
    return no_spot(down, right, depth) and right <= -down


PLANTED = {
    "chain-rule-normalised": [
        dict(models=all_changed(autoregressive.models, sees_itself)),
        dict(models=all_changed(autoregressive.models, sees_the_next)),
        dict(models=all_changed(autoregressive.models, undefined)),
        dict(probabilities=of_ones_alone),
        dict(probabilities=probabilities(lambda log_p: log_p + 1e-9)),
        dict(probabilities=probabilities(lambda log_p: 0.5 * log_p)),
    ],
    "tables-fit-parity-does-not": [
        dict(fit=smoothed),
        dict(fit=reversed_bits),
        dict(fit=lambda law: table_of(np.full(len(law), 1.0 / len(law)))),
        dict(best=0.0),
        dict(best=2.0 * math.log(2.0)),
        dict(best=NAN),
    ],
    "a-sample-takes-n-evaluations": [
        dict(plainly=two_at_a_time),
        dict(plainly=twice),
        dict(cached=without_a_cache),
        dict(cached=other_numbers),
    ],
    "no-latent-code": [
        dict(draw=with_a_code),
        dict(draw=warmer),
        dict(draw=last_known),
        dict(draw=lambda *args, **given: NAN * drawn(*args, **given)),
    ],
    "density-and-samples-agree": [
        dict(draw=warmer),
        dict(draw=last_known),
        dict(log_density=moved_log_density(0.3)),
        dict(log_density=moved_log_density(NAN)),
        dict(log_density=lambda model, params, x: log_likelihood(0.5 * model.logits(params, x), x)),
    ],
    "no-bit-sees-a-later-one": [
        dict(networks=all_changed(pixelcnn.networks, sees_itself)),
        dict(networks=all_changed(pixelcnn.networks, sees_the_next)),
        dict(networks=all_changed(pixelcnn.networks, blind)),
        dict(networks=all_changed(pixelcnn.networks, undefined)),
    ],
    "blind-spot": [
        dict(one=no_spot),
        dict(one=shifted_spot),
        dict(one=lambda down, right, depth: pixelcnn.seen_by_one_stack(down, right, depth - 1)),
        dict(two=spot),
        dict(two=lambda down, right, depth: pixelcnn.seen_by_two_stacks(down, right, depth + 1)),
    ],
    "pixelcnn-named-class": [
        dict(told=lambda label: 1 - label),
        dict(told=lambda label: 0),
        dict(trained=lambda patterns, seed, steps: TRAINED(seed, 0)),
        dict(trained=lambda patterns, seed, steps: pixelcnn.trained_on(patterns[:1] * 2, seed, 20)),
    ],
}
TRAINS = ("pixelcnn-named-class",)
