"""A recorded program: readable, replayable, and refused where it would be wrong."""

import inspect
import itertools
import re
import string

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.tracer import describe
from minigan.backend import dtype_name


def loss(parameters, x):
    weight, bias = parameters["weight"], parameters["bias"]
    return mnp.mean(mnp.softplus(mnp.tanh(x @ weight + bias)))


def arguments(seed):
    rng = np.random.default_rng(seed)
    parameters = {"weight": rng.standard_normal((3, 2)), "bias": rng.standard_normal(2)}
    return mg.tree_map(mnp.asarray, parameters), mnp.asarray(rng.standard_normal((5, 3)))


def test_one_line_an_operation_with_dtypes_and_shapes():
    program = mg.trace(loss)(*arguments(0))
    lines = str(program).splitlines()
    assert lines[0] == "program(a:float64[2], b:float64[3,2], c:float64[5,3])"
    assert lines[-1] == "  return h"
    assert [re.match(r"  \w+:float64\[[\d,]*\] = (\w+)\(", line)[1] for line in lines[1:-1]] == [
        "matmul", "add", "tanh", "softplus", "mean",
    ]  # fmt: skip
    assert lines[1] == "  d:float64[5,2] = matmul(c, b)"
    assert len(program.equations) == 5


def test_array_constants_are_named():
    table = mnp.asarray([1.0, 2.0])
    program = mg.trace(lambda x: x * table + 0.5)(mnp.asarray([0.0, 1.0]))
    assert "constant c0:float64[2]" in str(program)
    assert "multiply(a, c0)" in str(program) and "add(b, 0.5)" in str(program)


@pytest.mark.parametrize(
    "f",
    [loss, mg.grad(loss), mg.value_and_grad(loss), lambda p, x: mg.hvp(lambda p: loss(p, x))(p, p),
     lambda p, x: mg.jvp(lambda x: loss(p, x), (x,), (x,)), lambda p, x: (p, {"twice": 2.0 * x}, None)],
    ids=["value", "gradient", "both", "hvp", "jvp", "tree"],
)  # fmt: skip
def test_a_replay_on_other_arrays_is_the_function_bit_for_bit(f):
    program = mg.trace(f)(*arguments(0))
    for seed in range(1, 4):
        found, expected = program(*arguments(seed)), f(*arguments(seed))
        mg.tree_map(lambda a, b: np.testing.assert_array_equal(mg.to_numpy(a), mg.to_numpy(b)), found, expected)


def test_multiple_results():
    program = mg.trace(lambda x: mnp.linalg.slogdet(x).logabsdet)(mnp.eye(2) * 3.0)
    assert float(mg.to_numpy(program(mnp.eye(2) * 5.0))) == pytest.approx(2 * np.log(5.0))


def test_comparisons_are_recorded_as_computations():
    """Their values must follow the inputs of a replay, though no derivative does."""
    program = mg.trace(lambda x: mnp.where(x > 0.0, x, 10.0 * x))(mnp.asarray([1.0, -1.0]))
    assert mg.to_numpy(program(mnp.asarray([-1.0, 1.0]))).tolist() == [-10.0, 1.0]


def test_indices_computed_from_values_are_recorded_too():
    program = mg.trace(lambda x: mnp.take_along_axis(x, mnp.argsort(x), 0))(mnp.asarray([1.0, 2.0, 3.0]))
    assert mg.to_numpy(program(mnp.asarray([3.0, 1.0, 2.0]))).tolist() == [1.0, 2.0, 3.0]


def test_a_branch_names_the_file_and_the_line():
    def f(x):
        if mnp.sum(x) > 0.0:
            return x
        return -x

    line = inspect.getsourcelines(f)[1] + 1
    with pytest.raises(TypeError, match=rf"test_program\.py, line {line}: .*branch.*mnp\.where"):
        mg.trace(f)(mnp.asarray([1.0, 2.0]))
    with pytest.raises(TypeError, match=rf"test_program\.py, line {line}: .*branch"):
        mg.trace(mg.grad(lambda x: mnp.sum(f(x))))(mnp.asarray([1.0, 2.0]))  # a gradient in between hides nothing


def test_a_branch_is_fine_under_grad():
    f = mg.grad(lambda x: x * x if x > 0.0 else -x)
    assert float(mg.to_numpy(f(3.0))) == 6.0
    assert float(mg.to_numpy(f(-3.0))) == -1.0


def test_arguments_of_another_shape_dtype_or_structure_are_refused():
    program = mg.trace(lambda x: mnp.sum(x))(mnp.asarray([1.0, 2.0]))
    with pytest.raises(ValueError, match=r"a:float64\[2\].*float64\[3\]; trace"):
        program(mnp.asarray([1.0, 2.0, 3.0]))
    with pytest.raises(ValueError, match=r"float32\[2\]"):
        program(mnp.asarray([1.0, 2.0], dtype="float32"))
    with pytest.raises(ValueError, match="structure"):
        program(mnp.asarray([1.0, 2.0]), 1.0)
    with pytest.raises(TypeError, match="trees of arrays and numbers"):
        mg.trace(lambda x: x)("text")


