"""Loops over large arrays: sums of rows inside them, memory used again, short rows written out; and what waits."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.autodiff.program import Program, Variable
from minigan.compiler import blocks
from minigan.compiler.algebra import simplify
from minigan.compiler.blocks import Block, in_blocks
from minigan.compiler.dead_code import remove_dead_code
from minigan.compiler.delaying import delayed
from minigan.compiler.subexpressions import share_subexpressions
from tests.compiler.recorded import names, program_of

IMAGES = (16, 5, 4, 128)  # large enough for sums of rows to be products, and not for a loop unless it is asked for


def drawn(*shape, seed=0, dtype="float64"):
    return np.random.default_rng(seed).uniform(0.5, 1.5, shape).astype(dtype)


def simplified(f, *args) -> Program:
    return remove_dead_code(share_subexpressions(simplify(share_subexpressions(program_of(f, *args)))))


@pytest.fixture
def looping(monkeypatch, on_numpy):
    monkeypatch.setattr(blocks, "WORTHWHILE", 1 << 10)
    monkeypatch.setattr(blocks, "CACHED", 1 << 14)


# -- sums over rows ------------------------------------------------------------------------------------------


def test_factors_of_all_rows_and_signs_leave_sums_of_rows(on_numpy):
    def sums(x, v):
        return mnp.sum(x * v, axis=(0, 1, 2)), mnp.sum(-(v * x), axis=(0, 1, 2)), mnp.sum(x, axis=(0, 1, 2))

    x, v = drawn(*IMAGES), drawn(128, seed=1)
    program = simplified(sums, x, v)
    assert names(program).count("dot") == 1  # one sum, of x
    assert [e.outputs[0].shape for e in program.equations if e.primitive.name == "multiply"] == [(128,)]
    for found, exact in zip(program((x, v), {}), sums(x, v)):
        np.testing.assert_allclose(found, exact, rtol=1e-13)


@pytest.mark.parametrize("v", [(16, 1, 1, 1), (4, 128)], ids=str)
def test_factors_that_differ_from_row_to_row_stay(v, on_numpy):
    def total(x, v):
        return mnp.sum(x * v, axis=(0, 1, 2))

    x, v = drawn(*IMAGES), drawn(*v, seed=1)
    program = simplified(total, x, v)
    assert [e.outputs[0].shape for e in program.equations if e.primitive.name == "multiply"] == [IMAGES]
    np.testing.assert_allclose(program((x, v), {}), total(x, v), rtol=1e-13)


def test_a_number_meets_the_smaller_array(on_numpy):
    def scaled(x, v):
        return v * (0.25 * x)

    x, v = drawn(*IMAGES), drawn(128, seed=1)
    program = simplified(scaled, x, v)
    shapes = [e.outputs[0].shape for e in program.equations]
    assert shapes == [(128,), IMAGES]
    np.testing.assert_array_equal(program((x, v), {}), scaled(x, v))  # a power of two


def batch_norm(x, scale, shift, target):
    """The loss of a normalised batch, its gradients, and the sums that they are made of."""

    def loss(x, scale, shift):
        centred = x - mnp.mean(x, axis=(0, 1, 2))
        y = centred * (scale / mnp.sqrt(mnp.mean(mnp.square(centred), axis=(0, 1, 2)) + 1e-5)) + shift
        return mnp.mean(mnp.square(mnp.maximum(y, 0.2 * y) - target))

    return mg.value_and_grad(loss, argnums=(0, 1, 2))(x, scale, shift)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("samples", [16, 17])
def test_batch_normalisation_in_loops_is_the_eager_one(samples, dtype, looping):
    shape = (samples, *IMAGES[1:])
    args = drawn(*shape, dtype=dtype), drawn(128, seed=1, dtype=dtype), drawn(128, seed=2, dtype=dtype)
    args = *args, drawn(*shape, seed=3, dtype=dtype)
    compiled = mg.compile(batch_norm)
    found, exact = mg.tree_leaves(compiled(*args)), mg.tree_leaves(batch_norm(*args))
    tolerance = 200 * float(np.finfo(dtype).eps)  # sums of 320 and more in another order
    for a, b in zip(found, exact):
        np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance * np.max(np.abs(b)))
    source = compiled.source
    assert source.count("for lo in range") >= 3
    loops = [part.split("\n    np.")[0] for part in source.split("for lo in range")[1:]]
    assert sum(".reshape(-1, 128)" in loop for loop in loops) >= 2  # sums of rows inside
    again = mg.tree_leaves(compiled(*args))
    for a, b in zip(found, again):  # running sums begin at zero every time
        np.testing.assert_array_equal(a, b)


def test_what_is_only_returned_waits_for_a_later_chain_over_the_same_array(looping):
    """The chain of ``y`` comes late, for its sum meets one of a sum; the other one has time."""

    def f(x, y):
        deep = mnp.sum(mnp.exp(mnp.sin(x) * 2.0)) / 3.0
        return deep * mnp.sum(mnp.tanh(y * 0.5) + 1.0), mnp.cos(y * 3.0) - 2.0

    x, y = drawn(4096, 4), drawn(4096, 4, seed=1)
    program = simplified(f, x, y)
    loops = [item for item in in_blocks(program) if isinstance(item, Block)]
    assert sorted({v.name for v in block.inputs if isinstance(v, Variable)} for block in loops) == [{"x0"}, {"x1"}]
    for found, exact in zip(mg.compile(f)(x, y), f(x, y)):
        np.testing.assert_allclose(found, exact, rtol=1e-13)


def test_a_sum_joins_the_loop_that_makes_its_operand(looping):
    def f(x, y):
        slope = mnp.tanh(x * y) * x
        return mnp.sum(slope, axis=(0, 1, 2)), mnp.exp(mnp.sum(slope, axis=(0, 1, 2)) / 100.0) * mnp.cos(slope)

    program = simplified(f, drawn(*IMAGES), drawn(*IMAGES, seed=1))
    first = next(item for item in in_blocks(program) if isinstance(item, Block))
    assert [e.primitive.name for e in first.equations].count("sum") == 1


def test_products_that_join_no_loop_stay_products(on_numpy):
    def total(x):
        return mnp.sum(x, axis=(0, 1, 2)), mnp.sum(mnp.exp(x), axis=(0, 1, 2))

    program = simplified(total, drawn(*IMAGES))
    items = in_blocks(program)
    assert [item.primitive.name for item in items].count("dot") == 2
    assert len(items) == len(program.equations)


# -- memory --------------------------------------------------------------------------------------------------


def test_the_last_reader_of_an_array_takes_its_memory(looping):
    """A product's result is read by a loop alone: the loop writes over it."""
    w, x = drawn(64, 64), drawn(512, 64, seed=1)

    def f(w, x):
        return mnp.sum(mnp.tanh(mnp.sin(x @ w) + 1.0) @ w)

    compiled = mg.compile(f)
    np.testing.assert_allclose(compiled(w, x), f(w, x), rtol=1e-12)
    assert compiled.source.count("[lo:hi]") == 1  # of what is read and what is written


