"""What a file is refused for, said in one sentence with what to do."""

import gzip
import os
import pickle
import struct

import numpy as np
import pytest
import scipy.io
from PIL import Image

from minigan.data import load, load_rows

PNG = b"\x89PNG\r\n\x1a\n" + bytes(50)
TEXTS = {
    "a column of words": ("size,species\n1,cat\n2,dog\n", "a.csv: column 'species' holds 'cat' in line 2: leave"),
    "two of them": ("a,b,c\n1,x,2\n3,y,z\n", "column 'b' holds 'x' in line 2, column 'c' holds 'z' in line 3: leave"),
    "many of them": (
        "a,b,c,d,e,f,g\n" + ",".join("xyzxyzx") + "\n",
        "column 'e' holds 'y' in line 2, and 2 more columns are not all numbers: leave",
    ),
    "words without a header": ("1,2\n3,x\n", r"column 1 \(counted from 0\) holds 'x' in line 2"),
    "a missing value": ("a,b\n1,2\n3,\n", "column 'b' is empty in line 3"),
    "a missing value at the start": (",2\n3,4\n", r"column 0 \(counted from 0\) is empty in line 1"),
    "decimal commas": ("a;b\n1,5;2\n", "column 'a' holds '1,5' in line 2: .*, with a decimal point"),
    "digits in groups": ("1,2\n3,5_000\n", r"holds '5_000' in line 2"),
    "a row too short": ("a,b\n1,2\n\n3\n", "1 value\\(s\\) in line 4, 2 in line 1"),
    "a row too long": ("1,2\n3,4,5\n", "3 value\\(s\\) in line 2, 2 in line 1"),
    "rows over two lines": ('"a\nb",c\n1,2\n3\n', "1 value\\(s\\) in line 4, 2 in line 2"),
    "a quote that does not end": ('a,b\n"1,2\n3,4\n', "no readable table"),
    "names alone": ("a,b\n", "names of columns and no rows"),
    "names twice": ("a,b,a\n1,2,3\n", "two columns called 'a'"),
    "names twice but for blanks": ("a b,a  b\n1,2\n", "two columns called 'a b'"),
    "NaN": ("a,b\n1,2\n3,nan\n", "1 value\\(s\\) that are not finite, the first nan in row 1, column 'b'"),
    "too large": ("1,2\n3,1e999\n", "the first inf in row 1, column 1"),
    "an index of pandas'": (",a\n0,5.5\n1,6.5\n", "index=False"),
    "names and an index of pandas'": (",0,1\n0,5.5,1\n1,6.5,2\n", "index=False"),
    "empty lines": ("\n\n  \n", "nothing to train on"),
}


@pytest.mark.parametrize("what", TEXTS)
def test_tables(tmp_path, what):
    text, message = TEXTS[what]
    path = tmp_path / "a.csv"
    path.write_text(text)
    refused(path, message)


def refused(path, message, shape=None):
    with pytest.raises(ValueError, match=message) as caught:
        load(path, shape)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


def mat(**held):
    import io

    file = io.BytesIO()
    scipy.io.savemat(file, held)
    return file.getvalue()


def npy(array):
    import io

    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def packed(array, kind=8):
    return struct.pack(f">BBBB{array.ndim}I", 0, 0, kind, array.ndim, *array.shape) + array.tobytes()


