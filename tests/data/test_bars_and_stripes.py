"""Bars and stripes: which images they are."""

import itertools

import numpy as np
import pytest

import minigan as mg
from minigan.data import bars_and_stripes


@pytest.mark.parametrize("side", [1, 2, 3, 4])
def test_they_are_all_images_whose_rows_or_whose_columns_are_alike(side):
    every = itertools.product((0.0, 1.0), repeat=side * side) if side < 4 else ()
    found = {tuple(row) for row in mg.to_numpy(bars_and_stripes(side))}
    assert len(found) == bars_and_stripes(side).shape[0] == 2 ** (side + 1) - 2
    for flat in found:
        image = np.reshape(flat, (side, side))
        assert (image == image[:1]).all() or (image == image[:, :1]).all()
    alike = [x for x in every if len(set(zip(*[iter(x)] * side))) == 1 or len({x[i::side] for i in range(side)}) == 1]
    assert side == 4 or found == set(alike)


@pytest.mark.parametrize("side", [0, 11, 2.0, True])
def test_a_side_is_a_number_of_pixels(side):
    with pytest.raises(ValueError, match=f"have a side of 1 to 10 pixels, and this one has {side!r}"):
        bars_and_stripes(side)
