"""What a function sees in place of its arrays: how it looks, what it is asked, and what it refuses by name."""

import copy
import inspect
import pickle
import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.tracer import describe, innermost, outermost
from tests.elsewhere import DataFrame, Tensor

UNDER = {
    "tape": lambda f, x: mg.vjp(f, x),
    "dual": lambda f, x: mg.jvp(f, (x,), (x,)),
    "recorder": lambda f, x: mg.trace(f)(x),
}
each_kind = pytest.mark.parametrize("kind", UNDER)


@each_kind
def test_it_looks_like_its_array(kind):
    x = mnp.ones((2, 3), dtype="float32")

    def f(traced):
        assert (traced.shape, traced.ndim, traced.size, len(traced)) == ((2, 3), 2, 6, 2)
        assert traced.dtype == x.dtype
        assert repr(traced) == f"{traced}" == f"<{kind} tracer float32[2,3]>"
        assert innermost(traced) is x
        return traced

    UNDER[kind](f, x)


@each_kind
def test_copies_of_it_are_itself(kind):
    def f(traced):
        assert copy.copy(traced) is traced and copy.deepcopy([traced])[0] is traced
        return traced

    UNDER[kind](f, mnp.ones(2))


def test_the_outermost_transformation_and_the_innermost_array():
    x = mnp.asarray(2.0)

    def outer(a):
        def inner(b):
            assert outermost(b * a) is outermost(a) is a.owner
            assert innermost(b) is x
            return b * a

        return mg.grad(inner)(a)

    mg.grad(outer)(x)


# what is asked of it, how the message calls that, and whether it says how to gather traced values
LEAVING = {
    "float": (float, r"float\(\), or storing it in an array \(array\[i\] = traced\),", True),
    "int": (int, r"int\(\), or storing it in an array \(array\[i\] = traced\),", True),
    "complex": (complex, r"complex\(\), or storing it in an array \(array\[i\] = traced\),", True),
    "array": (np.asarray, r"turning it into a NumPy array \(np\.array, np\.asarray, or array\[i\] = traced\)", True),
    "item": (lambda x: x.item(), r"\.item\(\)", False),
    "tolist": (lambda x: x.tolist(), r"\.tolist\(\)", False),
    "index": (lambda x: [1, 2, 3][x], "using it as an index or a length", False),
    "format": (lambda x: f"{x:.2f}", r"formatting it as '\.2f'", False),
    "pickle": (pickle.dumps, "pickling it", False),
}
each_way = pytest.mark.parametrize("way", LEAVING)


@each_way
@pytest.mark.parametrize("kind", ["tape", "dual"])
def test_what_would_lose_a_derivative_is_refused(way, kind):
    leave, called, gathers = LEAVING[way]
    with pytest.raises(TypeError) as caught:
        UNDER[kind](lambda x: leave(x), mnp.asarray(1.0))
    text = str(caught.value)
    expected = rf"{called} would take <{kind} tracer float64\[\]> out of the transformation .* mg\.stop_gradient\(x\)\."
    assert re.match(expected, text)
    assert ("mnp.stack or mnp.concatenate" in text) == gathers


@each_way
def test_what_asks_for_a_value_that_a_program_has_not_is_refused_with_the_line(way):
    leave, called, _ = LEAVING[way]
    f = lambda x: leave(x)
    for function, kind in ((f, "recorder"), (mg.grad(f), "tape")):
        told = rf"test_tracer\.py, line \d+: {called} asks for the value of <{kind} tracer float64\[\]>, which a recorded"
        with pytest.raises(TypeError, match=told):
            mg.trace(function)(mnp.asarray(1.0))


@each_kind
def test_storing_into_it_is_refused_with_what_to_write(kind):
    def f(x):
        x[0] = 1.0

    line = inspect.getsourcelines(f)[1] + 1
    with pytest.raises(TypeError) as caught:
        UNDER[kind](f, mnp.ones(3))
    text = str(caught.value)
    assert f"in-place assignment to <{kind} tracer float64[3]>: arrays are immutable" in text
    assert text.startswith("in-place") != (kind == "recorder")
    assert (f"test_tracer.py, line {line}: in-place" in text) == (kind == "recorder")


def test_a_branch_is_taken_by_value_except_in_a_program():
    f = lambda x: 2.0 * x if x > 0.0 else -x
    for kind in ("tape", "dual"):
        assert [float(UNDER[kind](f, mnp.asarray(v))[0]) for v in (3.0, -3.0)] == [6.0, 3.0]
    told = r"line \d+: a branch on it \(if, .*\) depends on the traced value <recorder tracer bool\[\]>, and a recorded"
    with pytest.raises(TypeError, match=told):
        mg.trace(f)(mnp.asarray(3.0))


def test_a_number_has_no_length():
    for transformation in UNDER.values():
        with pytest.raises(TypeError, match=r"len\(\) of a 0-d array"):
            transformation(lambda x: len(x), mnp.asarray(1.0))


def test_what_outlives_its_transformation_is_refused_by_both_names():
    for kind, called in {"tape": "grad or vjp", "dual": "jvp or hvp", "recorder": "trace"}.items():
        kept = []
        UNDER[kind](lambda x, kept=kept: kept.append(x) or x * 2.0, mnp.asarray(1.0))
        with pytest.raises(RuntimeError, match=rf"^exp: a traced array outlived the {called} it was traced by"):
            mnp.exp(kept[0])


@each_kind
def test_what_outlives_an_error_is_refused_too(kind):
    kept = []

    def f(x):
        kept.append(x)
        raise ArithmeticError

    with pytest.raises(ArithmeticError):
        UNDER[kind](f, mnp.asarray(1.0))
    with pytest.raises(RuntimeError, match="outlived"):
        mnp.exp(kept[0])


def test_arrays_are_described_by_dtype_and_shape_and_the_rest_as_it_is():
    assert describe(mnp.ones((3, 4), dtype="float32")) == "float32[3,4]"
    assert describe(mnp.asarray(True)) == "bool[]"
    assert [describe(x) for x in (2.5, "text", None, [1])] == ["2.5", "'text'", "None", "[1]"]
    assert describe(Tensor(np.ones((2, 3)))) == "a torch.Tensor of shape (2, 3)"
    assert describe(DataFrame(np.ones((2, 3)))) == "a pandas.DataFrame of shape (2, 3)"