GREY = np.zeros((2, 4, 4), dtype="uint8")
X = np.zeros((4, 4, 3, 2), dtype="uint8")
FILES = {
    "empty": ("a.npy", b"", "is empty"),
    "text called an array": ("a.npy", b"1,2\n3,4\n", "this is text: '1,2.*call it .csv"),
    "text called an archive": ("a.npz", b"1,2\n3,4\n", "this is text"),
    "text called a batch": ("a.bin", b"1,2\n3,4\n", "this is text"),
    "text called MATLAB": ("a.mat", b"1,2\n3,4\n", "this is text"),
    "an array called a table": ("a.csv", npy(np.ones((2, 2))), "is no text but a NumPy array"),
    "an archive called a table": ("a.tsv", b"PK\x03\x04", "is no text but a zip archive"),
    "a gzip file called a table": ("a.csv", gzip.compress(packed(GREY)), "is no text but an IDX file"),
    "zeros called a table": ("a.tsv", bytes(99), "is not text in UTF-8"),
    "bytes called a table": ("a.csv", bytes(range(256)), "is not text in UTF-8"),
    "text in UTF-16": ("a.csv", "1,2\n".encode("utf-16"), "UTF-16: save it in UTF-8"),
    "text in Latin-1": ("a.csv", "größe\n1\n".encode("latin-1"), "not text in UTF-8"),
    "text that is not UTF-8 later on": ("a.csv", b"1\n" * 5000 + b"\xff\n", "not text in UTF-8"),
    "a picture": ("a.png", PNG, "one picture: give the folder"),
    "HDF5": ("a.mat", b"\x89HDF\r\n\x1a\n" + bytes(100), "HDF5 file"),
    "a packed table": ("a.csv.gz", gzip.compress(b"1,2\n"), "holds no IDX file: unpack it first"),
    "unknown": ("a", b"\x07\x00\x01", "no format that is read here"),
    "unknown with a suffix": ("a.pt", b"\x07\x00\x01", "no format that is read here"),
    "an array cut short": ("a.npy", npy(np.ones((50, 3)))[:-8], "1,200 bytes, and 1,192 follow"),
    "an array and more": ("a.npy", npy(np.ones((50, 3))) + b"more", "1,200 bytes, and 1,204 follow"),
    "IDX cut short": ("a.idx", packed(GREY)[:-1], "32 bytes, and 31 follow"),
    "IDX and more": ("a.idx", packed(GREY) + b"1", "32 bytes, and 33 follow"),
    "IDX cut in its header": ("a.idx", packed(GREY)[:9], "ends within its header"),
    "IDX with another magic": ("a-idx3-ubyte", b"\1" + packed(GREY), r"begins with the bytes \[1, 0, 0, 8\]"),
    "packed IDX cut short": ("a.gz", gzip.compress(packed(GREY))[:-9], "not a readable gzip file"),
    "packed IDX with fewer values": ("a.gz", gzip.compress(packed(GREY)[:-1]), "fewer values follow"),
    "packed IDX with more": ("a.gz", gzip.compress(packed(GREY) + b"1"), "more values follow"),
    "labels alone": ("a-labels-idx1-ubyte", packed(GREY.ravel()), "give the file of images beside it"),
    "IDX of nothing": ("a.idx", packed(np.zeros((0, 4, 4), "uint8")), "nothing to train on"),
    "a batch of another length": (
        "a.bin",
        bytes(3072),
        "3,072 bytes, and CIFAR-10's binary version a multiple of 3,073",
    ),
    "a batch with another label": ("a.bin", bytes(3073) + b"\x0a" + bytes(3072), "record 1 has the label 10"),
    "MATLAB without X": ("a.mat", mat(faces=X, seed=np.ones((1, 1))), "no X, .* but 'faces', 'seed'"),
    "MATLAB with a structure": ("a.mat", mat(X=X, about={"by": 3.0}), "a structure, a cell or an object"),
    "MATLAB with words": ("a.mat", mat(X=X, about="text"), "a structure, a cell or an object"),
    "MATLAB with a cell": ("a.mat", mat(X=np.array([1, "a"], dtype=object)), "a structure, a cell or an object"),
    "MATLAB of complex numbers": ("a.mat", mat(X=X * 1j), "complex"),
    "MATLAB with two axes": ("a.mat", mat(X=np.ones((3, 3))), r"X of shape \(3, 3\)"),
    "MATLAB with too few labels": ("a.mat", mat(X=X, y=np.ones((3, 1))), r"2 samples and labels of shape \(3, 1\)"),
    "MATLAB cut short": ("a.mat", mat(X=X)[:-9], "ends 9 bytes too late"),
    "MATLAB of a type that ends SciPy": (
        "a.mat",
        mat(X=X).replace(b"\2\0\0\0\x60\0\0\0", b"\xff\x7f\0\0\x60\0\0\0"),
        "values are of 96 bytes and type 32767",
    ),
    "MATLAB 4": ("a.mat", bytes(200), "not a file of MATLAB 5 to 7"),
}


@pytest.mark.parametrize("what", FILES)
def test_files(tmp_path, what):
    name, content, message = FILES[what]
    (tmp_path / name).write_bytes(content)
    refused(tmp_path / name, message)


ARCHIVES = {
    "two of any name": ({"a": X, "b": X}, "several arrays, 'a', 'b': call the data x"),
    "three": ({"faces": X, "cats": X, "y": np.ones(4)}, "several arrays, 'cats', 'faces', 'y'"),
    "two that may be the data": ({"data": X, "images": X, "target": np.ones(4)}, "'data', 'images', 'target'"),
    "two that may be the labels": ({"x": X, "y": np.ones(4), "labels": np.ones(4)}, "'labels', 'x', 'y'"),
    "many": ({f"a{i}": X for i in range(20)}, "'a14', 'a15' and 12 more"),
    "none": ({}, "without arrays"),
    "Python objects": ({"x": np.array([None, 1])}, "its array 'x', holds Python objects"),
    "words": ({"x": np.array([["a"]])}, "values of type <U1"),
}


@pytest.mark.parametrize("what", ARCHIVES)
def test_archives(tmp_path, what):
    held, message = ARCHIVES[what]
    np.savez(tmp_path / "a.npz", **held)
    refused(tmp_path / "a.npz", message)


def test_an_archive_with_a_password(tmp_path):
    np.savez(tmp_path / "a.npz", x=X)
    content = bytearray((tmp_path / "a.npz").read_bytes())
    for magic, flags in [(b"PK\1\2", 8), (b"PK\3\4", 6)]:
        content[content.index(magic) + flags] |= 1
    (tmp_path / "a.npz").write_bytes(content)
    refused(tmp_path / "a.npz", "password")


