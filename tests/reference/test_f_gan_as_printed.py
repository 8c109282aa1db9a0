import autograd.numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from reference.f_gan import TABLE, alpha, divergence, weighted_jensen_shannon
from reference.f_gan_as_printed import TABLE_AS_PRINTED, alpha_as_printed, weighted_jensen_shannon_as_printed

RIGHT = ["kl", "jeffreys", "jensen_shannon", "weighted_jensen_shannon", "gan", "alpha(0.5)"]


def test_the_same_rows_in_the_same_order():
    assert list(TABLE_AS_PRINTED) == list(TABLE)


@pytest.mark.parametrize("name", TABLE)
def test_conjugates_and_thresholds_agree_where_nothing_is_wrong(name):
    printed, row = TABLE_AS_PRINTED[name], TABLE[name]
    t = np.array([-0.4, -0.2, -0.1])
    assert_allclose(printed.conjugate(t), row.conjugate(t), rtol=1e-13)
    assert printed.threshold == row.threshold


@pytest.mark.parametrize("name", RIGHT)
def test_activations_that_are_right(name):
    v = np.linspace(-5.0, 5.0, 21)
    assert_array_equal(TABLE_AS_PRINTED[name].activation(v), TABLE[name].activation(v))


@pytest.mark.parametrize("name", ["reverse_kl", "neyman", "squared_hellinger"])
def test_activations_that_decrease(name):
    v = np.linspace(-3.0, 3.0, 21)
    assert np.all(np.diff(TABLE_AS_PRINTED[name].activation(v)) < 0)
    assert_array_equal(TABLE_AS_PRINTED[name].activation(-v), TABLE[name].activation(v))


def test_pearson_below_minus_two():
    assert TABLE_AS_PRINTED["pearson"].conjugate(-6.0) == 3.0 and TABLE["pearson"].conjugate(-6.0) == -1.0


def test_total_variation_below_minus_one_half():
    assert (
        TABLE_AS_PRINTED["total_variation"].conjugate(-3.0) == -3.0 and TABLE["total_variation"].conjugate(-3.0) == -0.5
    )


def test_alpha_below_zero_is_concave_and_tops_out_at_a_constant():
    printed, t = alpha_as_printed(-1.0), np.linspace(-8.0, 0.49999, 200)
    assert np.all(np.diff(printed.conjugate(t), 2) < 0) and printed.conjugate(0.0) == 2.0
    best = np.max(t - printed.conjugate(t))
    assert best == pytest.approx(-0.5, abs=0.02)
    assert alpha(-1.0).conjugate(0.0) == 0.0


def test_alpha_above_one_exceeds_the_divergence():
    p, q, t = np.array([0.7, 0.3]), np.array([0.2, 0.8]), -10.0
    objective = t - alpha_as_printed(1.5).conjugate(t)
    assert objective == pytest.approx(100 / 3, rel=1e-13)
    assert objective > 50 * divergence(alpha(1.5), p, q)
    with np.errstate(invalid="ignore"):
        assert np.isnan(alpha_as_printed(3.0).conjugate(np.array([-1.0])))[0]


def test_the_weighted_row_holds():
    t = np.array([-2.0, -0.1, 0.2])
    assert_array_equal(weighted_jensen_shannon_as_printed(0.3).conjugate(t), weighted_jensen_shannon(0.3).conjugate(t))
