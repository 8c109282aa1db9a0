"""Kernels written for a GPU, read as Python: they say what the equations say, and chains cover what they should."""

import math

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.autodiff.program import Equation, Variable
from minigan.autodiff.trees import flatten
from minigan.compiler.cuda import ARITHMETIC, COMPARISONS, LOGIC, expressible, literal
from minigan.compiler.fusion import MOST, Chain, fused, kernel, kernel_text
from minigan.compiler.passes import optimise
from minigan.compiler.recording import record
from minigan.compiler.replaying import function_of, replayed
from minigan.gan import GAMES, Players, initial_state, make_step
from minigan.gan.penalties import chance_of
from tests.compiler.stand_in import run_text


def program_of(f, *leaves):
    _, structure = flatten((leaves, {}))
    names = [f"x{i}" for i in range(len(leaves))]
    return record(f, structure, leaves, range(len(leaves)), names)


def text_function_of(item):
    if isinstance(item, Chain):
        text = kernel_text(item)
        return (lambda *arrays: run_text(text, *map(np.asarray, arrays))), True
    return function_of(item)


def chains(f, *leaves):
    return [item for item in fused(program_of(f, *leaves)) if isinstance(item, Chain)]


def agrees(program, leaves, tolerance):
    for a, b in zip(replayed(program, fused(program), text_function_of)(*leaves), replayed(program)(*leaves)):
        assert np.result_type(a) == np.result_type(b)
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=0)


SPECIAL_VALUES = np.array([0.0, -0.0, 1.0, -1.0, 0.25, -2.5, 1e30, -1e-30, math.inf, -math.inf, math.nan])
ONE_OPERAND = [n for n, text in {**ARITHMETIC, **COMPARISONS}.items() if "{1}" not in text and n != "astype"]
TWO_OPERANDS = [n for n, text in {**ARITHMETIC, **COMPARISONS}.items() if "{1}" in text]


def one_equation(name, *leaves):
    """The chain of one primitive alone, which `fused` would leave as it is."""
    primitive = mg.PRIMITIVES[name]
    inputs = tuple(Variable(f"x{i}", x.shape, x.dtype.name) if hasattr(x, "shape") else x for i, x in enumerate(leaves))
    with np.errstate(all="ignore"):
        expected = primitive(*leaves)
    equation = Equation(primitive, inputs, {}, (Variable("y", expected.shape, expected.dtype.name),))
    assert expressible(equation)
    return Chain((equation,), equation.outputs), expected


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", ONE_OPERAND)
def test_every_expression_of_one_operand_is_its_primitive(name, dtype, on_numpy):
    x = SPECIAL_VALUES.astype(dtype)
    chain, expected = one_equation(name, x)
    (found,) = run_text(kernel_text(chain), x)
    assert found.dtype == expected.dtype
    np.testing.assert_allclose(found, expected, rtol=1e-15 if dtype == "float64" else 1e-6)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", TWO_OPERANDS)
def test_every_expression_of_two_operands_is_its_primitive(name, dtype, on_numpy):
    x = SPECIAL_VALUES.astype(dtype)[:, None]
    for y in (SPECIAL_VALUES.astype(dtype), 0.1, -3, math.inf, -math.inf, math.nan):
        chain, expected = one_equation(name, x, y)
        (found,) = run_text(kernel_text(chain), x, *([y] if hasattr(y, "shape") else []))
        assert found.dtype == expected.dtype
        np.testing.assert_allclose(found, expected, rtol=1e-15 if dtype == "float64" else 1e-6)
    chain, expected = one_equation(name, 0.1, x)  # a Python number on the left
    np.testing.assert_allclose(run_text(kernel_text(chain), x)[0], expected, rtol=1e-15 if dtype == "float64" else 1e-6)


@pytest.mark.parametrize("name", LOGIC)
def test_every_logical_expression_is_its_primitive(name, on_numpy):
    x, y = np.array([[True], [False]]), np.array([True, False])
    operands = (x,) if "{1}" not in LOGIC[name] else (x, y)
    chain, expected = one_equation(name, *operands)
    np.testing.assert_array_equal(run_text(kernel_text(chain), *operands)[0], expected)


def test_dtypes_meet_as_in_numpy(on_numpy):
    single, double, flag = np.float32([0.1, 2.0, -3.0]), np.array([0.1, 2.0, 5.0]), np.array([True, False, True])

    def f(single, double, flag):
        wide = mnp.where(flag, single * double, single)
        return wide + 1.0, mnp.maximum(single * 0.1, 1), single == double, mnp.astype(wide, "float32"), double * flag

    program = program_of(f, single, double, flag)
    agrees(program, (single, double, flag), 0)
    assert len(chains(f, single, double, flag)) >= 1


def test_a_float32_chain_has_no_double_in_it(on_numpy):
    x = np.ones(5, "float32")
    (chain,) = chains(lambda x: mnp.sigmoid(0.1 * x) + 2 * mnp.softplus(x), x)
    text = kernel_text(chain)
    assert "double" not in text.body and "float(0.1)" in text.body
    assert text.inputs == "float32 a0" and text.outputs == "float32 r0"


@pytest.mark.parametrize("x", [0.1, -0.0, 1e-300, 5e-324, 2**0.5, 7, True])
def test_literals_are_read_back_exactly(x):
    assert float(eval(literal(x, "float64"), {"double": float})) == float(x)
    assert eval(literal(x, "float32"), {"float": np.float32}) == np.float32(x)
    assert math.copysign(1, eval(literal(x, "float64"), {"double": float})) == math.copysign(1, x)


