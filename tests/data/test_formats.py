"""Every format against an independent writer of it: NumPy, csv, Pillow, gzip and struct, SciPy."""

import csv
import gzip
import struct

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as drawn
from PIL import Image

from minigan.data import load

DTYPES = ["float64", "float32", "float16", "int64", "int8", "uint16", "uint8", "bool", ">f8", ">i4"]


def images(n=5, h=4, w=3, c=None, seed=0):
    return np.random.default_rng(seed).integers(0, 256, (n, h, w) if c is None else (n, h, w, c), dtype="uint8")


def numbers(dtype):
    """Arrays of real numbers; subnormal ones are left out, since a machine may flush them to zero."""
    elements = {"allow_nan": False, "allow_infinity": False, "allow_subnormal": False} if "f" in dtype else {}
    return drawn.arrays(dtype, drawn.array_shapes(min_dims=2, max_dims=2, max_side=5), elements=elements or None)


@given(array=st.sampled_from(DTYPES).flatmap(numbers), column_major=st.booleans(), packed=st.booleans())
def test_arrays(tmp_path_factory, array, column_major, packed):
    folder = tmp_path_factory.getbasetemp()
    array = np.asfortranarray(array) if column_major else array
    np.save(folder / "a.npy", array)
    (np.savez_compressed if packed else np.savez)(folder / "a.npz", array)
    one, two = load(folder / "a.npy"), load(folder / "a.npz")
    for found in (one, two):
        assert found.kind == "rows" and found.name == "a" and found.labels is None
        assert found.dtype == array.dtype.newbyteorder("=") and (found.values == array).all()
        assert found.sample_shape == array.shape[1:]
    assert one.fingerprint == two.fingerprint


@pytest.mark.parametrize("c", [None, 1, 2, 3, 4])
def test_arrays_of_images(tmp_path, c):
    array = images(c=c)
    np.save(tmp_path / "a.npy", array)
    found = load(tmp_path / "a.npy")
    assert found.kind == "images" and found.values.shape == (5, 4, 3, c or 1)
    assert (found.values.reshape(array.shape) == array).all() and found.sample_shape == array.shape[1:]


@pytest.mark.parametrize("shape", ["4x3", (4, 3), [4, 3], "4X3", "4×3", "4x3x1", (4, 3, 1), np.array([4, 3])])
def test_rows_that_are_pixels(tmp_path, shape):
    array = images()
    np.save(tmp_path / "a.npy", array.reshape(5, 12))
    assert load(tmp_path / "a.npy").kind == "rows"
    found = load(tmp_path / "a.npy", shape)
    assert found.kind == "images" and (found.values[..., 0] == array).all()
    np.save(tmp_path / "b.npy", array)
    assert load(tmp_path / "b.npy", shape).kind == "images"


def test_rows_that_are_pixels_in_colour(tmp_path):
    array = images(c=3)
    np.save(tmp_path / "a.npy", array.reshape(5, 36))
    assert (load(tmp_path / "a.npy", "4x3x3").values == array).all()


X, Y = images(), np.array([1, 0, 7, 7, 2])
ARCHIVES = {
    "x and y": {"x": X, "y": Y},
    "capitals": {"X": X, "Y": Y},
    "images and labels": {"images": X, "labels": Y.astype("uint8")},
    "data and a column of targets": {"data": X, "target": Y[:, None]},
    "floats that are whole": {"x": X, "y": Y.astype(float)},
    "as Keras has MNIST": {"x_train": X, "y_train": Y, "x_test": X[:2] + 1, "y_test": Y[:2]},
    "as MedMNIST": {"train_images": X, "train_labels": Y[:, None], "test_images": X[:1], "test_labels": Y[:1, None]},
    "a name of its own": {"faces": X, "labels": Y},
    "others beside it": {"x": X, "y": Y, "seed": np.array(3), "text": np.array(["a"])},
}


@pytest.mark.parametrize("what", ARCHIVES)
def test_archives(tmp_path, what):
    np.savez(tmp_path / "a.npz", **ARCHIVES[what])
    found = load(tmp_path / "a.npz")
    assert (found.values[..., 0] == X).all() and (found.labels == Y).all() and found.labels.dtype == np.int64


# a field: any number as Python writes it, quoted or not, with blanks around it or not
FIELDS = st.floats(allow_nan=False, allow_infinity=False, allow_subnormal=False, width=64)
NAMES = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1).filter(
    lambda s: not number(s) and s[0] != "#"
)


def number(text):
    try:
        return float(text) is not None
    except ValueError:
        return False


@given(
    rows=st.integers(1, 4).flatmap(
        lambda d: st.lists(st.lists(FIELDS, min_size=d, max_size=d), min_size=1, max_size=5)
    ),
    names=st.one_of(st.none(), st.lists(NAMES, min_size=4, max_size=4, unique=True)),
    delimiter=st.sampled_from(",;\t"),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    mark=st.booleans(),
    empty_lines=st.integers(0, 2),
)
def test_tables(tmp_path_factory, rows, names, delimiter, end, quoting, mark, empty_lines):
    path, width = tmp_path_factory.getbasetemp() / "a.csv", len(rows[0])
    # a name that holds another delimiter is quoted, as is every name: csv.writer quotes only its own
    with path.open("w", encoding="utf-8-sig" if mark else "utf-8", newline="") as file:
        if names:
            csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerow(names[:width])
        csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting).writerows(rows)
        file.write(end * empty_lines)
    found = load(path)
    assert found.kind == "rows" and found.values.dtype == np.float64
    assert (found.values == np.array(rows)).all()
    assert found.columns == (tuple(names[:width]) if names else None)


