"""Each pass alone, on programs small enough to see what it must do, and never changing what they compute."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan.compiler.algebra import simplify
from minigan.compiler.blocks import Block, in_blocks
from minigan.compiler.buffers import Pool
from minigan.compiler.dead_code import remove_dead_code
from minigan.compiler.folding import fold_constants
from minigan.compiler.joining import join_batches
from minigan.compiler.packing import pack_updates
from minigan.compiler.recording import shortened
from minigan.compiler.subexpressions import share_subexpressions
from minigan.testing.programs import SHAPES, programs
from tests.compiler.recorded import names, program_of, replay

X = [0.5, -1.25, 2.0]


def x(shape=None, seed=0):
    return mnp.asarray(np.random.default_rng(seed).uniform(0.5, 1.5, shape)) if shape else mnp.asarray(X)


def test_dead_code_goes_and_what_it_fed_on_goes_too():
    program = program_of(lambda x: (mnp.exp(mnp.sin(x)), mnp.tanh(x))[1], x())
    assert names(program) == ["sin", "exp", "tanh"]
    assert names(remove_dead_code(program)) == ["tanh"]


def test_what_is_computed_twice_is_computed_once():
    program = program_of(lambda x, y: mnp.exp(x) * y + y * mnp.exp(x), x(), x())
    shared = remove_dead_code(share_subexpressions(program))
    assert names(shared) == ["exp", "multiply", "add"]
    np.testing.assert_array_equal(replay(shared, x(), 2.0 * x()), replay(program, x(), 2.0 * x()))


def test_different_numbers_are_not_the_same_operand():
    program = program_of(lambda x: (x + 1.0, x + 1, x * 0.0, x * -0.0), x())
    assert len(share_subexpressions(program).equations) == 4


def test_constants_fold():
    table = mnp.asarray([1.0, 4.0, 9.0])
    program = program_of(lambda x: x * table, x())
    (equation,) = program.equations
    unfolded = type(program)((), (type(equation)(equation.primitive, (table, 2.0), {}, equation.outputs),),
                             equation.outputs, program.in_structure, program.out_structure)  # fmt: skip
    folded = fold_constants(unfolded)
    assert folded.equations == ()
    np.testing.assert_array_equal(mg.to_numpy(folded.outputs[0]), [2.0, 8.0, 18.0])


SIMPLER = {
    "x * 1": (lambda x: x * 1.0, []),
    "x + 0": (lambda x: x + 0.0, []),
    "x - 0": (lambda x: x - 0.0, []),
    "x / 1": (lambda x: x / 1.0, []),
    "-1 * x": (lambda x: -1.0 * x, ["negative"]),
    "-(-x)": (lambda x: mnp.negative(mnp.negative(x)), []),
    "x + (-y)": (lambda x: x + (-mnp.sin(x)), ["sin", "subtract"]),
    "x - (-y)": (lambda x: x - (-mnp.sin(x)), ["sin", "add"]),
    "(-x) * (-y)": (lambda x: (-x) * (-mnp.sin(x)), ["sin", "multiply"]),
    "|-x|": (lambda x: mnp.abs(-x), ["abs"]),
    "x * x": (lambda x: x * x, ["square"]),
    "x ** 2": (lambda x: x**2, ["square"]),
    "(2 x) 3": (lambda x: (2.0 * x) * 3.0, ["multiply"]),
    "(x / 2) 3": (lambda x: (x / 2.0) * 3.0, ["multiply"]),
    "-(2 x)": (lambda x: -(2.0 * x), ["multiply"]),
    "-(x / 2)": (lambda x: -(mnp.sin(x) / 2.0), ["sin", "divide"]),
    "-(2 / x)": (lambda x: -(2.0 / x), ["divide"]),
    "-(x (y (2 / z)))": (
        lambda x: -(x * (mnp.sin(x) * (2.0 / mnp.exp(x)))),
        ["sin", "exp", "divide", "multiply", "multiply"],
    ),
    "-(x (-y))": (lambda x: -(x * (-mnp.sin(x))), ["sin", "multiply"]),
    "sum of -x": (lambda x: 1.0 - mnp.sum(-x), ["sum", "add"]),
    "log of exp": (lambda x: mnp.log(mnp.exp(x)), []),
    "(2 / x) x": (lambda x: (2.0 / x) * x, []),
    "reshaped back": (lambda x: mnp.reshape(mnp.reshape(x, (3, 1)), (3,)), []),
    "turned twice": (lambda x: mnp.reshape(x, (3, 1)).T.T, ["reshape"]),
    "x[:]": (lambda x: x[:], []),
    "the one column": (lambda x: mnp.reshape(x, (3, 1))[:, 0], []),
    "a new axis, and back": (lambda x: x[None, :, None][0, ..., 0], []),
    "its gradient": (
        lambda x: mg.vjp(lambda x: mnp.reshape(x, (3, 1))[:, 0] * 2.0, x)[1](mnp.sin(x))[0],
        ["sin", "multiply"],
    ),
    "the other way round": (lambda x: x[::-1], ["getitem"]),
    "every second": (lambda x: x[::2], ["getitem"]),
    "same either way": (lambda x: mnp.where(x > 0, x, x), []),
    "ones": (lambda x: x * mnp.ones(3), []),
    "spread": (lambda x: x * mnp.broadcast_to(mnp.sum(x), (3,)), ["sum", "multiply"]),
}


@pytest.mark.parametrize("case", SIMPLER)
def test_algebra(case):
    f, expected = SIMPLER[case]
    program = program_of(f, x())
    simpler = remove_dead_code(simplify(program))
    assert names(simpler) == expected
    np.testing.assert_allclose(replay(simpler, x()), mg.to_numpy(f(x())), rtol=4e-16)


NOT_SIMPLER = {
    "0 * x": lambda x: 0.0 * x,  # x may be infinite
    "x - x": lambda x: x - mnp.abs(x),
    "0 - x": lambda x: -(0.0 - x),  # the sign of zero
    "huge factors": lambda x: (1e-200 * x) * 1e-200,  # the product of the numbers underflows, x may be large
    "a dtype": lambda x: x * mnp.ones((3, 1)),  # broadcasts
    "-(a b), read twice": lambda x: (lambda y: (-y, y))(mnp.sin(x) * (2.0 / x)),
    "-(a b), no number": lambda x: -(mnp.sin(x) * x),
    "(y / x) x": lambda x: (mnp.sin(x) / x) * x,  # y may be smaller than a rounding of x
}


@pytest.mark.parametrize("case", NOT_SIMPLER)
def test_algebra_leaves_alone_what_would_change(case):
    program = program_of(NOT_SIMPLER[case], x())
    assert len(simplify(program).equations) == len(program.equations)


def update(params, gradients):
    return [p - 0.1 * g / (1.0 + mnp.abs(g)) for p, g in zip(params, gradients)]


def test_equal_updates_are_packed_into_one():
    params, gradients = [x((4, 3)), x((3,)), x((2, 2))], [x((4, 3), 1), x((3,), 1), x((2, 2), 1)]
    program = program_of(update, params, gradients)
    packed = remove_dead_code(pack_updates(program))
    assert names(packed).count("divide") == 1 and names(packed).count("subtract") == 1
    for a, b in zip(replay(packed, params, gradients), update(params, gradients)):
        np.testing.assert_array_equal(a, mg.to_numpy(b))


def test_updates_that_wait_for_each_other_are_not_packed():
    def chained(p, q):
        p = p - 0.1 * p / (1.0 + mnp.abs(p))
        r = q * mnp.sum(p)  # q's chain needs the first one's result
        return p, r - 0.1 * r / (1.0 + mnp.abs(r))

    program = program_of(chained, x(), x())
    packed = remove_dead_code(pack_updates(program))
    assert names(packed).count("divide") == 2
    for a, b in zip(replay(packed, x(), x()), chained(x(), x())):
        np.testing.assert_array_equal(a, mg.to_numpy(b))


def test_of_updates_in_turns_each_sides_are_packed():
    """Two players by one count of steps: the second one's gradients wait for the first one's update."""

    def turns(p, q):
        p = update(p, [mnp.flip(x, 0) for x in p])
        q = update(q, [mnp.flip(x * mnp.sum(p[0]), 0) for x in q])
        return p, q

    args = [x((4, 3)), x((3,))], [x((5,), 1), x((2, 2), 1)]
    program = program_of(turns, *args)
    packed = remove_dead_code(pack_updates(program))
    assert names(packed).count("divide") == 2 and names(program).count("divide") == 4
    for a, b in zip(mg.tree_leaves(replay(packed, *args)), mg.tree_leaves(turns(*args))):
        np.testing.assert_array_equal(mg.to_numpy(a), mg.to_numpy(b))


def test_large_chains_go_in_blocks_and_small_ones_do_not():
    def chain(x):
        return mnp.tanh(mnp.exp(-x) + 1.0), mnp.sum(mnp.square(x))

    for shape, blocked in (((700, 500), True), ((7, 5), False)):
        program = remove_dead_code(program_of(chain, x(shape)))
        found = [item for item in in_blocks(program) if isinstance(item, Block)]
        assert bool(found) is blocked


def test_a_sum_with_one_operation_before_it_needs_no_array():
    blocks = in_blocks(program_of(lambda x: mnp.sum(x - 1.0), x((4096, 64))), worthwhile=1)
    assert [type(item) for item in blocks] == [Block]


def test_chains_over_the_same_array_are_one_loop():
    def f(x, y):
        return mnp.sum(mnp.sqrt(mnp.exp(x) + 1.0)), mnp.sin(mnp.cos(x) * 2.0), mnp.sin(mnp.cos(y) * 3.0)

    program = program_of(f, x((4096, 64)), x((4096, 64), 1))
    blocks = [item for item in in_blocks(program, worthwhile=1) if isinstance(item, Block)]
    assert sorted(len(block.equations) for block in blocks) == [3, 7]


@pytest.mark.parametrize("rows", [400_000, 400_001])
def test_blocks_compute_what_whole_arrays_do(rows, on_numpy):
    def f(v):
        return mg.value_and_grad(lambda v: mnp.mean(mnp.softplus(v) * mnp.tanh(v)))(v)

    v = x((rows,)) - 1.0
    compiled = mg.compile(f)
    for a, b in zip(compiled(v), f(v)):
        np.testing.assert_allclose(a, b, rtol=1e-12)
    assert "for lo in range" in compiled.source


@given(st.integers(1, 10**6), st.integers(1, 2000))
def test_a_blocks_step_covers_every_row(rows, row):
    block = Block((_Equation((rows, row)),), (rows, row))
    step = block.step()
    assert 1 <= step <= rows
    assert -(-rows // step) <= 2 * max(1, -(-rows * row * 8 // (1 << 17))) + 1
    assert step == rows or step * row * 8 % 64 == 0 or step * row * 8 < 64 * row  # begins a cache line, if rows are short


def test_kept_memory_begins_with_a_cache_line(on_numpy):
    """Temporaries, a donated state, and the memory of blocks; without it the shapes here are at 16 or 48 modulo 64."""

    def f(state, y):
        (v, w), total = state
        w = w - 0.1 * mnp.tanh(w @ w.T @ y)
        return ((v - 0.1 * mnp.tanh(v * mnp.exp(v)), w), total + mnp.sum(mnp.sin(v) * v))

    compiled = mg.compile(f, donate=0)
    state = compiled(((x((300_007,)), x((33, 7))), x((1,))), x((33, 7), 1))
    assert "for lo in range" in compiled.source
    kept = compiled._latest.run.__globals__
    found = {name: value for name, value in kept.items() if isinstance(value, np.ndarray) and value.base is not None}
    assert {"s0", "t0", *("state_0_0", "state_0_1")} <= set(found)
    for name in ("s0", "t0", "state_0_0", "state_0_1"):
        assert found[name].ctypes.data % 64 == 0, name
    assert state[0][0] is found["state_0_0"]


class _Equation:
    def __init__(self, shape):
        from minigan.autodiff.program import Variable

        self.outputs = (Variable("x", shape, "float64"),)


@given(programs())
def test_all_passes_keep_the_value(program):
    from minigan.compiler.passes import optimise

    inputs = [mnp.asarray(np.random.default_rng(1).uniform(-1.5, 1.5, shape)) for shape in SHAPES]
    recorded = program_of(lambda inputs: program(inputs), inputs)
    for a, b in zip(mg.tree_leaves(replay(optimise(recorded), inputs)), mg.tree_leaves(program(inputs))):
        np.testing.assert_allclose(a, mg.to_numpy(b), rtol=1e-12, atol=1e-13)


def test_a_pool_hands_out_what_was_given_back_and_never_what_is_in_use():
    pool = Pool()
    a, b = pool.take((4, 3), "float64"), pool.take((4, 3), "float64")
    assert a is not b
    pool.give(a)
    assert pool.take((3, 4), "float64") is a  # the same elements in another shape
    assert pool.take((12,), "float32") not in (a, b)
    pool.give(b)
    assert pool.take((2, 2), "float64") is not b  # three times too large


def test_names_are_as_short_as_they_may_be():
    assert shortened([("state", "g", 0, "w"), ("state", "d", 0, "w"), ("real",)]) == ["g_0_w", "d_0_w", "real"]
    assert shortened([("x", 0), ("x", 1), ("y",)]) == ["x_0", "x_1", "y"]
    assert shortened([("in",), ("np",)]) == ["in_", "np_"]


def two_passes(w, b, v, real, fake):
    """A discriminator's loss over two batches, and its gradient."""

    def cost(w, b):
        real_logits, fake_logits = (mnp.tanh(x @ w + b) @ v for x in (real, fake))
        return mnp.mean(mnp.softplus(-real_logits)) + mnp.mean(mnp.softplus(fake_logits))

    return mg.value_and_grad(cost, argnums=(0, 1))(w, b)


