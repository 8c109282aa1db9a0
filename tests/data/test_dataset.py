"""A data set: the way to [-1, 1] and back, its range, its fingerprint, and what an array must be to become one."""

import dataclasses
import hashlib

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan.data import Dataset, from_array

SHAPES = st.one_of(
    drawn.array_shapes(min_dims=3, max_dims=3, max_side=4),
    st.tuples(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 4)),
)
WHOLE = ["uint8", "bool", "int8", "int16", "uint16", "int32", "uint32", "int64", "uint64"]


@given(
    array=st.sampled_from(WHOLE).flatmap(
        lambda dtype: drawn.arrays(
            dtype, SHAPES, elements=None if dtype == "bool" else st.integers(*bounds(dtype)), fill=st.nothing()
        )
    )
)
def test_whole_numbers_come_back_exactly(array):
    found = from_array(array, "a")
    scaled = found.for_training("float64")
    assert scaled.shape == found.values.shape and found.values.shape[3] == (1 if array.ndim == 3 else array.shape[3])
    there = mg.to_numpy(scaled)
    assert there.dtype == np.float64 and there.min() >= -1.0 and there.max() <= 1.0
    for samples in (scaled, mnp.reshape(scaled, (len(array), -1)), mnp.reshape(scaled, array.shape)):
        back = found.restore(samples)
        assert back.dtype == array.dtype and back.shape == array.shape and (back == array).all()


def bounds(dtype):
    """What float64 holds with some digits to spare: scaling rounds three times."""
    return max(np.iinfo(dtype).min, -(2**48)), min(np.iinfo(dtype).max, 2**48)


@given(
    array=st.sampled_from(["float64", "float32", "float16"]).flatmap(
        lambda dtype: drawn.arrays(
            dtype,
            SHAPES,
            # subnormal numbers may be flushed to zero
            elements={"allow_nan": False, "allow_infinity": False, "allow_subnormal": False},
        )
    )
)
def test_floats_come_back(array):
    found = from_array(array, "a")
    scaled = mg.to_numpy(found.for_training("float64"))
    assert np.isfinite(scaled).all() and abs(scaled).max() <= 1.0
    back = found.restore(found.for_training("float64"))
    assert back.dtype == array.dtype and back.shape == array.shape
    assert_allclose(back, array, rtol=0.0, atol=2.0 * np.finfo(array.dtype).eps * max(abs(found.low), abs(found.high)))


def test_uint8_is_exact_in_float32():
    array = np.arange(256, dtype="uint8").reshape(4, 8, 8)
    found = from_array(array, "a")
    assert (found.restore(found.for_training("float32")) == array).all()
    assert mg.to_numpy(found.for_training()).dtype == np.float32
    scaled = mg.to_numpy(found.for_training("float64")).ravel()
    assert_allclose(scaled, np.linspace(-1.0, 1.0, 256), atol=1e-15)
    assert (scaled == -scaled[::-1]).all()


RANGES = {
    "uint8": (np.array([3, 9], "uint8"), 0.0, 255.0),
    "booleans": (np.array([False, True]), 0.0, 1.0),
    "all false": (np.array([False, False]), 0.0, 1.0),
    "floats from 0 to 1": (np.array([0.2, 0.9]), 0.0, 1.0),
    "floats from -1 to 1": (np.array([-0.2, 0.9]), -1.0, 1.0),
    "other floats": (np.array([-0.2, 1.5]), -0.2, 1.5),
    "grey levels in floats": (np.array([3.0, 250.0]), 3.0, 250.0),
    "whole numbers": (np.array([2, 16]), 2.0, 16.0),
    "the same everywhere": (np.array([5.0, 5.0]), 0.0, 5.0),
    "the same and negative": (np.array([-5, -5]), -5.0, 0.0),
    "zeros": (np.array([0, 0]), 0.0, 1.0),
    "the ends of floats": (np.array([-1.7e308, 1.7e308]), -1.7e308, 1.7e308),
}


