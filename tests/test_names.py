"""Unknown names are answered with the nearest; a user's own file is loaded once, and its mistakes told by line."""

import pytest

from minigan import own_file
from minigan.names import nearest, unknown

NAMES = ["gaussian", "ring", "categorical_vae", "hips-example", "jensen_shannon"]


@pytest.mark.parametrize(
    ("wrong", "right"),
    [("gausian", "gaussian"), ("Ring", "ring"), ("categorical-VAE", "categorical_vae"), ("hips", "hips-example"),
     ("shannon", "jensen_shannon"), ("zzzzzz", None), ("", None)],
)  # fmt: skip
def test_the_nearest_name(wrong, right):
    assert nearest(wrong, NAMES) == right


def test_a_sentence_with_or_without_a_nearest_name():
    assert "the nearest is 'ring'" in str(unknown("model", "rnig", NAMES, "see"))
    assert str(unknown("model", "zzzzzz", NAMES, "see the list")) == "no model is called 'zzzzzz'; see the list"


@pytest.fixture
def write(tmp_path):
    def written(text, name="mine.py"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return written


def test_a_file_is_run_once_and_its_objects_are_found(write):
    path = write("count = []\ncount.append(1)\nhalf = 0.5\nthird = 1 / 3\n")
    assert own_file.defined(f"{path}:half", "number", lambda x: isinstance(x, float)) == 0.5
    assert own_file.load(path) is own_file.load(str(path)) and own_file.load(path).count == [1]


@pytest.mark.parametrize(
    ("text", "line"), [("x = 1\ny = 1 / 0\n", "line 2"), ("x = 1\n\ndef f(:\n", "line 3"), ("import no_such\n", "line 1")]
)
def test_a_file_that_fails_says_where(write, text, line):
    path = write(text)
    for _ in range(2):  # a failed module is not kept
        with pytest.raises(ValueError, match=line):
            own_file.load(path)


@pytest.mark.parametrize(
    ("name", "told"),
    [(":haff", "nearest is 'half'"), ("", "say which"), (":word", "no number but a str"), (":zzzz", "no number called")],
)
def test_what_is_not_there_is_named(write, name, told):
    path = write("half, third, word = 0.5, 1 / 3, 'x'\n")
    with pytest.raises(ValueError, match=told):
        own_file.defined(f"{path}{name}", "number", lambda x: isinstance(x, float))


def test_the_only_one_needs_no_name(write):
    assert own_file.defined(str(write("half = 0.5\nword = 'x'\n")), "number", lambda x: isinstance(x, float)) == 0.5


def test_no_such_file(tmp_path):
    with pytest.raises(ValueError, match="no such file"):
        own_file.load(tmp_path / "none.py")
