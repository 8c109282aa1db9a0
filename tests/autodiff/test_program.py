"""A recorded program: readable, replayable, and refused where it would be wrong."""

import inspect
import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp


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