@pytest.mark.parametrize("what", RANGES)
def test_ranges(what):
    values, low, high = RANGES[what]
    found = from_array(values.reshape(2, 1, 1), "a")
    assert (found.low, found.high) == (low, high)
    scaled = mg.to_numpy(found.for_training("float64")).ravel()
    expected = (values / 2.0 - low / 2.0) / (high / 2.0 - low / 2.0) * 2.0 - 1.0
    assert_allclose(scaled, expected, atol=1e-14)


def test_samples_beyond_the_range_are_clipped():
    found = from_array(np.array([[[7, 200]]], dtype="uint8"), "a")
    assert found.restore(np.array([[[-1.5, 40.0]], [[-np.inf, 0.001]]])).tolist() == [[[0, 255]], [[0, 128]]]


def test_rows_stay_as_they_are():
    rows = np.array([[1, 200], [3, 4]], dtype="uint8")
    found = from_array(rows, "a", columns=["x", "y"])
    assert (found.kind, found.columns, found.low, found.high, found.sample_shape) == (
        "rows",
        ("x", "y"),
        None,
        None,
        (2,),
    )
    assert (mg.to_numpy(found.for_training()) == rows).all()
    samples = np.array([[1.25, -3.0]])
    assert (found.restore(samples) == samples).all()


def test_more_samples_than_are_scaled_at_a_time(monkeypatch):
    monkeypatch.setattr("minigan.data.dataset.BLOCK", 1000)
    array = np.random.default_rng(0).integers(0, 256, (70, 10, 10), dtype="uint8")
    scaled = mg.to_numpy(from_array(array, "a").for_training("float32"))
    assert_allclose(scaled[..., 0], array / 127.5 - 1.0, atol=1e-6)


def test_samples_of_another_shape_are_refused():
    """Channels first have as many values, and would be scrambled."""
    found = from_array(np.zeros((2, 4, 3, 3), dtype="uint8"), "cats")
    for shape in [(5, 3, 4, 3), (5, 35), (36,), (5, 4, 3), ()]:
        with pytest.raises(ValueError, match=r"cats have shape \(n, 4, 3, 3\)"):
            found.restore(np.zeros(shape))
    assert found.restore(np.zeros((5, 36))).shape == (5, 4, 3, 3)


def test_samples_that_are_no_numbers():
    samples = np.array([[[0.0, np.nan]]])
    with pytest.raises(ValueError, match=r"1 of the 2 values .* are NaN"):
        from_array(np.array([[[0, 255]]], dtype="uint8"), "a").restore(samples)
    assert np.isnan(from_array(np.array([[[0.5, 2.0]]]), "a").restore(samples)).sum() == 1


@pytest.mark.parametrize("dtype", ["float16", "int64", "complex128", "text"])
def test_other_dtypes_to_train_in_are_refused(dtype):
    with pytest.raises(ValueError, match=f"float32 or float64, and not in {dtype}"):
        from_array(np.zeros((2, 2)), "a").for_training(dtype)


def test_rows_beyond_float32_are_refused_there():
    found = from_array(np.array([[1.0, -1e300]]), "far")
    with pytest.raises(ValueError, match=r"far has values up to 1e\+300, beyond float32"):
        found.for_training("float32")
    assert mg.to_numpy(found.for_training("float64")).min() == -1e300


def test_the_fingerprint_is_of_dtype_shape_bytes_and_labels():
    array = np.arange(12, dtype="int32").reshape(3, 4)
    prints = {
        from_array(one, "a", **options).fingerprint
        for one, options in [
            (array, {}),
            (array + 1, {}),
            (array.astype("int64"), {}),
            (array.view("uint32"), {}),
            (array.reshape(4, 3), {}),
            (array, {"shape": "2x2"}),
            (array, {"labels": [0, 1, 2]}),
            (array, {"labels": [0, 1, 1]}),
        ]
    }
    assert len(prints) == 8
    same = [np.asfortranarray(array), array.astype(">i4"), np.repeat(array, 2, axis=1)[:, ::2]]
    assert {from_array(one, name).fingerprint for name, one in zip("abc", same)} == {from_array(array, "d").fingerprint}
    # of another run, and another machine: written out
    stated = hashlib.sha256(b"<i4 (3, 4)\n" + array.astype("<i4").tobytes()).hexdigest()
    assert from_array(array, "a").fingerprint == stated