def test_two_passes_through_the_same_weights_are_joined():
    args = (x((3, 2)), x((2,), 1), x((2, 1)), x((8, 3), 2), x((6, 3), 3))
    program = simplify(remove_dead_code(share_subexpressions(program_of(two_passes, *args))))
    joined = simplify(remove_dead_code(join_batches(program)))
    assert names(program).count("tanh") == 2 and names(joined).count("tanh") == 1
    products = [sum(name in ("dot", "matmul") for name in names(p)) for p in (program, joined)]
    assert products == [10, 5]  # two forward, one back, one for the weights and one for the bias
    for a, b in zip(mg.tree_leaves(replay(joined, *args)), mg.tree_leaves(two_passes(*args))):
        np.testing.assert_allclose(a, mg.to_numpy(b), rtol=1e-14)


def test_batches_are_not_joined_where_one_waits_for_the_other_or_rows_meet():
    def chained(w, x):
        h = mnp.tanh(x @ w)
        return mnp.tanh(h @ w)

    def normalised(w, x, y):
        return [(h - mnp.mean(h, axis=0)) * 2.0 for h in (x @ w, y @ w)]

    for f, args in ((chained, (x((3, 3)), x((5, 3)))), (normalised, (x((3, 3)), x((5, 3)), x((5, 3), 1)))):
        program = program_of(f, *args)
        joined = remove_dead_code(join_batches(program))
        for a, b in zip(mg.tree_leaves(replay(joined, *args)), mg.tree_leaves(f(*args))):
            np.testing.assert_allclose(a, mg.to_numpy(b), rtol=1e-14)
    assert names(joined).count("mean") + names(joined).count("sum") == 2


