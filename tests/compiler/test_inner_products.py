"""Sums of products in loops over large arrays are inner products: which are, and that they sum the same."""

import math
import re

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.compiler import blocks

ROWS = 3_001  # which no step divides
WHERE = re.compile(r"\+= (np\.\w+(?:\.reduce)?|sums)\(")


@pytest.fixture(autouse=True)
def looping(monkeypatch, on_numpy):
    monkeypatch.setattr(blocks, "WORTHWHILE", 1 << 10)
    monkeypatch.setattr(blocks, "CACHED", 1 << 12)


def both(x, y):
    product = mnp.tanh(x) * (y + 1.0)
    return mnp.sum(product), mnp.sum(product * 2.0 + y)


SUMS = {  # each in an order: how the sums of float64 are taken, and those of float32
    "a product": (lambda x, y: mnp.sum(mnp.tanh(x) * y), ["np.dot"]),
    "a square": (lambda x, y: mnp.mean(mnp.square(mnp.exp(x) - y)), ["np.dot"]),
    "a sum": (lambda x, y: mnp.sum(mnp.exp(x) + mnp.tanh(y)), ["np.dot"]),
    "a product that others read": (both, ["np.dot", "np.dot"]),
    "two arguments": (lambda x, y: (mnp.sum(x * y), mnp.sum(mnp.exp(x) * 3.0)), ["np.dot", "np.dot"]),
}


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("f, taken", SUMS.values(), ids=SUMS)
def test_sums_of_a_long_vector(f, taken, threads):
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((2, ROWS))
    compiled = mg.compile(f, threads=threads)
    for found, exact in zip(mg.tree_leaves(compiled(x, y)), mg.tree_leaves(f(x, y))):
        np.testing.assert_allclose(found, exact, rtol=1e-12)
    assert WHERE.findall(compiled.source) == taken
    single = [part.astype("float32") for part in (x, y)]
    compiled(*single)
    assert "np.dot(" not in compiled.source  # whose digits pairwise order is needed for


def test_a_product_is_made_only_where_it_is_read():
    x, y = np.random.default_rng(0).standard_normal((2, ROWS))
    alone = mg.compile(SUMS["a product"][0])
    alone(x, y)
    assert "np.multiply(" not in alone.source
    returned = mg.compile(lambda x, y: (mnp.tanh(x) * y, mnp.sum(mnp.tanh(x) * y)))
    product, total = returned(x, y)
    assert "np.multiply(" in returned.source
    assert total == pytest.approx(math.fsum(product), rel=1e-12)


def test_matrices_are_read_as_they_lie():
    """What the loop makes lies in one piece; an argument may not, so that its product is made first."""
    x, y = np.random.default_rng(0).standard_normal((2, 200, 30))
    made = mg.compile(lambda x, y: mnp.sum(mnp.exp(x) * mnp.tanh(y)))
    given = mg.compile(lambda x, y: mnp.sum(mnp.exp(x) * y))
    for compiled, exact in ((made, np.exp(x) * np.tanh(y)), (given, np.exp(x) * y)):
        for a, b in ((x, y), (np.asfortranarray(x), np.asfortranarray(y))):
            assert float(compiled(a, b)) == pytest.approx(math.fsum(exact.ravel()), rel=1e-12)
    assert "np.vdot(" in made.source and "np.vdot(" not in given.source


def test_what_is_not_finite_comes_through():
    x = np.zeros(ROWS)
    y = np.zeros(ROWS)
    f = mg.compile(lambda x, y: mnp.sum(mnp.tanh(x) * y))
    y[17] = np.inf  # times zero
    with np.errstate(invalid="ignore"):
        assert np.isnan(f(x, y))
    x[17] = 1.0
    assert f(x, y) == np.inf


@pytest.mark.parametrize(
    "text, expected", [("1024K\n", 1 << 18), ("2048K\n", 1 << 18), ("512K\n", 1 << 17), ("1M", 1 << 17)]
)
def test_blocks_are_as_large_as_the_cache_allows(text, expected, tmp_path):
    (tmp_path / "size").write_text(text)
    assert blocks._cached(str(tmp_path / "size")) == expected
    assert blocks._cached(str(tmp_path / "nowhere")) == blocks._cached(str(tmp_path)) == 1 << 17
