"""Compiled programs against eager ones, over drawn expression graphs, on the backend of the run."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import minigan as mg
import minigan.numpy as mnp
from minigan import choosing
from minigan.compiler import blocks, expansions, loops, row_sums
from minigan.testing.programs import SHAPES, programs

# A program has up to some hundred roundings once its derivative is taken, each amplified by a factor of order one,
# since every operation is bounded with bounded slope; simplification changes which of them happen.
ROUNDINGS = 500.0


def arrays(seed, dtype):
    rng = np.random.default_rng(seed)
    return [mnp.asarray(rng.uniform(-1.5, 1.5, shape).astype(dtype)) for shape in SHAPES]


def same(found, expected, dtype):
    leaves, wanted = mg.tree_leaves(found), mg.tree_leaves(expected)
    assert len(leaves) == len(wanted)
    eps = float(np.finfo(dtype).eps)
    for a, b in zip(map(mg.to_numpy, leaves), map(mg.to_numpy, wanted)):
        assert a.shape == b.shape and a.dtype == b.dtype
        np.testing.assert_allclose(a, b, rtol=ROUNDINGS * eps, atol=ROUNDINGS * eps)


@pytest.fixture(params=["whole", "a row at a time", "two rows at a time"])
def in_blocks(request, monkeypatch):
    """Arrays as they come, or the loops that are written for large arrays, of which the smallest are then large."""
    rows = ["whole", "a row at a time", "two rows at a time"].index(request.param)
    if rows:
        monkeypatch.setattr(blocks, "WORTHWHILE", 1)
        monkeypatch.setattr(blocks, "SHORTEST", 1)
        monkeypatch.setattr(blocks.Block, "step", lambda block: min(rows, block.shape[0]))
        monkeypatch.setattr(loops, "MANY_ROWS", 2)
        monkeypatch.setattr(expansions, "WORTH_A_PRODUCT", 1)
        monkeypatch.setattr(choosing, "LONG_ENOUGH", 1)
        monkeypatch.setattr(row_sums, "WORTH_A_CALL", 1)


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("donate", [(), 0], ids=["pure", "donated"])
def test_compiled_is_eager_to_rounding(dtype, donate, in_blocks):
    @given(programs(), st.integers(0, 2**32 - 1))
    def holds(program, seed):
        compiled = mg.compile(lambda inputs: program(inputs), donate=donate)
        first, second = arrays(seed, dtype), arrays(seed + 1, dtype)
        expected = program(first), program(second)
        copies = mg.tree_map(lambda x: mg.to_numpy(x).copy(), first)
        out = compiled(first)
        same(out, expected[0], dtype)
        if donate == ():
            mg.tree_map(lambda x, y: np.testing.assert_array_equal(mg.to_numpy(x), y), first, copies)
        kept = mg.tree_map(lambda x: mg.to_numpy(x).copy(), out)
        same(compiled(second), expected[1], dtype)
        if donate == ():  # what was returned is the caller's: later calls leave it alone
            mg.tree_map(lambda x, y: np.testing.assert_array_equal(mg.to_numpy(x), y), out, kept)
        assert len(compiled.versions) == 1

    holds()