@pytest.mark.parametrize(
    "options", [{}, {"delimiter": ","}, {"delimiter": "\t"}, {"delimiter": ",", "header": "a,b,c"}]
)
def test_tables_of_numpys(tmp_path, options):
    rows = np.random.default_rng(0).normal(size=(7, 3))
    np.savetxt(tmp_path / "a.txt", rows, fmt="%.18e", **options)
    found = load(tmp_path / "a.txt")
    assert (found.values == rows).all()
    assert found.columns == (("a", "b", "c") if "header" in options else None)


def test_a_table_of_pixels(tmp_path):
    """Digits as they are passed around: a column of labels, and one a pixel."""
    rows = np.column_stack([Y, X.reshape(5, 12)])
    names = ["label", *(f"pixel{i}" for i in range(12))]
    with (tmp_path / "a.csv").open("w", newline="") as file:
        csv.writer(file).writerows([names, *rows.tolist()])
    found = load(tmp_path / "a.csv", "4x3")
    assert (found.values[..., 0] == X).all() and (found.labels == Y).all() and found.dtype == np.int64
    assert (found.low, found.high) == (X.min(), X.max()) and found.columns is None
    found = load(tmp_path / "a.csv")
    assert found.columns == tuple(names) and found.labels is None and (found.values == rows).all()


def test_pictures_in_classes(tmp_path):
    array = images(6, c=3)
    for i, place in enumerate(["[red]", "[red]", "[red]", "cats", "cats", ".."]):
        folder = tmp_path / "a" / ("..dogs" if place == ".." else place)
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(array[i]).save(folder / f"{i}.png")
    (tmp_path / "a" / "empty").mkdir()
    (tmp_path / "a" / "read me.txt").write_text("nothing")
    (tmp_path / "a" / "cats" / ".hidden.png").write_text("nothing")
    found = load(tmp_path / "a")
    assert found.label_names == ("[red]", "cats") and found.labels.tolist() == [0, 0, 0, 1, 1]  # "..dogs" is hidden
    assert (found.values == array[:5]).all() and found.name == "a" and found.sample_shape == (4, 3, 3)


@pytest.mark.parametrize("mode, c", [("L", None), ("LA", 2), ("RGB", 3), ("RGBA", 4)])
@pytest.mark.parametrize("suffix", [".png", ".PNG"])
def test_pictures_of_every_mode(tmp_path, mode, c, suffix):
    array = images(c=c)
    for i, one in enumerate(array):
        Image.fromarray(one, mode=None if c != 2 else "LA").save(tmp_path / f"{i}{suffix}", "PNG")
    found = load(tmp_path)
    assert (found.values.reshape(array.shape) == array).all() and found.sample_shape == array.shape[1:]
    assert found.labels is None and (found.restore(found.for_training()) == array).all()


def test_pictures_of_one_bit_of_16_and_with_a_palette(tmp_path):
    grey = np.array([[[0, 255], [255, 0]]], dtype="uint8")
    for name, image, expected in [
        ("bit", Image.fromarray(grey[0]).convert("1"), grey),
        ("deep", Image.fromarray(grey[0].astype("uint16") * 200), grey.astype("uint16") * 200),
        ("palette", Image.fromarray(grey[0]).convert("RGB").convert("P"), np.repeat(grey[..., None], 3, axis=3)),
    ]:
        (tmp_path / name).mkdir()
        image.save(tmp_path / name / "1.png")
        found = load(tmp_path / name)
        assert found.dtype == expected.dtype and (found.values.reshape(expected.shape) == expected).all()


def test_jpegs(tmp_path):
    """JPEG loses something: on a smooth picture of quality 95 a few of 255 grey levels."""
    smooth = np.add.outer(np.arange(0, 160, 10), np.arange(0, 80, 5)).astype("uint8")
    Image.fromarray(smooth).save(tmp_path / "a.jpeg", quality=95)
    Image.fromarray(smooth.T.copy()).save(tmp_path / "b.jpg", quality=95)
    found = load(tmp_path)
    assert found.values.shape == (2, 16, 16, 1)
    assert abs(found.values[0, ..., 0].astype(int) - smooth).max() <= 4
    assert abs(found.values[1, ..., 0].astype(int) - smooth.T).max() <= 4


def idx(array, kind) -> bytes:
    big = array.astype(array.dtype.newbyteorder(">"))
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + big.tobytes()


KINDS = {"uint8": 0x08, "int8": 0x09, "int16": 0x0B, "int32": 0x0C, "float32": 0x0D, "float64": 0x0E}