def test_memory_that_is_read_later_in_the_loop_or_after_it_is_left_alone(looping):
    w, x = drawn(64, 64), drawn(512, 64, seed=1)

    def later_in_the_loop(w, x):
        y = x @ w
        return mnp.sum((mnp.tanh(y + 1.0) @ w) * 2.0), mnp.sum(mnp.sin(y) * y)

    def after_it(w, x):
        y = x @ w
        return mnp.sum(mnp.tanh(mnp.sin(y) + 1.0) @ w), y.T @ y

    def through_a_view(w, x):
        y = x @ w
        return mnp.sum(mnp.tanh(mnp.sin(y) + 1.0) @ w), mnp.sum(mnp.cos(y[::-1]) @ w)

    for f in (later_in_the_loop, after_it, through_a_view):
        compiled = mg.compile(f)
        for a, b in zip(compiled(w, x), f(w, x)):
            np.testing.assert_allclose(a, b, rtol=1e-11)


def test_a_short_row_is_written_out_to_the_length_of_a_row(looping):
    x, v = drawn(*IMAGES), drawn(128, seed=1)

    def f(x, v):
        return mnp.tanh(mnp.sin(x + v) * v)

    compiled = mg.compile(f)
    np.testing.assert_allclose(compiled(x, v), f(x, v), rtol=1e-13)
    assert compiled.source.count("np.copyto(") == 1  # once, for both readers


# -- what waits ----------------------------------------------------------------------------------------------


def test_slopes_are_computed_when_they_are_read(on_numpy):
    def f(x, w):
        y = mnp.tanh(x)
        slope = 1.0 - mnp.square(y)
        return (y @ w) @ w * slope

    program = simplified(f, drawn(8, 8), drawn(8, 8, seed=1))
    assert names(program) == ["tanh", "square", "subtract", "matmul", "matmul", "multiply"]
    late = delayed(program)
    assert names(late) == ["tanh", "matmul", "matmul", "square", "subtract", "multiply"]
    args = drawn(8, 8), drawn(8, 8, seed=1)
    np.testing.assert_array_equal(late(args, {}), program(args, {}))


