"""The mu-law against its definition, cell by cell."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.data.mu_law import companded, expanded, mu_law_decode, mu_law_encode, mu_law_error

levels = st.integers(2, 1024)


@given(levels)
def test_every_symbol_is_decoded_into_its_own_cell(count):
    symbols = mnp.arange(count)
    assert_array_equal(mg.to_numpy(mu_law_encode(mu_law_decode(symbols, count), count)), np.arange(count))


@given(levels, st.floats(-1.0, 1.0, allow_subnormal=False))  # subnormal numbers are flushed on some machines
def test_the_error_is_within_its_bound_and_the_way_back_is_one(count, x):
    point = mnp.asarray([x])
    assert_allclose(mg.to_numpy(expanded(companded(point, count - 1.0), count - 1.0)), [x], rtol=1e-12, atol=1e-300)
    error = abs(x - mg.to_numpy(mu_law_decode(mu_law_encode(point, count), count))[0])
    assert error <= mg.to_numpy(mu_law_error(point, count))[0] * (1.0 + 1e-9) + 1e-15


def test_g711s_numbers():
    """mu = 255: log(1 + 255 x) / log 256 at 0.5, and its sign."""
    assert_allclose(
        mg.to_numpy(companded(mnp.asarray([0.5, -0.5, 0.0]), 255.0)), [0.8757031, -0.8757031, 0.0], atol=1e-7
    )
    assert mg.to_numpy(mu_law_encode(mnp.asarray([2.0, -2.0]), 8)).tolist() == [7, 0]  # beyond the scale


@pytest.mark.parametrize("wrong", [1, 0, 2.5, True, 70000])
def test_few_levels_are_refused(wrong):
    with pytest.raises(ValueError, match=r"quantised to 2 \.\. 65,536 levels"):
        mu_law_encode(mnp.zeros(3), wrong)
