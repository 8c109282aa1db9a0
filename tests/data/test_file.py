"""Anybody's file: what is read, and what is refused with one sentence that names the file."""

import numpy as np
import pytest

import minigan as mg
from minigan.data import load_rows


def saved(tmp_path, array, **options):
    path = tmp_path / "rows.npy"
    np.save(path, array, **options)
    return path


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16", ">f8", "int64", "uint8", "bool", "int32"])
def test_numbers_of_any_type_become_floats(tmp_path, dtype):
    rows = np.array([[0, 1], [1, 1], [1, 0]]).astype(dtype)
    found = mg.to_numpy(load_rows(saved(tmp_path, rows)))
    assert found.dtype == np.float64
    assert (found == rows.astype(float)).all()
    assert mg.to_numpy(load_rows(saved(tmp_path, rows), "float32")).dtype == np.float32


def test_column_major_and_single_column(tmp_path):
    rows = np.asfortranarray(np.arange(6.0).reshape(3, 2))
    assert (mg.to_numpy(load_rows(saved(tmp_path, rows))) == rows).all()
    assert load_rows(saved(tmp_path, np.ones((4, 1)))).shape == (4, 1)


RAGGED = np.empty(2, dtype=object)
RAGGED[:] = [[1.0], [1.0, 2.0]]
REFUSED = {
    "one axis": (np.ones(3), "two axes"),
    "three axes": (np.ones((2, 2, 2)), "two axes"),
    "a number": (np.array(1.0), "two axes"),
    "no rows": (np.ones((0, 3)), "nothing to train on"),
    "no columns": (np.ones((3, 0)), "nothing to train on"),
    "complex": (np.ones((2, 2), dtype=complex), "complex128"),
    "text": (np.array([["a", "b"]]), "not real numbers"),
    "dates": (np.array([["2020-01-01"]], dtype="datetime64[D]"), "not real numbers"),
    "a record": (np.zeros((2, 2), dtype=[("x", float)]), "not real numbers"),
    "ragged": (RAGGED, "Python objects"),
    "NaN": (np.array([[1.0, 2.0], [3.0, np.nan]]), r"1 value\(s\).*nan in row 1, column 1"),
    "infinite": (np.array([[1.0, -np.inf], [3.0, np.inf]]), r"2 value\(s\).*-inf in row 0, column 1"),
}


@pytest.mark.parametrize("what", REFUSED)
def test_refused_arrays(tmp_path, what):
    array, message = REFUSED[what]
    path = saved(tmp_path, array, allow_pickle=True)
    with pytest.raises(ValueError, match=message) as caught:
        load_rows(path)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def rows_bytes(tmp_path):
    return saved(tmp_path, np.ones((50, 3))).read_bytes()


BROKEN = {
    "empty": lambda good: b"",
    "text": lambda good: b"1,2\n3,4\n",
    "cut short": lambda good: good[:-100],
    "cut in the header": lambda good: good[:20],
    "a broken zip": lambda good: b"PK\x03\x04" + good,
}


@pytest.mark.parametrize("what", BROKEN)
def test_refused_files(tmp_path, what):
    path = tmp_path / "broken.npy"
    path.write_bytes(BROKEN[what](rows_bytes(tmp_path)))
    with pytest.raises(ValueError, match=r"broken\.npy"):
        load_rows(path)


def test_refused_paths(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        load_rows(tmp_path / "nowhere.npy")
    with pytest.raises(ValueError, match="folder"):
        load_rows(tmp_path)
    np.savez(tmp_path / "several.npz", a=np.ones((2, 2)), b=np.ones((2, 2)))
    with pytest.raises(ValueError, match="archive of several arrays"):
        load_rows(tmp_path / "several.npz")


def test_nothing_that_is_pickled_is_opened(tmp_path):
    """A pickle runs code when it is loaded; this one would leave a trace."""
    trace = tmp_path / "trace"

    class Trap:
        def __reduce__(self):
            return open, (str(trace), "w")

    path = tmp_path / "trap.npy"
    array = np.empty((1, 1), dtype=object)
    array[0, 0] = Trap()
    np.save(path, array, allow_pickle=True)
    with pytest.raises(ValueError, match="Python objects"):
        load_rows(path)
    assert not trace.exists()
