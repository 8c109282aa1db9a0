"""The two views of a model in one row: what is drawn is the density, the nats and the frequencies that it says it is."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan import optim
from minigan.models import SYSTEMS
from minigan.models.explicit import Cost, digit_bits, likelihood_system
from minigan.plots import pictures
from minigan.plots.density_and_samples import (
    DRAWS,
    LogDensities,
    density_and_samples,
    density_on_plane,
    draw_histograms,
    draw_next_symbols,
    log_densities,
    probabilities,
    shuffled,
)
from minigan.plots.style import figure
from minigan.random import generator

from .rendering import rendered, texts

# each column leans on the one before
FACTOR = np.tril(0.5 * np.ones((5, 5))) + 0.5 * np.eye(5)


def gaussian(d, mean=0.0):
    """A likelihood system of somebody's own: N(mean, A A^T), of which nothing is learned but the mean."""
    factor = mnp.asarray(FACTOR[:d, :d])
    inverse, log_det = mnp.linalg.inv(factor), float(mnp.linalg.slogdet(factor)[1])

    def log_density(params, x):
        z = mnp.matmul(x - params, mnp.matrix_transpose(inverse))
        return mnp.sum(-0.5 * z * z, -1) - log_det - 0.5 * d * math.log(2.0 * math.pi)

    def draw(rng, n):
        return mean + mnp.matmul(rng.standard_normal((n, d)), mnp.matrix_transpose(factor))

    return likelihood_system(
        "a Gaussian",
        init=lambda rng: mnp.full((d,), mean),
        log_density=log_density,
        sample=lambda params, n, rng, condition=None: draw(rng, n),
        training=draw(generator(0), 50),
        held_out=draw(generator(1), 2000),
        optimizer=optim.adam(1e-3),
        steps=1,
        batch=4,
        cost=Cost(1, True),
        baseline=-100.0,
        shown=draw,
    )


@pytest.mark.parametrize("d", [1, 2, 3, 5])
def test_a_new_likelihood_system_is_drawn_by_itself(d):
    system = gaussian(d)
    drawn = pictures(system, system.train(0))
    assert list(drawn) == ["samples.png", "density-and-samples.png", "losses.png"]
    page = drawn["density-and-samples.png"]
    rendered(page)
    found = texts(page)
    assert {"data", "density", "samples"} <= found and any("nats (exact)" in text for text in found)
    assert any("independent columns" in text for text in found) == (d == 5)
    assert any("integrated out" in text for text in found) == (d == 3)


def test_the_density_of_one_number_is_its_curve():
    system = gaussian(1, 3.0)
    page = density_and_samples(system, system.train(0))
    (curve,) = page.axes[1].get_lines()
    assert_allclose(curve.get_ydata(), stats.norm(3.0, 1.0).pdf(curve.get_xdata()), rtol=1e-10)


@pytest.mark.parametrize("d", [2, 3])
def test_the_density_of_a_plane_is_that_of_its_first_two_numbers(d):
    """The third is integrated out: a Gaussian's margin is the Gaussian of a part of its covariance."""
    system = gaussian(d)
    trained, x, y = system.train(0), np.linspace(-2.0, 3.0, 7), np.linspace(-1.0, 2.0, 5)
    others = mg.to_numpy(system.parts["held_out"])[:, 2:]
    found = density_on_plane(system, trained, x, y, others)
    covariance = (FACTOR @ FACTOR.T)[:2, :2] if d == 2 else (FACTOR[:3, :3] @ FACTOR[:3, :3].T)[:2, :2]
    exact = stats.multivariate_normal(np.zeros(2), covariance).pdf(np.stack(np.meshgrid(x, y), -1))
    assert found.shape == (5, 7)
    assert_allclose(found, exact, rtol=1e-6, atol=1e-9)


def test_a_flows_density_integrates_to_one():
    system = SYSTEMS["realnvp"](on="ring", batch=16, hidden=8)
    at = np.linspace(-14.0, 14.0, 281)
    total = density_on_plane(system, system.train(2), at, at).sum() * (at[1] - at[0]) ** 2
    assert_allclose(total, 1.0, atol=2e-3)