def test_a_replay_can_itself_be_differentiated():
    program = mg.trace(lambda x: mnp.sum(mnp.sin(x)))(mnp.asarray([1.0, 2.0]))
    x = mnp.asarray([0.3, 0.4])
    np.testing.assert_allclose(mg.to_numpy(mg.grad(program)(x)), np.cos([0.3, 0.4]), rtol=1e-15)


LEAVING = {
    r"float\(\)": float,
    r"int\(\)": int,
    r"complex\(\)": complex,
    r"\.item\(\)": lambda x: x.item(),
    r"\.tolist\(\)": lambda x: x.tolist(),
    "turning it into a NumPy array": np.asarray,
    "using it as an index": lambda x: [1, 2, 3][x],
    "a branch on it": bool,
}


@pytest.mark.parametrize("how", LEAVING)
def test_what_needs_a_value_is_refused_by_its_name(how):
    """While a program is recorded, and under a gradient while it is."""
    leave = LEAVING[how]
    for f in (lambda x: x * leave(x), mg.grad(lambda x: x * leave(x))):
        with pytest.raises(TypeError, match=how):
            mg.trace(f)(mnp.asarray(1.0))


def test_under_a_gradient_alone_what_would_lose_the_derivative_is_refused_by_its_name():
    for how, leave in LEAVING.items():
        if how != "a branch on it":
            with pytest.raises(TypeError, match=how):
                mg.grad(lambda x, leave=leave: x * leave(x))(mnp.asarray(1.0))


def test_an_array_that_outlives_its_recording_is_refused_by_its_name():
    kept = []
    mg.trace(lambda x: kept.append(x) or x * 2.0)(mnp.asarray(1.0))
    with pytest.raises(RuntimeError, match="outlived the trace"):
        kept[0] * 2.0


# -- the printed program -------------------------------------------------------------------------------------------


def run_as_printed(program, *args):
    """What the printed ``program`` computes, read as Python: its names are variables, its operations primitives."""
    first, *lines, last = str(program).splitlines()
    inputs = re.findall(r"(\w+):\w+\[[\d,]*\]", first)
    known = dict(zip(inputs, mg.tree_leaves(args), strict=True)) | program.constants
    constants = [re.fullmatch(r"  constant (\w+):(\w+\[[\d,]*\])", line) for line in lines]
    described = {found[1]: found[2] for found in constants if found}
    assert described == {name: describe(value) for name, value in program.constants.items()}
    for line in lines[len(described) :]:
        left, right = line.split(" = ", 1)
        value = eval(right, {"array": np.array}, known | dict(mg.PRIMITIVES))
        names = re.findall(r"(\w+):(\w+\[[\d,]*\])", left)
        values = value if len(names) > 1 else [value]
        for (name, shown), part in zip(names, values, strict=True):
            assert describe(part) == shown
            known[name] = part
    return [eval(name, {}, known) for name in last.removeprefix("  return ").split(", ")]


PRINTED = {
    "value": loss,
    "gradient": mg.grad(loss),
    "both": mg.value_and_grad(loss),
    "tree": lambda p, x: (p, {"twice": 2.0 * x}, None),
    "several results": lambda p, x: mnp.linalg.slogdet(x.T @ x),
    "constants": lambda p, x: x * mnp.asarray([1.0, 2.0, 3.0]) - 3.0,
    "a constant result": lambda p, x: (mnp.asarray([1.0, 2.0]), 5.0),
}


@pytest.mark.parametrize("f", PRINTED.values(), ids=PRINTED)
def test_a_printed_program_says_all_that_it_does(f):
    program = mg.trace(f)(*arguments(0))
    expected = mg.tree_leaves(program(*arguments(1)))
    for a, b in zip(run_as_printed(program, *arguments(1)), expected, strict=True):
        np.testing.assert_array_equal(mg.to_numpy(a), mg.to_numpy(b))
    assert repr(program) == str(program)


def test_a_constant_number_is_printed_as_such(on_numpy):
    program = mg.trace(lambda x: x * np.asarray(2.5) + np.float32(0.5) - 1.0)(np.ones(2))
    assert [re.search(r"\w+\(\w, (.*)\)$", line)[1] for line in str(program).splitlines()[1:-1]] == ["2.5", "0.5", "1.0"]
    assert not program.constants


def test_names_are_letters_then_pairs_of_letters():
    def chain(x):
        for _ in range(800):
            x = x + 1.0
        return x

    program = mg.trace(chain)(mnp.asarray(0.0))
    found = [variable.name for equation in program.equations for variable in equation.outputs]
    every = (name for n in (1, 2, 3) for name in map("".join, itertools.product(string.ascii_lowercase, repeat=n)))
    assert [program.inputs[0].name, *found] == list(itertools.islice(every, 801))


