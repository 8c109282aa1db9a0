"""What one example is: rows, images or strings; and samples brought back as the data was."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.models import Form
from minigan.models.form import images


@given(st.integers(1, 5), st.integers(1, 7), st.integers(0, 4), st.integers(1, 4))
def test_flat_images_get_their_axes_back(height, width, channels, n):
    shape = (height, width, channels)[: 2 + (channels > 0)]
    pixels = np.random.default_rng(0).standard_normal((n, *shape))
    form = images(height, width, channels)
    for samples in (pixels.reshape(n, -1), pixels):
        restored = form.restore(mnp.asarray(samples))
        assert isinstance(restored, np.ndarray)
        assert_array_equal(restored, pixels)


def test_images_are_square_unless_told():
    assert images(3).restore(mnp.zeros((2, 9))).shape == (2, 3, 3)
    assert (images(3).kind, images(3).ink, images(3, low=0.0).low, images(3).high) == ("images", True, 0.0, 1.0)


@pytest.mark.parametrize("shape", [(2, 10), (2, 2, 4), (9,)])
def test_what_are_no_images_of_that_shape(shape):
    with pytest.raises(ValueError, match=r"samples of shape .* are no images of shape \(3, 3\)"):
        images(3).restore(mnp.zeros(shape))


def test_rows_are_as_they_are_unless_told():
    x = mnp.asarray([[1.0, 2.0]])
    restored = Form().restore(x)
    assert Form().kind == "rows" and isinstance(restored, np.ndarray)
    assert_array_equal(restored, mg.to_numpy(x))


def test_another_kind_is_refused():
    with pytest.raises(ValueError, match="rows, images, strings or sound, and was 'sounds'"):
        Form("sounds")