def test_archives_packed_otherwise(tmp_path):
    import zipfile

    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_BZIP2) as archive:
        archive.writestr("x.npy", npy(GREY))
    refused(tmp_path / "a.npz", "in a way that NumPy does not pack")


class Trap:
    """Leaves a trace where it is unpickled."""

    def __init__(self, trace):
        self.trace = str(trace)

    def __reduce__(self):
        return open, (self.trace, "w")


@pytest.mark.parametrize("name", ["a.pkl", "a.npy", "a.npz", "a.csv", "a.bin", "a.mat", "data_batch_1", "a"])
@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_are_not_opened(tmp_path, name, protocol):
    (tmp_path / name).write_bytes(pickle.dumps(Trap(tmp_path / "trace"), protocol))
    refused(tmp_path / name, "is a pickle" if protocol >= 2 else "a")
    assert not (tmp_path / "trace").exists()


def test_objects_in_archives_are_not_opened(tmp_path):
    trap = np.array([[Trap(tmp_path / "trace")]], dtype=object)
    np.savez(tmp_path / "a.npz", x=GREY, y=trap)
    refused(tmp_path / "a.npz", "its array 'y', holds Python objects")
    assert not (tmp_path / "trace").exists()


def save(path, array, **options):
    path.parent.mkdir(exist_ok=True, parents=True)
    Image.fromarray(array).save(path, **options)


def test_folders(tmp_path):
    refused(tmp_path, "a folder without PNG or JPEG pictures")
    (tmp_path / "a.txt").write_text("1,2\n")
    save(tmp_path / "far" / "down" / "1.png", GREY[0])
    refused(tmp_path, "a folder without PNG or JPEG pictures")
    save(tmp_path / "1.png", GREY[0])
    save(tmp_path / "cats" / "1.png", GREY[0])
    refused(tmp_path, "pictures beside sub-folders of pictures, as 'cats'")


@pytest.mark.parametrize(
    "other, message",
    [
        (GREY[0, :3], "2.png is a picture of 3 x 4 pixels in L, and .*1.png of 4 x 4 pixels in L"),
        (X[..., 0], "2.png is a picture of 4 x 4 pixels in RGB, and .*1.png of 4 x 4 pixels in L"),
    ],
)
def test_pictures_that_differ(tmp_path, other, message):
    save(tmp_path / "1.png", GREY[0])
    save(tmp_path / "2.png", other)
    refused(tmp_path, message)


def test_pictures_that_are_broken(tmp_path):
    save(tmp_path / "1.png", GREY[0])
    good = (tmp_path / "1.png").read_bytes()
    for content, message in [
        (b"", "neither a PNG nor a JPEG"),
        (b"GIF89a" + bytes(50), "neither a PNG nor a JPEG"),
        (good[:-20], "not a readable picture"),
        (good[:40] + bytes([good[40] ^ 255]) + good[41:], "readable picture|neither"),
    ]:
        (tmp_path / "2.png").write_bytes(content)
        refused(tmp_path, f"2.png is.*({message})")


def test_pictures_for_print_and_their_shape(tmp_path):
    Image.fromarray(X[..., 0]).convert("CMYK").save(tmp_path / "1.jpg")
    refused(tmp_path, "of mode CMYK: save it as grey or RGB")
    save(tmp_path / "1.jpg", X[..., 0])
    refused(tmp_path, "images of 4x4x3, and not of 4x4", shape="4x4")


def test_labels_beside_images_must_be_theirs(tmp_path):
    (tmp_path / "train-images-idx3-ubyte").write_bytes(packed(GREY))
    labels = tmp_path / "train-labels-idx1-ubyte"
    labels.write_bytes(packed(np.zeros(3, dtype="uint8")))
    refused(tmp_path / "train-images-idx3-ubyte", r"2 samples and labels of shape \(3,\)")
    labels.write_bytes(packed(np.zeros(2, dtype="uint8"))[:-1])
    with pytest.raises(ValueError, match="train-labels-idx1-ubyte is cut short"):
        load(tmp_path / "train-images-idx3-ubyte")


def test_what_is_no_file(tmp_path):
    refused(tmp_path / "nowhere", "no such file")
    os.mkfifo(tmp_path / "pipe")
    refused(tmp_path / "pipe", "neither a file nor a folder")
    refused(tmp_path / ("a" * 300), "cannot be read")
    os.mkfifo(tmp_path / "1.png")
    refused(tmp_path, "a folder without PNG or JPEG pictures")
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    refused(tmp_path / "loop", "no such file|cannot be read")
    refused(tmp_path, "cannot be read")


def test_rows_and_not_images(tmp_path):
    np.save(tmp_path / "a.npy", GREY)
    with pytest.raises(ValueError, match=r"shape \(2, 4, 4\); it must have two axes"):
        load_rows(tmp_path / "a.npy")
    (tmp_path / "a.csv").write_text("x,y\n1,2\n")
    assert load_rows(tmp_path / "a.csv").shape == (1, 2)