# -- constants ------------------------------------------------------------------------------------------------------


def test_numbers_widen_nothing():
    """A Python number in a program is no array, whose dtype would count."""
    x = mnp.asarray([1.0, 2.0], dtype="float32")
    program = mg.trace(mg.value_and_grad(lambda x: mnp.sum(2.0 * x * x + 1.0) / 3))(x)
    variables = [*program.inputs, *(variable for equation in program.equations for variable in equation.outputs)]
    assert {variable.dtype for variable in variables} == {"float32"}
    assert {dtype_name(leaf.dtype) for leaf in mg.tree_leaves(program(x))} == {"float32"}


def test_a_constant_is_what_it_was_when_it_was_used(on_numpy):
    table = np.ones(2)

    def f(x):
        y = x * table
        y = y + table  # the same array, unchanged: one constant
        table[:] = 10.0
        return y * table

    x = np.asarray([1.0, 2.0])
    program = mg.trace(f)(x)
    table[:] = np.nan
    assert [value.tolist() for value in program.constants.values()] == [[1.0, 1.0], [10.0, 10.0]]
    assert list(program.constants) == ["c0", "c1"]
    np.testing.assert_array_equal(program(x), (x * 1.0 + 1.0) * 10.0)


def test_minus_zero_is_another_constant(on_numpy):
    """Equal numbers of other bits are other constants."""
    table = np.zeros(1)

    def f(x):
        y = x + table
        table[:] = -0.0
        return mnp.copysign(y, table)

    assert mg.trace(f)(np.ones(1))(np.ones(1)).tolist() == [-1.0]


def test_numbers_of_every_kind_are_arguments():
    program = mg.trace(lambda p, n, flag: mnp.where(n > 4, p["x"], 0.0) + mnp.where(flag, 1.0, 0.0))({"x": 2.0}, 3, True)
    assert float(program({"x": 4.0}, 5, False)) == 4.0
    with pytest.raises(TypeError, match=r"trees of arrays and numbers, and 'text' is a str$"):
        mg.trace(lambda x: x)("text")
    with pytest.raises(TypeError, match=r"trees of arrays and numbers, and 2j is a complex$"):
        program({"x": 4.0}, 2j, False)


def test_keywords_are_constants():
    program = mg.trace(lambda x, *, scale: x * scale)(mnp.asarray(2.0), scale=5.0)
    assert float(program(mnp.asarray(3.0))) == 15.0


def test_misfits_are_told_by_the_input_s_name():
    program = mg.trace(lambda x, y: x + y)(mnp.ones(2), mnp.ones((3, 2)))
    with pytest.raises(ValueError, match=r"^the program's input b:float64\[3,2\] was given float64\[2\]; trace"):
        program(mnp.ones(2), mnp.ones(2))
    with pytest.raises(ValueError, match=r"^the program's input a:float64\[2\] was given float32\[2\]; trace"):
        program(mnp.ones(2, dtype="float32"), mnp.ones((3, 2)))
    with pytest.raises(ValueError, match=r"^the program takes arguments of structure \(\*, \*\), and got \(\*,\)$"):
        program(mnp.ones(2))


# -- masks ----------------------------------------------------------------------------------------------------------

MASKED = {
    "reading": lambda x, mask: x[mask],
    "reading rows": lambda x, mask: x[mask, ...],
    "adding": lambda x, mask: mnp.index_add(x, mask, 1.0),
}


@pytest.mark.parametrize("f", MASKED.values(), ids=MASKED)
def test_a_mask_computed_from_values_is_no_index_of_a_program(f):
    x = mnp.asarray([1.0, -1.0, 2.0])
    told = r"test_program\.py, line \d+: the mask <recorder tracer bool\[3\]> as an index .* use mnp\.where"
    with pytest.raises(TypeError, match=told):
        mg.trace(lambda x: f(x, x > 0.0))(x)
    with pytest.raises(TypeError, match=told):
        mg.trace(lambda x, mask: f(x, mask))(x, x > 0.0)


@pytest.mark.parametrize("f", MASKED.values(), ids=MASKED)
def test_a_mask_that_is_a_constant_is_and_so_are_positions(f, on_numpy):
    x = mnp.asarray([1.0, -1.0, 2.0])
    for index in (np.asarray([True, False, True]), np.asarray([0, 2])):
        np.testing.assert_array_equal(mg.trace(lambda x, i=index: f(x, i))(x)(2.0 * x), f(2.0 * x, index))
    positions = np.asarray([2, 0])
    np.testing.assert_array_equal(mg.trace(f)(x, np.asarray([0, 1]))(x, positions), f(x, positions))
