"""Anybody's images: of any size and number of channels, in their own units again, judged in a few cells."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
from minigan.data import from_array
from minigan.models import fit_of
from minigan.models.images.own_images import cells, images, players_for
from minigan.random import generator


def photos(*shape, dtype="uint8", seed=0):
    values = np.random.default_rng(seed).integers(0, 256, shape)
    return from_array(values.astype(dtype) if dtype == "uint8" else (values / 255.0).astype(dtype), "photos")


SHAPES = [(6, 3, 5, 1), (30, 8, 8), (6, 9, 13, 1), (6, 16, 12, 3), (6, 28, 28), (6, 10, 10, 4), (6, 11, 8, 2)]


@pytest.mark.parametrize("shape", SHAPES, ids=str)
def test_images_of_any_size(shape):
    data = photos(*shape)
    system = images(data=data, batch=4)
    trained = system.train(1)
    samples = system.sample(trained.state, 3, generator(0))
    assert samples.shape == (3, int(np.prod(shape[1:])))
    restored = system.form.restore(samples)
    assert restored.shape == (3, *shape[1:]) and restored.dtype == np.uint8
    found = system.measured(trained)
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert ("frechet_distance" in found) == (shape[0] >= 20)  # fewer say nothing of a law
    size = "x".join(map(str, shape[1:] if len(shape) == 4 and shape[3] > 1 else shape[1:3]))
    assert system.title == f"photos: {shape[0]} images of {size} pixels"


@pytest.mark.parametrize("dtype, high", [("uint8", 255.0), ("float32", 1.0)])
def test_the_data_are_trained_on_between_minus_one_and_one_and_come_back(dtype, high):
    data = photos(5, 9, 8, 3, dtype=dtype)
    system = images(data=data)
    scaled = mg.to_numpy(system.data)
    assert scaled.dtype == np.float32 and scaled.min() >= -1.0 and scaled.max() <= 1.0
    assert_allclose(scaled, (data.values.reshape(5, -1).astype(float) / high) * 2.0 - 1.0, atol=1e-6)
    restored = system.form.restore(system.data)
    assert restored.dtype == data.dtype
    assert_allclose(restored, data.values, atol=0 if dtype == "uint8" else 1e-6)
    assert (system.form.low, system.form.high, system.form.ink) == (0.0, high, False)


@given(st.integers(2, 40), st.integers(2, 40), st.integers(1, 4))
def test_networks_fit_any_size(height, width, channels):
    """The generator makes just what the discriminator reads, cropped where a stride of four does not divide it."""
    flat = height * width * channels
    G, D = players_for(height, width, channels)
    rng = generator(0)
    x = G.apply(G.init(rng, (1, 5), "float32"), rng.standard_normal((2, 5), dtype="float32"))
    assert x.shape == (2, flat) and G.output_shape((2, 5)) == (2, flat)
    assert D.apply(D.init(rng, (1, flat), "float32"), x).shape == (2, 1)


def test_a_batch_is_at_most_the_images():
    system = images(data=photos(3, 8, 8))
    rng = generator(0)
    (real, _, _), _ = system.learner.draw(rng, system.learner.init(rng))
    assert real.shape == (3, 64)


def test_a_generator_of_one_image_has_collapsed_and_the_data_have_not():
    system = images(data=photos(40, 8, 8))
    state = system.train(0).state
    still = state._replace(generator=mg.tree_map(lambda x: 0.0 * x, state.generator))
    found = system.measure(still, generator(1))
    assert found["collapsed"] and found["deviation_relative_to_data"] == 0.0 and found["recall"] == 0.0

    class Perfect:
        def sample(self, n, rng):
            return system.real(rng, n)

    from minigan.models.images.own_images import measure

    told = measure(Perfect(), mg.to_numpy(system.data), (8, 8, 1), generator(1))
    assert not told["collapsed"] and told["precision"] == told["recall"] == 1.0
    assert_allclose(told["frechet_distance"], 0.0, atol=1e-3)
    assert told["frechet_distance_of_real_halves"] > 0.0


@given(st.integers(1, 20), st.integers(1, 20), st.integers(1, 3), st.integers(1, 9))
def test_cells_are_means_of_the_pixels_and_keep_the_whole(height, width, channels, across):
    """Each cell lies between the darkest and the lightest pixel; weighed by their sizes they have the image's mean."""
    pixels = np.random.default_rng(height * width).standard_normal((3, height, width, channels))
    found = cells(pixels.reshape(3, -1), (height, width, channels), across)
    down, along = min(across, height), min(across, width)
    assert found.shape == (3, down * along)
    grey = pixels.mean(-1)
    assert (found >= grey.min((1, 2))[:, None] - 1e-12).all() and (found <= grey.max((1, 2))[:, None] + 1e-12).all()
    sizes = [np.diff((np.linspace(0, n, k + 1)).astype(int)) for n, k in ((height, down), (width, along))]
    weights = np.outer(*sizes).reshape(-1) / (height * width)
    assert_allclose(found @ weights, grey.mean((1, 2)), rtol=1e-9, atol=1e-12)
    if height <= across and width <= across:
        assert_allclose(found, grey.reshape(3, -1), rtol=1e-12)


def test_samples_are_those_of_the_trained_generator():
    system = images(data=photos(6, 8, 8))
    trained = system.train(1)
    fit = fit_of(system, trained)
    drawn = [mg.to_numpy(x) for x in (fit.sample(4, generator(2)), system.sample(trained.state, 4, generator(2)))]
    assert_array_equal(*drawn)
    assert abs(drawn[0]).max() <= 1.0


@pytest.mark.parametrize(
    "values, message",
    [
        (np.ones((1, 8, 8)), "at least two images, and photos holds 1"),
        (np.ones((5, 8, 8)), "all images of photos are the same"),
        (np.arange(64.0).reshape(8, 8), "photos holds rows, .*say what images they are, --shape"),
    ],
)
def test_refused_images(values, message):
    with pytest.raises(ValueError, match=message):
        images(data=from_array(values, "photos"))
