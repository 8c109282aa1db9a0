"""Every reader against arbitrary bytes and good files gone bad: a data set, or one sentence, and hardly any memory."""

import csv
import gzip
import io
import os
import struct
import tracemalloc
import zipfile
import zlib

import numpy as np
import pytest
import scipy.io
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from minigan.data import Dataset, load
from minigan.data.files import READERS

RNG = np.random.default_rng(0)
ROWS = RNG.normal(size=(20, 3))
IMAGES = RNG.integers(0, 256, (6, 5, 4), dtype="uint8")
COLOURS = RNG.integers(0, 256, (4, 6, 5, 3), dtype="uint8")
LABELS = np.array([3, 0, 1, 1, 2, 9])


def written(write) -> bytes:
    file = io.BytesIO()
    write(file)
    return file.getvalue()


def picture(array, kind) -> bytes:
    return written(lambda file: Image.fromarray(array).save(file, kind))


def idx(array, kind=0x08) -> bytes:
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


def table(rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def svhn(**options) -> bytes:
    x = np.moveaxis(COLOURS, 0, 3)
    return written(lambda file: scipy.io.savemat(file, {"X": x, "y": np.array([[1], [10], [3], [2]])}, **options))


GOOD = {  # reader, name of the file, a good file's bytes
    "npy of rows": ("npy", "a.npy", written(lambda f: np.save(f, ROWS))),
    "npy of images": ("npy", "a.npy", written(lambda f: np.save(f, np.asfortranarray(IMAGES)))),
    "npz": ("npz", "a.npz", written(lambda f: np.savez(f, x=IMAGES, y=LABELS))),
    "npz, packed": ("npz", "a.npz", written(lambda f: np.savez_compressed(f, x=IMAGES, y=LABELS))),
    "csv": ("table", "a.csv", table([["height", "of it, weight", 'a "b"'], *ROWS.tolist()])),
    "tsv": ("table", "a.tsv", b"\xef\xbb\xbf1\t2\r\n3\t4\r\n"),
    "png": ("pictures", "a/1.png", picture(COLOURS[0], "PNG")),
    "png in a class": ("pictures", "a/red/1.png", picture(IMAGES[0], "PNG")),
    "jpeg": ("pictures", "a/1.jpg", picture(COLOURS[0], "JPEG")),
    "idx": ("idx", "a-images-idx3-ubyte", idx(IMAGES)),
    "idx of floats": ("idx", "a.idx", idx(ROWS.astype(">f8"), 0x0E)),
    "idx, packed": ("idx", "a.idx.gz", gzip.compress(idx(IMAGES), mtime=0)),
    "cifar": ("cifar", "a.bin", np.full((3, 3073), 7, dtype="uint8").tobytes()),
    "mat": ("svhn", "a.mat", svhn()),
    "mat, packed": ("svhn", "a.mat", svhn(do_compression=True)),
}
MEMORY = 64 * 2**20


def path_of(folder, name):
    """The file, and what is loaded: the folder ``a`` where the name has one."""
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    return file, folder / name.partition("/")[0]


def answered(read, path):
    """What a reader says of a file: a data set whose invariants hold, or one sentence that names the file."""
    tracemalloc.start()
    try:
        found = read(path)
    except ValueError as error:
        found = str(error)
    finally:
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < MEMORY
    if isinstance(found, str):
        assert str(path) in found and "\n" not in found and 20 < len(found) < 800, found
        assert not found.endswith(".")
        return found
    assert isinstance(found, Dataset)
    values, n = found.values, len(found)
    assert values.dtype.kind in "fiub" and values.dtype.isnative and values.flags.c_contiguous and values.size > 0
    assert np.isfinite(values).all()
    assert values.ndim == {"rows": 2, "images": 4}[found.kind]
    assert found.columns is None or (found.kind == "rows" and len(set(found.columns)) == values.shape[1])
    assert found.labels is None or (found.labels.shape == (n,) and found.labels.dtype == np.int64)
    assert found.name.isprintable() and len(found.fingerprint) == 64
    assert values.reshape(n, *found.sample_shape).size == values.size
    if found.kind == "images":
        assert values.shape[3] in (1, 2, 3, 4)
        assert found.low < found.high and found.low <= values.min() and values.max() <= found.high
    return found


@pytest.mark.parametrize("what", GOOD)
def test_good_files_are_read(tmp_path, what):
    """Or the tests below would change nothing."""
    reader, name, content = GOOD[what]
    file, path = path_of(tmp_path, name)
    file.write_bytes(content)
    assert isinstance(answered(load, path), Dataset)
    assert isinstance(answered(READERS[reader], path), Dataset)


EXTREME = [b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\xff\xff\xff\x7f", b"\0\0\0\0", b"\0\0\0\x10", b"\x10\0\0\0"]


@st.composite
def damages(draw):
    """A function that damages bytes, most often within their first 200."""
    kind = draw(st.sampled_from(["flip", "set", "extreme", "cut", "cut out", "put in", "twice"]))
    place = draw(st.one_of(st.integers(0, 199), st.floats(0.0, 1.0)))
    content = draw(st.sampled_from(EXTREME)) if kind == "extreme" else draw(st.binary(min_size=1, max_size=9))
    length = draw(st.integers(1, 40))

    def damage(good: bytes) -> bytes:
        at = min(place if isinstance(place, int) else int(place * len(good)), max(len(good) - 1, 0))
        return {
            "flip": lambda: good[:at] + bytes([good[at] ^ (1 << content[0] % 8)]) + good[at + 1 :] if good else good,
            "set": lambda: good[:at] + content + good[at + len(content) :],
            "extreme": lambda: good[:at] + content + good[at + 4 :],
            "cut": lambda: good[:at],
            "cut out": lambda: good[:at] + good[at + length :],
            "put in": lambda: good[:at] + content + good[at:],
            "twice": lambda: good + good[at:],
        }[kind]()

    return damage


@pytest.mark.parametrize("what", GOOD)
@given(steps=st.lists(damages(), min_size=1, max_size=3))
def test_damaged_files(tmp_path_factory, what, steps):
    reader, name, content = GOOD[what]
    file, path = path_of(tmp_path_factory.getbasetemp() / what.replace(" ", "_"), name)
    for step in steps:
        content = step(content)
    file.write_bytes(content)
    answered(load, path)
    answered(READERS[reader], path)


@pytest.mark.parametrize("reader", ["npy", "npz", "table", "idx", "cifar", "svhn"])
@given(
    start=st.sampled_from(
        [b"", b"\x93NUMPY\x01\x00", b"\x93NUMPY\x02\x00", b"PK\x03\x04", b"\0\0\x08\x03", b"\x1f\x8b\x08"]
    ),
    content=st.one_of(st.binary(max_size=300), st.text(max_size=300).map(str.encode)),
)
def test_arbitrary_bytes(tmp_path_factory, reader, start, content):
    folder = tmp_path_factory.getbasetemp() / "arbitrary"
    folder.mkdir(exist_ok=True)
    suffix = {"npy": ".npy", "npz": ".npz", "table": ".csv", "idx": ".idx", "cifar": ".bin", "svhn": ".mat"}[reader]
    path = folder / f"a{suffix}"
    path.write_bytes(start + content)
    answered(load, path)
    answered(READERS[reader], path)


@given(header=st.text(max_size=80), version=st.sampled_from([1, 2, 3]), length=st.integers(0, 100))
def test_arbitrary_headers_of_npy(tmp_path_factory, header, version, length):
    path = tmp_path_factory.getbasetemp() / "header.npy"
    text = header.encode()
    size = struct.pack("<H" if version == 1 else "<I", len(text))
    path.write_bytes(b"\x93NUMPY" + bytes([version, 0]) + size + text + bytes(length))
    answered(load, path)


@given(
    descr=st.sampled_from(
        ["<f8", "|u1", ">f4", "<f2", "|O", "|b1", "<c16", "<U3", "<M8[s]", "<f16", "|V8", ("<f8", (9,))]
    ),
    order=st.booleans(),
    shape=st.lists(st.one_of(st.integers(-2, 6), st.sampled_from([10**12, 2**63, 2**64, 10**400])), max_size=5),
    length=st.integers(0, 200),
)
def test_headers_of_npy_that_lie(tmp_path_factory, descr, order, shape, length):
    path = tmp_path_factory.getbasetemp() / "lie.npy"
    text = repr({"descr": descr, "fortran_order": order, "shape": tuple(shape)}).encode()
    path.write_bytes(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + bytes(length))
    answered(load, path)


@given(
    lines=st.lists(
        st.lists(st.sampled_from(["1", "-2.5e3", "", "nan", "a", '"b"', '"', "1_0", " 3", "0x1", "é", "\x0b"]))
    ),
    delimiter=st.sampled_from(list(",;\t |")),
    end=st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
)
def test_arbitrary_tables(tmp_path_factory, lines, delimiter, end):
    path = tmp_path_factory.getbasetemp() / "arbitrary.csv"
    path.write_text(end.join(delimiter.join(line) for line in lines), newline="")
    answered(load, path)


HUGE = 100 * 10**9


def sparse(path, start=b"", size=HUGE):
    path.write_bytes(start)
    os.truncate(path, size)
    return path


def npy_header(shape, dtype="<f8"):
    text = repr({"descr": dtype, "fortran_order": False, "shape": shape}).encode()
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


HUGE_FILES = {
    "zeros.npy": b"",
    "zeros.npz": b"",
    "zeros.csv": b"",
    "text.csv": b"1,2\n3,4\n",
    "zeros.bin": b"",
    "zeros.mat": b"",
    "zeros": b"",
    "true.npy": npy_header((HUGE // 8 - 16, 1)),
    "half.npy": npy_header((HUGE // 16, 1)),
    "images-idx3-ubyte": struct.pack(">BBBB3I", 0, 0, 8, 3, 10**6, 100, 1000),
    "images-idx3-ubyte.gz": gzip.compress(idx(IMAGES), mtime=0),
    "start.npz": GOOD["npz"][2],
    "start.mat": GOOD["mat"][2],
    "start.bin": GOOD["cifar"][2],
}


@pytest.mark.parametrize("name", HUGE_FILES)
def test_sparse_files_of_100_gigabytes(tmp_path, name):
    assert isinstance(answered(load, sparse(tmp_path / name, HUGE_FILES[name])), str)


def test_a_sparse_file_whose_header_is_true_is_too_large(tmp_path):
    header = npy_header((HUGE // 8, 1))
    path = sparse(tmp_path / "true.npy", header, len(header) + HUGE)
    assert "100,000,000,000 bytes" in answered(load, path)


def test_a_sparse_batch_of_whole_records_is_too_large(tmp_path):
    assert "takes 307,300,000,000 bytes" in answered(load, sparse(tmp_path / "a.bin", b"\x07", 3073 * 10**8))


def test_a_sparse_picture(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    sparse(folder / "1.png", GOOD["png"][2])
    assert "bytes" in answered(load, folder)


def member_of_zeros(claimed: int) -> bytes:
    """An archive whose array x claims so many bytes: in the array's header and in the archive's directory."""
    header = npy_header((claimed, 1), "|u1")
    content = written(lambda f: zipfile.ZipFile(f, "w", zipfile.ZIP_DEFLATED).writestr("x.npy", header + bytes(10)))
    true = struct.pack("<I", len(header) + 10)
    assert content.count(true) >= 2
    return content.replace(true, struct.pack("<I", len(header) + claimed))


BOMBS = {
    "a gzip file's header": ("a.idx.gz", gzip.compress(struct.pack(">BBBB3I", 0, 0, 8, 3, 10**6, 28, 28) + bytes(100))),
    "an archive's directory": ("a.npz", member_of_zeros(3 * 10**9)),
}


@pytest.mark.parametrize("what", BOMBS)
def test_what_cannot_be_packed_in_so_few_bytes(tmp_path, what):
    name, content = BOMBS[what]
    path = tmp_path / name
    path.write_bytes(content)
    assert "packed bytes cannot hold" in answered(load, path)


def test_the_limits_of_deflate(tmp_path):
    """The factor by which packed bytes are believed is one that zlib does not pass, and nearly reaches."""
    from minigan.data.files.door import EXPANSION

    size = 10**7
    packed = len(zlib.compress(bytes(size), 9))
    assert 0.99 * EXPANSION * packed < size < EXPANSION * packed


def png_header(width, height) -> bytes:
    content = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checked = struct.pack(">I", zlib.crc32(b"IHDR" + content))
    return struct.pack(">I", len(content)) + b"IHDR" + content + checked


@pytest.mark.parametrize("width, height", [(2**31 - 1, 2**31 - 1), (20_000, 20_000), (2049, 2048), (2048, 2048)])
def test_pictures_that_claim_too_much(tmp_path, width, height):
    folder = tmp_path / "a"
    folder.mkdir()
    good = GOOD["png"][2]
    (folder / "1.png").write_bytes(good[:8] + png_header(width, height) + good[33:])
    assert isinstance(answered(load, folder), str)


def test_a_picture_that_is_a_bomb(tmp_path):
    folder = tmp_path / "a"
    folder.mkdir()
    Image.new("L", (4096, 4096)).save(folder / "1.png")
    assert (folder / "1.png").stat().st_size < 10**5
    assert "more than 2048 x 2048" in answered(load, folder)