# -- log-densities of examples ---------------------------------------------------------------------------------------


@given(st.integers(0, 2**16), st.integers(1, 30), st.integers(1, 5))
def test_shuffled_columns_keep_their_values(seed, n, d):
    rows = generator(seed).integers(0, 5, (n, d))
    found = mg.to_numpy(shuffled(rows, generator(seed + 1)))
    assert_array_equal(np.sort(found, 0), np.sort(mg.to_numpy(rows), 0))


def test_shuffled_columns_forget_one_another():
    column = generator(0).standard_normal((4000, 1))
    a, b = mg.to_numpy(shuffled(mnp.concatenate([column, column], 1), generator(1))).T
    assert abs(np.corrcoef(a, b)[0, 1]) < 5.0 / math.sqrt(4000)


def test_a_model_of_independent_pixels_cannot_tell_digits_from_shuffled_ones():
    """Then log p is a sum over pixels, and its mean over all rows the same in whatever order each column is."""
    system = SYSTEMS["fvbn"](batch=16)
    trained = system.train(0)
    (layer,) = trained.state.parameters["model"]
    trained.state.parameters["model"] = ({**layer, "weight": mnp.zeros_like(layer["weight"])},)
    found = log_densities(system, trained, 597)
    assert len(found.held_out) == len(found.samples) == len(found.shuffled) == 597 and found.kind == "exact"
    assert_allclose(found.held_out.mean(), found.shuffled.mean(), rtol=1e-5)
    assert_allclose(found.held_out.mean(), system.parts["baseline"], rtol=1e-4)  # its biases are those shares


def test_samples_of_the_truth_say_minus_its_entropy():
    system = gaussian(5)
    found = log_densities(system, system.train(0), 2000)
    stated = -stats.multivariate_normal(np.zeros(5), FACTOR @ FACTOR.T).entropy()
    error = math.sqrt(0.5 * 5 / 2000)
    assert abs(found.samples.mean() - stated) < 4.0 * error and abs(found.held_out.mean() - stated) < 4.0 * error
    assert found.shuffled.mean() < stated - 20.0 * error


KINDS = {"made": {}, "vae": {"hidden": 8}, "realnvp": {"hidden": 4}, "rbm": {"hidden": 24}}


@pytest.mark.parametrize("name, kind", [("made", "exact"), ("vae", "exact"), ("realnvp", "bound"), ("rbm", "estimate")])
def test_an_axis_says_what_its_nats_are(name, kind):
    """And they are those that the system is judged by, as near as its draws allow."""
    system = SYSTEMS[name](batch=16, **KINDS[name])
    trained = system.train(1)
    found = log_densities(system, trained, 20)
    assert found.kind.startswith(kind) and (", all moved by up to " in found.kind) == (kind == "estimate")
    _, axes = figure()
    draw_histograms(axes, found)
    assert axes.get_xlabel() == f"log p(x), nats ({found.kind})"
    params, x = trained.state.parameters["model"], system.parts["held_out"]
    judged = system.parts["judge"](params, x, generator(0))
    once, again = (mg.to_numpy(system.parts["nats"](params, x, generator(seed))).astype(float) for seed in (1, 2))
    noise = 5.0 * (once - again).std() / math.sqrt(len(once))  # of a bound that draws
    width = 0.0 if judged.interval is None else judged.interval[1] - judged.interval[0]
    everything = log_densities(system, trained, len(once)).held_out
    assert_allclose(everything.mean(), judged.mean, atol=1e-3 + noise + width)


@pytest.mark.parametrize("on, count", [("digits", 17), ("bits", 2)])
def test_grey_levels_are_found_again_in_their_cells(on, count):
    system = SYSTEMS["realnvp"](on=on, batch=16, hidden=4)
    levels = mnp.astype(generator(0).integers(0, count, (5, 64)), "float32")
    for place in (0.01, 0.5, 0.99):
        assert_array_equal(mg.to_numpy(system.parts["as_held_out"]((levels + place) / count)), mg.to_numpy(levels))
    assert_array_equal(mg.to_numpy(system.parts["as_held_out"](mnp.ones((1, 64)))), count - 1.0)