def test_a_sum_of_products_with_a_constant_and_a_value_on_the_left_stays():
    """Second derivatives add such products: the bias's gradient, by a vector of ones, and another."""

    def f(a, b, c):
        return mnp.dot(mnp.ones(4), b) + mnp.dot(a, c), mnp.dot(a, b) + mnp.dot(mnp.ones(4), c)

    args = x((4,)), x((4, 3), 1), x((4, 3), 2)
    program = program_of(f, *args)
    assert names(join_batches(program)) == names(program)
    for a, b in zip(replay(join_batches(program), *args), f(*args)):
        np.testing.assert_allclose(a, mg.to_numpy(b), rtol=1e-14)


@pytest.mark.parametrize(("rows", "inputs", "units", "passes"), [
    (1000, 100, 60, 2),  # copying the batches costs more than a call
    (100, 500, 400, 1),  # but not than to go over the weights twice
    (100, 50, 400, 2),  # results of 320 kB by weights of 160 kB: better worked on while they are in the cache
])  # fmt: skip
def test_large_batches_stay_apart_unless_the_weights_are_larger(rows, inputs, units, passes):
    args = (x((inputs, units)), x((units,)), x((units, 1)), x((rows, inputs)), x((rows, inputs), 1))
    program = program_of(two_passes, *args)
    assert names(join_batches(program)).count("tanh") == passes