@pytest.mark.parametrize("dtype", KINDS)
@pytest.mark.parametrize("axes", [2, 3, 4])
def test_idx(tmp_path, dtype, axes):
    array = images(c=3)[..., : 1 if axes == 4 else 3].reshape((5, -1) if axes == 2 else (5, 4, -1, 1)[:axes])
    array = array.astype(dtype)
    (tmp_path / "a.idx").write_bytes(idx(array, KINDS[dtype]))
    (tmp_path / "a.gz").write_bytes(gzip.compress(idx(array, KINDS[dtype])))
    plain, packed = load(tmp_path / "a.idx"), load(tmp_path / "a.gz")
    assert plain.dtype == dtype and (plain.values.reshape(array.shape) == array).all()
    assert plain.fingerprint == packed.fingerprint and plain.name == packed.name == "a"


@pytest.mark.parametrize(
    "name", ["train-images-idx3-ubyte", "t10k-images.idx3-ubyte", "emnist-train-images-idx3-ubyte"]
)
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("labels_packed", [False, True])
def test_idx_with_labels_beside_it(tmp_path, name, packed, labels_packed):
    for what, content, pack in [(name, idx(X, 0x08), packed), (name, idx(Y.astype("uint8"), 0x08), labels_packed)]:
        what = what if content[3] == 3 else what.replace("images", "labels").replace("idx3", "idx1")
        path = tmp_path / (what + ".gz" * pack)
        path.write_bytes(gzip.compress(content) if pack else content)
    found = load(tmp_path / (name + ".gz" * packed))
    assert (found.values[..., 0] == X).all() and (found.labels == Y).all()


def test_cifar(tmp_path):
    array, labels = images(7, 32, 32, 3), np.array([9, 0, 3, 3, 5, 1, 2])
    records = b"".join(
        bytes([label]) + b"".join(image[..., channel].tobytes() for channel in range(3))
        for image, label in zip(array, labels)
    )
    for name, part in [
        ("data_batch_1", records[: 4 * 3073]),
        ("data_batch_2", records[4 * 3073 :]),
        ("test_batch", records),
    ]:
        (tmp_path / f"{name}.bin").write_bytes(part)
    (tmp_path / "batches.meta.txt").write_text("airplane\n")
    for found in (load(tmp_path), load(tmp_path / "test_batch.bin")):
        assert (found.values == array).all() and (found.labels == labels).all()
        assert found.label_names[labels[0]] == "truck" and found.label_names[3] == "cat"
    one = load(tmp_path / "data_batch_2.bin")
    assert (one.values == array[4:]).all() and one.name == "data_batch_2"


def test_cifar_that_looks_like_something_else(tmp_path):
    """A record of label 0 whose first pixels are 0, 8, 3 begins as an IDX file does, and text may be pixels too."""
    record = np.zeros(3073, dtype="uint8")
    record[1:4] = 0, 8, 3
    (tmp_path / "a.bin").write_bytes(record.tobytes())
    (tmp_path / "b.bin").write_bytes(b"\t" + b"1" * 3072)
    assert load(tmp_path / "a.bin").values[0, 0, :3, 0].tolist() == [0, 8, 3]
    assert load(tmp_path / "b.bin").labels.tolist() == [9]


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("dtype", ["uint8", "float64"])
@pytest.mark.parametrize("n", [1, 5])
def test_svhn(tmp_path, packed, dtype, n):
    array, digits = images(n, 32, 32, 3), np.array([[1], [10], [9], [10], [2]])[:n]
    held = {"X": np.moveaxis(array, 0, 3), "y": digits.astype(dtype)}
    scipy.io.savemat(tmp_path / "train_32x32.mat", held, do_compression=packed)
    found = load(tmp_path / "train_32x32.mat")
    assert (found.values == array).all() and found.labels.tolist() == [1, 0, 9, 0, 2][:n]
    assert found.dtype == np.uint8 and found.name == "train_32x32"


@pytest.mark.parametrize("name", ["a.npy", "a.npz", "a", "a.dat", "a.idx", "a.mat", "a.bin"])
def test_content_counts_and_not_the_suffix(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        np.save(file, X)
    assert (load(tmp_path / name).values[..., 0] == X).all()


@pytest.mark.parametrize("name", ["[red].npy", "..npy", "...npy", "a\nb.npy", "-x.npy", "ü ö.npy", "%s{}.npy"])
def test_names_of_files_are_just_names(tmp_path, name):
    with (tmp_path / name).open("wb") as file:
        np.save(file, X)
    found = load(str(tmp_path / name))
    assert found.name.isprintable() and found.name.strip(".")
    (tmp_path / name).write_bytes(b"\x93NUMPY")
    with pytest.raises(ValueError, match="not a readable") as caught:
        load(tmp_path / name)
    assert "\n" not in str(caught.value)


def test_a_folder_named_by_where_it_is(tmp_path, monkeypatch):
    (tmp_path / "cats" / "small").mkdir(parents=True)
    Image.fromarray(X[0]).save(tmp_path / "cats" / "1.png")
    monkeypatch.chdir(tmp_path / "cats" / "small")
    assert load("..").name == "cats"
    monkeypatch.chdir(tmp_path / "cats")
    assert load(".").name == "cats"
