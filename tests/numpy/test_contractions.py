"""Einstein's summation by products of matrices: NumPy's own loop, traced and compiled, and the law of the transpose."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan.numpy import pairwise

SIZES = {"i": 3, "j": 4, "k": 5, "l": 2, "b": 3, "t": 2, "h": 2, "s": 3, "d": 4}
_SUBSCRIPTS = """
    ij,jk->ik ij,kj->ik ji,jk->ki ij,ji-> ij,ij-> ij,j->i j,ij->i ij,k->ik ij,kl->li bij,bjk->bik ibj,jbk->ibk
    bij,bkj->kbi bti,btk->ik bij,bj->bi bi,bi->b i,j->ji ij,ij->ji ijk,kjl->il iij,ij->j ii,ii-> ij,kj-> bthd,bshd->bhts
    ij,jk,kl->il i,i,i->i ij,jk,ki-> iij,jk,k->i
"""
SUBSCRIPTS = _SUBSCRIPTS.split()
HIDDEN = [(s, letter) for s in SUBSCRIPTS for letter in ("", "i", "j", "b") if not letter or letter in s.split(",")[0]]


def drawn(subscripts, one=""):
    """Operands of ``subscripts``; the first has size 1 where it has the letter ``one``, which the others have longer."""
    rng, terms = np.random.default_rng(0), subscripts.split("->")[0].split(",")
    return [rng.standard_normal([1 if c == one and term is terms[0] else SIZES[c] for c in term]) for term in terms]


def at_home(operands):
    return [mnp.asarray(x) for x in operands]


@pytest.fixture
def always(monkeypatch):
    """Products of matrices at every size."""
    monkeypatch.setattr(pairwise, "LARGE", 0)


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("subscripts, one", HIDDEN)
def test_values_and_cotangents_are_those_of_numpy_s_loop(subscripts, one):
    """<g, einsum(..., v, ...)> = <cotangent, v> for every direction v of every operand, with NumPy's einsum."""
    operands = drawn(subscripts, one)
    expected, rng = np.einsum(subscripts, *operands), np.random.default_rng(1)
    g = rng.standard_normal(expected.shape)

    def both(g, *operands):
        value, pull = mg.vjp(lambda *operands: mnp.einsum(subscripts, *operands), *operands)
        return value, pull(g)

    for function in (both, mg.compile(both)):
        value, cotangents = function(*at_home([g]), *at_home(operands))
        np.testing.assert_allclose(mg.to_numpy(value), expected, rtol=1e-12, atol=1e-12)
        for i, (cotangent, x) in enumerate(zip(cotangents, operands)):
            v = rng.standard_normal(x.shape)
            moved = np.sum(g * np.einsum(subscripts, *operands[:i], v, *operands[i + 1 :]))
            assert cotangent.shape == x.shape
            assert np.sum(mg.to_numpy(cotangent) * v) == pytest.approx(moved, rel=1e-10, abs=1e-10)


@pytest.mark.usefixtures("always")
def test_wider_dtypes_are_kept_and_cotangents_have_their_operand_s():
    x, y = drawn("ij,jk->ik")
    x = x.astype(np.float32)
    value, pull = mg.vjp(lambda x, y: mnp.einsum("ij,jk->ik", x, y), *at_home([x, y]))
    assert mg.to_numpy(value).dtype == np.float64
    assert [mg.to_numpy(g).dtype for g in pull(value)] == [np.float32, np.float64]


@pytest.mark.usefixtures("on_numpy", "always")
def test_complex_operands_are_not_conjugated():
    x, y = (a + 1j * a[::-1] for a in drawn("ij,kj->ik"))
    value, _ = mg.vjp(lambda x: mnp.einsum("ij,kj->ik", x, y), x)
    np.testing.assert_allclose(value, np.einsum("ij,kj->ik", x, y), rtol=1e-12)


@pytest.mark.usefixtures("on_numpy")
def test_large_ones_are_products_and_small_ones_numpy_s_to_the_bit():
    x = np.random.default_rng(0).standard_normal((32, 32))

    def loss(x, y):
        return mnp.sum(mnp.einsum("ij,kj->ik", x, y) ** 2)

    both = mg.compile(mg.grad(loss, argnums=(0, 1)))
    gradients = both(x, x)
    assert "np.einsum" not in both.source and both.source.count(".dot(") == 3
    assert all(g.flags.c_contiguous for g in gradients)  # in the order of what they are the gradients of
    value, _ = mg.vjp(lambda x: mnp.einsum("ij,kj->ik", x, x), x[:8, :8])
    np.testing.assert_array_equal(value, np.einsum("ij,kj->ik", x[:8, :8], x[:8, :8]))


@pytest.mark.usefixtures("on_numpy", "always")
@pytest.mark.parametrize("optimize", [False, True, "optimal", ["einsum_path", (1, 2), (0, 1)]])
def test_of_several_operands_every_order_has_six_products(optimize):
    """Two for the value, four for the gradients, where one after the other from anew would be eight."""

    def value_and_gradients(*operands):
        value, pull = mg.vjp(lambda *operands: mnp.einsum("ij,jk,kl->il", *operands, optimize=optimize), *operands)
        return value, pull(value)

    operands = drawn("ij,jk,kl->il")
    compiled = mg.compile(value_and_gradients)
    value, gradients = compiled(*operands)
    a, b, c = operands
    np.testing.assert_allclose(value, a @ b @ c, rtol=1e-12)
    expected = value @ c.T @ b.T, a.T @ value @ c.T, b.T @ a.T @ value
    for found, right in zip(gradients, expected):
        np.testing.assert_allclose(found, right, rtol=1e-12)
    assert compiled.source.count(".dot(") == 6 and "np.einsum" not in compiled.source


@pytest.mark.usefixtures("always")
@pytest.mark.parametrize("subscripts", ["ij,jk->ii", "ij,jk->iz", "ij,kj->ik", "ij,jk,jk->k"])
def test_what_does_not_fit_is_numpy_s_error(subscripts):
    x = mnp.ones((3, 4))
    operands = [x, mnp.ones((4, 5)), mnp.ones((2, 5))][: subscripts.count(",") + 1]
    with pytest.raises(ValueError):
        mg.grad(lambda x: mnp.sum(mnp.einsum(subscripts, x, *operands[1:])))(x)
