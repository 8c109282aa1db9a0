"""The plane of codes is the decoder's, codes are q's, and posteriors are densities whose distance to q is the KL named."""

import functools
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import stats

import minigan as mg
import minigan.numpy as mnp
from minigan.models import SYSTEMS
from minigan.models.explicit import digit_bits, iaf, vae
from minigan.plots import pictures
from minigan.plots.codes import (
    RADII,
    drawn_codes,
    gaps,
    manifold,
    mean_codes,
    normal_quantiles,
    plane_of_codes,
    posteriors,
    posteriors_and_q,
)
from minigan.random import generator

from .rendering import rendered, texts


@functools.cache
def short_run(name):
    system = SYSTEMS[name](batch=32, hidden=16, warm_up=0)
    trained = system.train(150)
    return system, trained, trained.state.parameters["model"]


def noise_of(images, k=4000):
    return generator(5).standard_normal((k, images.shape[0], 2))


def test_the_plane_is_laid_out_by_equal_chances():
    assert_allclose(np.diff(stats.norm.cdf(normal_quantiles(9))), 1.0 / 9.0)


def test_the_plane_is_what_the_decoder_says():
    system, _, params = short_run("vae")
    sheet, at = manifold(system.parts["layers"], params, 5), normal_quantiles(5)
    for row, column in ((0, 4), (2, 2), (4, 1)):  # the first row is the largest second number
        z = mnp.asarray([[at[column], at[4 - row]]], dtype="float32")
        stated = mg.to_numpy(mnp.sigmoid(system.parts["layers"].decoder.apply(params.decoder, z)))[0]
        assert_allclose(sheet[row, column], stated, atol=1e-5)


@pytest.mark.parametrize("name", ["vae", "iaf"])
def test_mean_codes_are_means_of_draws(name):
    system, _, params = short_run(name)
    layers, x = system.parts["layers"], digit_bits().held_out[:5, ...]
    draws = mg.to_numpy(drawn_codes(layers, params, x, noise_of(x)))
    error = draws.std(0) / math.sqrt(len(draws))
    found = mean_codes(layers, params, x)
    assert (np.abs(found - draws.mean(0)) < 5.0 * error).all()
    if name == "vae":
        assert_allclose(found, mg.to_numpy(vae.posterior(layers, params, x)[0]), atol=1e-5)


@pytest.mark.parametrize("name", ["vae", "iaf"])
def test_gaps_are_what_draws_of_q_say(name):
    """KL(q || p(z | x)) = E_q [log q - log p(x, z)] + log p(x), the expectation by draws."""
    system, _, params = short_run(name)
    layers, x = system.parts["layers"], digit_bits().held_out[:4, ...]
    exact, rows, noise = vae.in_doubles(params), mnp.astype(x, "float64"), noise_of(x)
    if name == "vae":
        terms = -mg.to_numpy(vae.log_weights(layers, exact, rows, noise))
    else:
        terms = -mg.to_numpy(iaf.objective(layers, exact, rows, noise))
    stated = terms.mean(0) + mg.to_numpy(vae.log_density(layers, params, x))
    assert (np.abs(gaps(layers, params, x) - stated) < 5.0 * terms.std(0) / math.sqrt(len(terms))).all()


@pytest.mark.parametrize("name", ["vae", "iaf"])
def test_posteriors_are_densities_from_the_smallest_gap_to_the_largest(name):
    system, _, params = short_run(name)
    layers, x = system.parts["layers"], digit_bits().held_out[:9, ...]
    found, every = posteriors(layers, params, x, points=81), np.sort(gaps(layers, params, x))
    assert_allclose([one.gap for one in found], every[::2], rtol=1e-6)
    for one in found:
        cell = np.prod([axis[1] - axis[0] for axis in one.axes])
        total = one.density.sum() * cell
        assert 0.98 < total < 1.0 + 1e-4
        inside = [((axis[0] < p) & (p < axis[-1])).all() for axis, p in zip(one.axes, one.rings.reshape(-1, 2).T)]
        assert all(inside)
        weights = one.density / one.density.sum()
        middle = np.array([(weights.sum(0) * one.axes[0]).sum(), (weights.sum(1) * one.axes[1]).sum()])
        joint = mg.to_numpy(vae.log_joint_on_grid(layers, params, mnp.asarray(one.image[None, :])))[0]
        joint = np.exp(joint - np.logaddexp.reduce(joint))
        assert_allclose(middle, joint @ mg.to_numpy(vae.grid()[0]), atol=0.05)  # the window cuts a little off
    page = posteriors_and_q(found, "five")
    rendered(page)
    assert {f"KL(q || p(z | x)) = {one.gap:.3f} nats" for one in found} <= texts(page)


def test_rings_of_a_gaussian_are_its_ellipses():
    system, _, params = short_run("vae")
    layers, x = system.parts["layers"], digit_bits().held_out[:9, ...]
    for one in posteriors(layers, params, x, points=11):
        q = vae.posterior(layers, params, mnp.asarray(one.image[None]))
        mean, log_deviation = (mg.to_numpy(part)[0] for part in q)
        lengths = np.linalg.norm((one.rings - mean) / np.exp(log_deviation), axis=-1)
        assert_allclose(lengths, np.array(RADII)[:, None] * np.ones_like(lengths), rtol=1e-4)


def test_codes_are_coloured_by_class():
    labels, means = np.array([3, 3, 7, 0, 7, 7]), np.arange(12.0).reshape(6, 2)
    page = plane_of_codes(np.full((3, 3, 64), 0.5), means, labels, "six")
    clouds = {cloud.get_label(): np.asarray(cloud.get_offsets()) for cloud in page.axes[1].collections}
    assert {name: len(points) for name, points in clouds.items()} == {"0": 1, "3": 2, "7": 3}
    assert_array_equal(clouds["7"], means[[2, 4, 5]])
    assert {"six", "digit", "0", "3", "7"} <= texts(page)
    rendered(page)


@pytest.mark.parametrize("name", ["vae", "iaf"])
def test_a_run_has_its_pictures(name):
    system, trained, _ = short_run(name)
    drawn = pictures(system, trained)
    assert list(drawn) == ["samples.png", "code.png", "posteriors.png", "density-and-samples.png", "losses.png"]
    for page in drawn.values():
        rendered(page)
