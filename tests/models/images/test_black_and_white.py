"""Counting and global structure: what the systems report of a short training and of perfect samples."""

import pytest

import minigan.numpy as mnp
from minigan.data import blobs, symmetric
from minigan.gan import Fit
from minigan.models.images import blobs as counting
from minigan.models.images import symmetry as mirroring
from minigan.models.images.black_and_white import variety
from minigan.random import generator

MODULES = {"blobs": (counting, counting.blobs, blobs(4)), "symmetry": (mirroring, mirroring.symmetry, symmetric())}


class Perfect(Fit):
    """A trained generator that draws from the data."""

    def sample(self, n, rng=None):
        return self.noise(rng, n)


@pytest.mark.parametrize("name", MODULES)
def test_perfect_samples_score_one_as_real_ones_do(name):
    module, _, draw = MODULES[name]
    perfect = Perfect(None, None, {}, draw, None)
    found = module.measure(perfect, generator(1))
    assert found["exact_share"] == found["real_exact_share"] == 1.0 and not found["collapsed"]
    columns, rows, below = module.told(perfect)
    assert len(columns) == 2 and all(len(row) == 2 for row in rows)
    assert {name: share for name, share in rows if share != "0.0%"} in ({"4": "100.0%"}, {"0": "100.0%"})
    assert "real" in below


@pytest.mark.parametrize("name", MODULES)
def test_a_short_training_is_far_from_it_and_its_table_adds_up(name):
    system = MODULES[name][1](batch=8)
    trained = system.train(5)
    found = system.measured(trained)
    assert found["exact_share"] < 0.5 and found["real_exact_share"] == 1.0
    _, rows, _ = system.told(trained)
    assert abs(sum(float(share.rstrip("%")) for _, share in rows) - 100.0) <= 0.05 * len(rows)


def test_a_single_image_has_collapsed():
    assert variety(mnp.ones((20, 4))) == {"distinct_share": 0.05, "collapsed": True}
    assert not variety(generator(0).standard_normal((20, 30)))["collapsed"]
