import itertools

import numpy as np
import pytest

from reference.belief_nets import chain_rule, logistic_conditional, masked_convolution, masked_logit
from reference.convolution import conv2d
from reference.networks import sigmoid


def total(conditional, n):
    return sum(chain_rule(conditional, x) for x in itertools.product((0, 1), repeat=n))


def test_a_logistic_net_is_a_law_whatever_stands_above_its_diagonal():
    rng = np.random.default_rng(0)
    b, W = rng.normal(size=5), rng.normal(size=(5, 5))
    assert total(logistic_conditional(b, W), 5) == pytest.approx(1.0, abs=1e-14)
    x = (1, 0, 1, 1, 0)
    assert chain_rule(logistic_conditional(b, np.tril(W, -1)), x) == chain_rule(logistic_conditional(b, W), x)


def test_a_masked_network_is_a_law():
    rng = np.random.default_rng(1)
    layers = [(rng.normal(size=(4, 6)), rng.normal(size=6)), (rng.normal(size=(6, 4)), rng.normal(size=4))]

    def conditional(i, earlier):
        whole = [*earlier, *rng.normal(size=4 - i)]  # whatever stands in the places that come later
        return sigmoid(masked_logit(i, whole, [1, 2, 3, 4], layers, [[1, 1, 2, 2, 3, 3]]))

    assert total(conditional, 4) == pytest.approx(1.0, abs=1e-14)


def test_a_window_that_sees_all_is_a_convolution():
    rng = np.random.default_rng(2)
    x, w, b = rng.normal(size=(4, 5, 2)), rng.normal(size=(3, 3, 2, 3)), rng.normal(size=3)
    whole = conv2d(x[None], w, padding=((1, 1), (1, 1)))[0] + b
    assert masked_convolution(x, w, b, lambda i, j: True) == pytest.approx(whole, abs=1e-13)