def test_a_chain_is_one_kernel_and_only_what_is_read_outside_leaves_it(on_numpy):
    x, w = np.linspace(-2, 2, 12).reshape(4, 3), np.ones((3, 2))
    (chain,) = chains(lambda x, w: mnp.exp(-mnp.square(mnp.tanh(x) + 1.0)) @ w, x, w)
    assert [e.primitive.name for e in chain.equations] == ["tanh", "add", "square", "negative", "exp"]
    assert len(chain.outputs) == 1 and len(chain.inputs) == 1
    agrees(program_of(lambda x, w: mnp.exp(-mnp.square(mnp.tanh(x) + 1.0)) @ w, x, w), (x, w), 0)


def test_operands_that_broadcast_join_and_other_shapes_do_not(on_numpy):
    x, b, s = np.ones((4, 3)), np.arange(3.0), np.asarray(2.0)
    f = lambda x, b, s: mnp.tanh(x + mnp.exp(2.0 * b)) * s
    items = fused(program_of(f, x, b, s))
    assert [len(item.equations) for item in items] == [2, 3]
    agrees(program_of(f, x, b, s), (x, b, s), 0)


def test_nothing_joins_across_what_stands_between(on_numpy):
    x, w = np.full((3, 3), 0.3), np.eye(3) + 0.1
    f = lambda x, w: mnp.tanh(x) * mnp.exp(mnp.tanh(x) @ w) + mnp.cos(x)
    program = optimise(program_of(f, x, w))
    items = fused(program)
    names = [[e.primitive.name for e in getattr(item, "equations", [item])] for item in items]
    assert ["tanh", "cos"] in names or ["tanh"] in names
    assert next(n for n in names if "exp" in n) != next(n for n in names if "tanh" in n)
    agrees(program, (x, w), 1e-15)


def test_nothing_joins_across_a_long_way_round(on_numpy):
    """A chain that comes to wait for another one passes that on to all that wait for it."""
    x, y, z = np.linspace(0.1, 0.3, 3), np.linspace(0.1, 0.4, 4), np.linspace(0.1, 0.5, 5)

    def f(x, y, z):
        a, b = mnp.tanh(x), mnp.exp(y)
        b_total, c = mnp.sum(b), mnp.exp(z)
        b = b * mnp.sum(c)  # now b's chain waits for c's
        c = c * mnp.sum(a)  # and c's for a's
        return a * b_total, b, c  # so that this product, which waits for b's, cannot join a's

    assert len(fused(program_of(f, x, y, z))) == 7
    agrees(program_of(f, x, y, z), (x, y, z), 1e-15)


def test_primitives_without_an_expression_end_a_run(on_numpy):
    x = np.linspace(0.5, 2.0, 5)
    f = lambda x: mnp.exp(-mnp.gammaln(1.0 + mnp.square(x)))
    names = [[e.primitive.name for e in getattr(item, "equations", [item])] for item in fused(program_of(f, x))]
    assert names == [["square", "add"], ["gammaln"], ["negative", "exp"]]


def test_integers_stay_the_librarys(on_numpy):
    n = np.arange(4)
    assert chains(lambda n: (n + 1) * n - 2, n) == []


def test_a_chain_of_many_arrays_is_cut(on_numpy):
    arrays = [np.full(3, float(i)) for i in range(80)]
    f = lambda *xs: sum(xs[1:], xs[0])
    found = chains(f, *arrays)
    assert len(found) > 1 and all(len(c.inputs) + len(c.outputs) <= MOST for c in found)
    agrees(program_of(f, *arrays), arrays, 0)


def test_equal_chains_share_a_kernel(on_numpy):
    class Library:
        made = 0

        def ElementwiseKernel(self, *parts, **keywords):
            self.made += 1
            assert keywords["return_tuple"] and "--fmad=false" in keywords["options"]
            return parts

    library = Library()
    f = lambda a, b, w: mnp.tanh(2.0 * (mnp.tanh(2.0 * a) @ w)) @ w + b
    found = chains(f, np.ones((3, 3)), np.ones((3, 3)), np.eye(3))
    kernels = [kernel(library, kernel_text(chain)) for chain in found]
    assert len(kernels) == 2 and kernels[0] is kernels[1] and library.made == 1


@pytest.mark.parametrize("game", GAMES)
def test_a_training_step_in_kernels_equals_the_step(game, on_numpy):
    rng = mg.random.generator(0)
    players = Players(
        GAMES[game](), nn.mlp([8, 2]), nn.mlp([8, 8, 1], activation="leaky_relu"), optim.adam(0.01), optim.sgd(0.1)
    )
    state = initial_state(players, rng, (1, 3), (1, 2), "float32")
    real, noise = (rng.standard_normal((16, d), dtype="float32") for d in (2, 3))
    arguments = (state, real, noise, None, chance_of(players.game.penalty, rng, real))
    leaves, structure = flatten((arguments, {}))
    arrays = [np.asarray(x) for x in leaves]
    names = [f"x{i}" for i in range(len(arrays))]
    program = optimise(record(make_step(players), structure, arrays, range(len(arrays)), names))
    items = fused(program)
    inside = sum(len(item.equations) for item in items if isinstance(item, Chain))
    assert inside > 0.8 * sum(map(expressible, program.equations))
    # the same operations in the same order, in float32: only elementary functions may differ by a rounding
    for a, b in zip(replayed(program, items, text_function_of)(*arrays), replayed(program)(*arrays)):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