def test_what_lies_far_away_is_counted_at_the_left():
    near = np.linspace(-12.0, -10.0, 50)
    far = np.r_[np.full(30, -1000.0), np.full(70, -14.0)]
    page, axes = figure()
    draw_histograms(axes, LogDensities(near, near + 0.5, far, "exact"))
    low, high = axes.get_xlim()
    assert -20.0 < low < -14.0 and -9.5 < high < -9.0
    assert {"held out: mean -11.00", "samples: mean -10.50"} <= texts(page)
    assert f"independent pixels: mean {far.mean():.2f}, 30% farther to the left" in texts(page)
    areas = [sum(p.get_width() * p.get_height() for p in container) for container in axes.containers]
    assert_allclose(areas, 1.0)
    rendered(page)


@pytest.mark.parametrize("values", [[math.nan, math.nan], [-math.inf, -3.0], [-2.0, -2.0]])
def test_nats_that_are_no_numbers_or_all_the_same_are_drawn(values):
    page, axes = figure()
    draw_histograms(axes, LogDensities(*[np.array(values)] * 3, "exact"))
    rendered(page)


# -- laws of few images, and of sounds -------------------------------------------------------------------------------


def test_probabilities_and_shares_are_those_of_the_same_images():
    system = SYSTEMS["boltzmann"]()
    trained = system.train(100)
    samples = system.sample(trained.state, DRAWS, generator(2))
    p, share = probabilities(system, trained, samples)
    exact = np.exp(mg.to_numpy(system.log_density(trained.state, system.data)))
    assert_allclose(p, np.sort(exact)[::-1], rtol=1e-12)
    assert (np.abs(share - p) < 5.0 * np.sqrt(p * (1.0 - p) / DRAWS)).all()
    page = density_and_samples(system, trained)
    assert f"p(x), exact: {p.sum():.4f} in all" in texts(page) and "of the data: 1 / 30" in texts(page)
    assert len(page.axes[1].patches) == 30
    rendered(page)


def test_the_law_of_every_next_symbol_is_one():
    system = SYSTEMS["wavenet"](blocks=3, channels=4, batch=4, length=32)
    page = density_and_samples(system, system.train(2), "a short run")
    law = np.asarray(page.axes[1].images[0].get_array())
    assert law.shape[0] == 16
    assert_allclose(law.sum(0), 1.0, rtol=1e-5)
    (dots,) = page.axes[1].get_lines()
    at, symbols = dots.get_data()
    assert_array_equal(symbols, mg.to_numpy(system.parts["held_out"])[0][np.asarray(at, dtype=int)])
    mean = np.log(law[np.asarray(symbols, dtype=int), np.arange(law.shape[1])]).mean()
    assert f"the symbol that came: {mean:.3f} nats each (exact)" in texts(page)
    rendered(page)


def test_an_even_law_says_log_of_its_symbols():
    page, axes = figure()
    draw_next_symbols(axes, np.full((6, 4), -math.log(4.0)), np.array([0, 1, 2, 3, 0, 1]), 10)
    assert f"the symbol that came: {-math.log(4.0):.3f} nats each (exact)" in texts(page)
    assert axes.get_xlim() == (9.5, 15.5)


def test_shown_are_real_and_held_out_digits_as_bits():
    system = SYSTEMS["made"](batch=16, hidden=8)
    page = density_and_samples(system, system.train(0))
    sheet = np.asarray(page.axes[0].images[0].get_array())
    tiles = {sheet[r : r + 8, c : c + 8].tobytes() for r in range(0, 54, 9) for c in range(0, 54, 9)}
    assert tiles <= {one.tobytes() for one in mg.to_numpy(digit_bits().training).astype(float).reshape(-1, 8, 8)}