def test_nothing_changes_a_data_set():
    array = np.zeros((2, 2))
    found = from_array(array, "a", labels=[1, 2])
    assert isinstance(found, Dataset)
    for part in (found.values, found.labels):
        with pytest.raises(ValueError, match="read-only"):
            part[...] = 1
    with pytest.raises(dataclasses.FrozenInstanceError):
        found.name = "b"
    array[0, 0] = 1.0  # the caller's own array is still the caller's


Z = np.zeros
REFUSED = {
    "rows of another length": (Z((2, 10)), {"shape": "28x28"}, "rows of 10 values, and an image of 28x28 has 784"),
    "images of another size": (Z((2, 28, 30)), {"shape": "28x28"}, "images of 28x30, and not of 28x28"),
    "channels that are missing": (Z((2, 28, 28)), {"shape": "28x28x3"}, "images of 28x28, and not of 28x28x3"),
    "channels first": (Z((9, 3, 32, 32)), {}, r"and not 32; its channels .*moveaxis\(images, 1, -1\)"),
    "many channels": (Z((9, 8, 8, 5)), {}, "1 to 4 channels as last axis, and not 5"),
    "five axes": (Z((1, 2, 3, 4, 5)), {}, r"shape \(1, 2, 3, 4, 5\)"),
    "no pixels": (Z((4, 0, 3)), {}, "nothing to train on"),
    "NaN in an image": (
        np.where(np.arange(24) == 17, np.nan, 0.0).reshape(2, 4, 3),
        {},
        "in image 1, row 1, column 2$",
    ),
    "NaN in a channel": (
        np.where(np.arange(24) == 17, np.inf, 0.0).reshape(1, 4, 3, 2),
        {},
        "row 2, column 2, channel 1$",
    ),
    "NaN in a table": (np.array([[0, 1], [np.nan, 2]]), {"columns": ("a", "b")}, "nan in row 1, column 'a'"),
    "long doubles": (Z((2, 2), "longdouble"), {}, "differs between machines"),
    "pixels beyond floats": (np.full((1, 2, 2), 2**60), {}, "floats tell whole numbers apart up to"),
    "too few labels": (Z((3, 2)), {"labels": [1, 2]}, r"3 samples and labels of shape \(2,\)"),
    "labels in bits": (Z((3, 2)), {"labels": np.eye(3)}, r"labels of shape \(3, 3\)"),
    "labels between": (Z((3, 2)), {"labels": [1.0, 2.5, 0.0]}, "label 2.5; labels are whole"),
    "labels not there": (Z((3, 2)), {"labels": [1.0, np.nan, 0.0]}, "label nan; labels are whole"),
    "huge labels": (Z((2, 2)), {"labels": np.array([1, 2**64 - 1], "uint64")}, "label 18446744073709551615"),
    "words": (Z((2, 2)), {"labels": ["a", "b"]}, "labels of type <U1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_arrays(what):
    array, options, message = REFUSED[what]
    with pytest.raises(ValueError, match=message) as caught:
        from_array(array, "mine", **options)
    assert str(caught.value).startswith("mine ") and "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "shape",
    ["28", "28x", "axb", "28x28x3x1", "0x3", "-2x3", "2.5x2", (2.5, 2), 784, (28,), "", (), [None, 3], "1e3x2", 3.0],
)
def test_refused_shapes(shape):
    with pytest.raises(ValueError, match="height x width"):
        from_array(Z((2, 784)), "a", shape=shape)


def test_channels_come_last():
    with pytest.raises(ValueError, match="which come last, as in 32x32x3, and not '3x32x32'"):
        from_array(Z((2, 3072)), "a", shape="3x32x32")
