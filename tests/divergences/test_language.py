import pytest

from minigan.densities import Laplace, Mixture, Normal, StudentT, Uniform
from minigan.divergences.language import DensityError, parse_density


def test_every_density():
    assert parse_density("N(-1, 0.255)") == Normal(-1.0, 0.255)
    assert parse_density(" U ( 0 ,2 ) ") == Uniform(0.0, 2.0)
    assert parse_density("Laplace(1e-3, .5)") == Laplace(0.001, 0.5)
    assert parse_density("t(+0, 1., 3)") == StudentT(0.0, 1.0, 3.0)
    assert parse_density("Normal(0, 1)") == parse_density("N(0,1)")
    found = parse_density("mix(0.33, N(-1, 0.255), 0.67, N(2, 1.414))")
    assert found == Mixture((0.33, 0.67), (Normal(-1.0, 0.255), Normal(2.0, 1.414)))
    nested = parse_density("mix(0.5, mix(0.5, N(0, 1), 0.5, U(0, 1)), 0.5, N(1, 1))")
    assert isinstance(nested.components[0], Mixture)


@pytest.mark.parametrize(
    ("text", "position", "message"),
    [
        ("", 0, "a density should stand here"),
        ("3", 0, "a density should stand here"),
        ("M(0, 1)", 0, "no density is called 'M'; the nearest is 'mix'"),
        ("N", 1, "needs its arguments in brackets"),
        ("N(0 1)", 4, "a comma and std should follow"),
        ("N(0, )", 5, "std should stand here, a number"),
        ("N(0, 1", 6, "a closing bracket should stand here"),
        ("N(0, 1, 2)", 6, "no more than 2 arguments: mean, std"),
        ("N(0, 1))", 7, "the expression should end here"),
        ("N(0, 1) + 1", 8, "'\\+' has no meaning here"),
        ("N(0, -1)", 0, "the deviation of a Normal must be positive"),
        ("mix(0.5, N(0, 1), 0.4, N(1, 0))", 23, "the deviation of a Normal must be positive"),
        ("mix(0.5, N(0, 1), 0.4, N(1, 1))", 0, "sum to 1"),
        ("mix(0.5, N(0, 1), N(1, 1))", 18, "a weight should stand here"),
        ("mix(0.5, 3)", 9, "a density should stand here"),
        ("mix()", 4, "a weight should stand here"),
        ("__import__('os')", 11, "has no meaning here"),
        ("N(0, 1e)", 6, "a closing bracket should stand here|no more"),
        ("U(2, 1)", 0, "low < high"),
    ],
)
def test_mistakes_are_shown_where_they_are(text, position, message):
    with pytest.raises(DensityError, match=message) as caught:
        parse_density(text)
    assert caught.value.position == position
    lines = str(caught.value).splitlines()
    assert lines[-2] == f"    {text}" and lines[-1] == "    " + " " * position + "^"


def test_nesting_has_an_end_and_length_has_none():
    """A thousand mixtures in mixtures used to end in a RecursionError."""
    depth = 5000
    deep = "mix(1, " * depth + "N(0, 1)" + ")" * depth
    with pytest.raises(DensityError, match="no deeper than 50") as caught:
        parse_density(deep)
    assert caught.value.position == 50 * len("mix(1, ") and len(str(caught.value)) < 500
    shown, mark = str(caught.value).splitlines()[-2:]
    assert shown[mark.index("^") :].startswith("mix(1")
    assert "(character 351)" in str(caught.value)
    fine = "mix(1, " * 50 + "N(0, 1)" + ")" * 50
    assert parse_density(fine).landmarks() == [(0.0, 1.0)]
    long = "mix(" + ", ".join(f"0.001, N({i}, 1)" for i in range(1000)) + ")"
    assert len(parse_density(long).components) == 1000
    with pytest.raises(DensityError, match="a comma and std should follow"):
        parse_density(long[:-1] + ", 0.1, N(3))")


@pytest.mark.parametrize("length", [119, 120, 121, 300])
@pytest.mark.parametrize("where", [0.0, 0.3, 1.0])
def test_of_a_long_text_sixty_characters_on_either_side_are_shown(length, where):
    """With dots where it goes on, the mark under the mistake, and which character it is, counted from 1."""
    text = "".join(chr(ord("a") + i % 26) for i in range(length))
    position = int(where * (length - 1))
    error = DensityError("what is wrong", text, position)
    assert (error.message, error.text, error.position) == ("what is wrong", text, position)
    told, shown, mark = str(error).splitlines()
    assert shown[mark.index("^")] == text[position] and mark == " " * mark.index("^") + "^"
    assert shown.startswith("    ") and mark.index("^") >= 4
    inside = shown[4:].removeprefix("...").removesuffix("...")
    if length <= 120:
        assert told == "what is wrong" and inside == text == shown[4:]
        return
    start, end = max(position - 60, 0), min(position + 60, length)
    assert inside == text[start:end] and told == f"what is wrong (character {position + 1})"
    assert shown[4:].startswith("...") == (start > 0) and shown.endswith("...") == (end < length)


def test_a_mistake_in_a_later_line_is_marked_in_one_line():
    with pytest.raises(DensityError) as caught:
        parse_density("mix(0.5, N(0, 1),\n 0.5,\n N(1; 1))")
    told, shown, mark = str(caught.value).splitlines()
    assert shown[mark.index("^")] == ";" and told == "';' has no meaning here"
    assert shown == "    mix(0.5, N(0, 1),  0.5,  N(1; 1))"


@pytest.mark.parametrize("alias, name", [
    ("Normal", "N"), ("normal", "N"), ("Uniform", "U"), ("uniform", "U"), ("laplace", "Laplace"), ("StudentT", "t"),
    ("student", "t"),
])  # fmt: skip
def test_aliases_are_told_in_their_own_names(alias, name):
    numbers = "0, 1, 3" if name == "t" else "0, 1"
    assert parse_density(f"{alias}({numbers})") == parse_density(f"{name}({numbers})")
    with pytest.raises(DensityError, match=rf"^{alias} has {numbers.count(',') + 1} arguments, and a comma and"):
        parse_density(f"{alias}(0)")
    with pytest.raises(DensityError, match=f"{alias} needs its arguments in brackets"):
        parse_density(alias)


def test_mixtures_side_by_side_are_no_deeper_than_one():
    """A hundred in one, each closed before the next is opened."""
    inner = "mix(0.5, N(0, 1), 0.5, N(1, 1))"
    found = parse_density("mix(" + ", ".join([f"0.01, {inner}"] * 100) + ")")
    assert len(found.components) == 100