def test_chains_of_any_length_wait_and_what_is_returned_comes(on_numpy):
    def f(x):
        y = x
        for _ in range(3000):
            y = mnp.sin(y)
        return y, mnp.sum(y)

    program = simplified(f, drawn(3))
    late = delayed(program)
    assert names(late) == names(program)
    assert [e.outputs for e in late.equations] == [e.outputs for e in program.equations]


def test_what_is_made_of_two_arrays_does_not_wait(on_numpy):
    """It would keep both, where its own memory is one."""
    program = simplified(lambda x, y: (mnp.sin(x + y), x @ y @ (x + y)), drawn(4, 4), drawn(4, 4, seed=1))
    assert names(delayed(program))[0] == "add"


# -- arrays inside one another -------------------------------------------------------------------------------


def agrees(f, *args, tolerance=1e-12):
    compiled = mg.compile(f)
    for _ in range(2):
        found, exact = mg.tree_leaves(compiled(*args)), mg.tree_leaves(f(*args))
        for a, b in zip(found, exact):
            np.testing.assert_allclose(a, b, rtol=tolerance, atol=tolerance)
    return compiled


@pytest.mark.parametrize("shape", [(1, 100), (1,)])
def test_a_part_of_a_concatenation_is_read_before_the_whole_is_overwritten(shape, looping):
    """The first row lies in the concatenation, and meets all of its rows in the loop that the concatenation dies in."""
    v, z, w = drawn(*shape), drawn(2999, *shape[1:], seed=1), drawn(3000, *shape[1:], seed=2)

    def f(v, z, w):
        y = mnp.tanh(v)
        whole = mnp.concatenate([y, mnp.sin(z)], axis=0)
        return mnp.sum(mnp.matmul(w.T, mnp.cos(mnp.sin(whole) * y)))

    agrees(f, v, z, w, tolerance=1e-10)


def test_a_total_is_written_into_the_concatenation_that_it_ends_in(looping):
    def f(x, w):
        total = mnp.sum(mnp.tanh(mnp.sin(x) + 1.0))
        return mnp.concatenate([mnp.sin(w), mnp.reshape(total, (1,))], axis=0) * 2.0

    agrees(f, drawn(30_000), drawn(40, seed=1))


def test_the_gradient_of_one_number_by_a_long_sum_is_updated_with_the_others(looping):
    """Packed updates lay it end to end with the other gradients."""

    def f(params, x):
        gradient = mg.grad(lambda p: mnp.sum(mnp.tanh(p[0] * mnp.sin(x)) + p[1][0] * mnp.cos(x)))(params)
        return mg.tree_map(lambda p, g: p - 0.1 * g / (1.0 + mnp.abs(g)), params, gradient)

    agrees(f, (drawn(1), drawn(3, seed=1)), drawn(30_000, seed=2))


@pytest.mark.parametrize("shape", [(64,), (300, 64), (1, 64), (300, 1)], ids=str)
def test_constant_arrays_in_loops(shape, looping):
    constant = drawn(*shape, seed=3)
    agrees(lambda x: (mnp.sum(mnp.tanh(mnp.sin(x * constant))), constant - mnp.cos(x + 1.0)), drawn(300, 64))


def test_a_sum_over_no_axes_is_no_sum(looping):
    agrees(lambda x: mnp.sum(mnp.sin(mnp.cos(mnp.tanh(x))), axis=()), drawn(30_000))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_functions_that_have_other_names_inside_are_numpys_to_the_bit(dtype, looping):
    x = (90.0 * drawn(30_000, dtype=dtype) - 90.0).astype(dtype)
    x[:6] = [0.0, -0.0, np.inf, -np.inf, np.nan, -1.0]
    y = np.roll(x, 3)
    compiled = mg.compile(lambda x, y: (mnp.deg2rad(x), mnp.rad2deg(x), mnp.fabs(x), mnp.heaviside(x, y)))
    expected = np.deg2rad(x), np.rad2deg(x), np.fabs(x), np.heaviside(x, y)
    for found, exact in zip(compiled(x, y), expected, strict=True):
        assert found.dtype == exact.dtype
        np.testing.assert_array_equal(found, exact)
        np.testing.assert_array_equal(np.signbit(found[:4]), np.signbit(exact[:4]))
    names_inside = ("np.deg2rad", "np.rad2deg", "np.fabs", "np.heaviside")  # none of which has vectors
    assert not any(name in compiled.source for name in names_inside)
