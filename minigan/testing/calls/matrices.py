"""Calls of products, linear algebra and Fourier transforms: sizes that fit one another, and now and then do not."""

from __future__ import annotations

import inspect
import itertools

import numpy as np

from .parameters import OPTIONS, by_signature

_SUBSCRIPTS = """
    i->i i-> ij->ji ij->i ij-> ii ii->i i,i i,j->ij ij,jk->ik ij,kj->ik ij,ij->ij bij,bjk->bik ...i,...i->... ij,j
    ...ij->...ji i,j,k->ijk ii,i->i ab,ba i,i,i-> ij->k ij,jk,kl->il i...->... ...,... ij,jk-> iij->j ij...,jk...->ik...
"""
SUBSCRIPTS = _SUBSCRIPTS.split()


def products(d, function):
    """Two arrays whose inner sizes agree, mostly."""
    n = d.among(0, 1, 2, 3)
    stack = d.shape(0, 1)
    first = d.among((n,), (d.among(1, 2, 3), n), (*stack, 2, n))
    second = d.among((n,), (n, d.among(1, 2, 3)), (*d.beside(stack), n, 2))
    if d.chance(0.06):
        second = d.shape()
    return [d.array(first), d.array(second)], {}


def matrix_and_vector(d, function):
    m, n = d.among(0, 1, 2), d.among(1, 2, 3)
    stack = d.shape(0, 1)
    matrix = d.array((*stack, m, n))
    vector = d.array((*d.beside(stack), n if function.__name__ == "matvec" else m))
    return ([matrix, vector] if function.__name__ == "matvec" else [vector, matrix]), {}


def last_axes(d, function):
    n = d.among(0, 1, 2, 3)
    stack = d.shape(0, 2)
    args = [d.array((*stack, n)), d.array((*d.beside(stack), n if d.chance(0.95) else 4))]
    takes_axis = "axis" in inspect.signature(function).parameters or function.__name__ == "vecdot"
    return args, {"axis": -1} if takes_axis and d.chance(0.2) else {}


def any_two(d, function):
    return [d.array(d.shape(0, 2)), d.array(d.shape(0, 2))], {}


def vectors(d, function):
    return [d.array((d.among(0, 1, 3),)) for _ in range(2)], {}


def tensordot(d, function):
    a = d.array(d.shape(1, 3))
    n = np.ndim(a)
    if d.chance(0.5):
        k = d.integer(0, min(n, 2))
        shape = tuple(np.shape(a)[n - k :]) + d.shape(0, 1)
        return [a, d.array(shape)], {"axes": d.among(k, np.int64(k)) if d.chance(0.95) else 5}
    k = d.integer(0, n)
    chosen = d.permutation(n)[:k]
    sizes = [np.shape(a)[i] for i in chosen]
    places = d.permutation(k)
    shape = [0] * k
    for i, place in enumerate(places):
        shape[place] = sizes[i]
    return [a, d.array((*shape, *d.shape(0, 1)))], {"axes": (chosen, places)}


def einsum(d, function):
    subscripts = d.among(*SUBSCRIPTS)
    sizes = {letter: d.among(0, 1, 2, 2, 3) for letter in "abijkl"}
    dots = d.shape(0, 1)
    arrays = []
    for term in subscripts.split("->")[0].split(","):
        shape = []
        for part in term.replace("...", "."):
            shape += list(d.beside(dots) if part == "." else [1 if d.chance(0.05) else sizes[part]])
        arrays.append(d.array(shape if d.chance(0.97) else [*shape, 2]))
    return [subscripts, *arrays], {}


# LAPACK on infinities and NaN: no end, or what differs from one build to the next
_NAMES = "svd svdvals pinv cond matrix_norm norm qr eigh eigvalsh eig eigvals lstsq matrix_rank"
UNSAFE = frozenset(_NAMES.split())


def square(d, function):
    """Matrices, most of them square; symmetric and positive definite where that is asked for."""
    n = d.among(0, 1, 2, 2, 3, 3)
    shape = (*d.shape(0, 1), n, n if d.chance(0.92) else n + 1)
    dtype = d.among("float64", "float64", "float64", "float32", "complex128", "float16", "int64")
    a = d.values(shape, dtype) if d.chance(0.5) else d.rng.standard_normal(shape).astype(dtype)
    name = function.__name__
    if shape[-1] == n and name in ("eigh", "eigvalsh", "cholesky"):
        with np.errstate(all="ignore"):
            turned = np.conj(np.swapaxes(a, -1, -2))
            a = a @ turned + np.eye(n, dtype=dtype) if name == "cholesky" else a + turned
    if name in UNSAFE and not np.all(np.isfinite(a)):
        a = np.ones(shape, dtype)
    return a


def matrix(d, function):
    a = square(d, function)
    if function.__name__ == "matrix_power":
        return [a, d.among(0, 1, 2, 3, -1, -2, np.int64(2), 1.5)], {}
    return by_signature(d, function, a)


def rectangle(d, function):
    shape = (*d.shape(0, 1), d.among(0, 1, 2, 3), d.among(1, 2, 3)) if d.chance(0.95) else d.shape(0, 1)
    a = d.rng.standard_normal(shape).astype(d.among("float64", "float64", "float32", "complex128"))
    return by_signature(d, function, a)


def norm(d, function):
    a = d.array(d.shape(1 if d.chance(0.9) else 0))
    if not np.all(np.isfinite(a)):
        a = np.ones(np.shape(a))
    return by_signature(d, function, a)


def solve(d, function):
    a = square(d, function)
    if function.__name__ == "lstsq":
        a = d.rng.standard_normal((d.among(2, 3, 4), d.among(1, 2, 3))).astype(d.among("float64", "float32"))
        right = d.among((a.shape[0],), (a.shape[0], 2))
        return [a, d.rng.standard_normal(right)], {}
    right = d.among((a.shape[-1],), (a.shape[-1], 2), (*a.shape[:-2], a.shape[-1], 1))
    return [a, d.array(right)], {}


def chain(d, function):
    sizes = [d.among(1, 2, 3) for _ in range(d.integer(3, 5))]
    arrays = [d.array((m, n)) for m, n in itertools.pairwise(sizes)]
    if d.chance(0.2):
        arrays[-1] = d.array((sizes[-2],))
    return [arrays], {}


def crossed(d, function):
    shape = (*d.shape(0, 2), 3 if d.chance(0.9) else 2)
    return [d.array(shape), d.array(d.beside(shape))], {}


def fft(d, function):
    a = d.array(d.shape(1, 3) if d.chance(0.97) else ())
    kwargs = {"norm": OPTIONS["norm"](d, a)} if d.chance(0.3) else {}
    if "n" in inspect.signature(function).parameters:
        options = {"n": d.among(1, 2, 3, 5, 6, 0), "axis": d.axis(np.ndim(a))}
        return [a], kwargs | {key: value for key, value in options.items() if d.chance(0.4)}
    axes = tuple(d.permutation(np.ndim(a))[:2]) if np.ndim(a) else (0,)
    if d.chance(0.4):
        kwargs["axes"] = axes if d.chance(0.9) else d.among((0, 0), (5,), ())
        if d.chance(0.5):
            kwargs["s"] = tuple(d.integer(1, 5) for _ in kwargs["axes"])
    return [a], kwargs


def tensors(d, function):
    n = d.among(1, 2, 2)
    if function.__name__ == "tensorinv":
        return [d.rng.standard_normal((n, 2, 2 * n)), d.among(2, 2, 1)], {}
    a = d.rng.standard_normal((n, 2, 2 * n))
    return [a, d.rng.standard_normal((n, 2))], {}


def frequencies(d, function):
    return [d.among(1, 2, 5, 0, -1)], {"d": d.among(0.5, 1.0)} if d.chance(0.5) else {}


DRAWINGS = {
    products: "dot matmul linalg.matmul",
    matrix_and_vector: "matvec vecmat",
    last_axes: "inner vdot vecdot linalg.vecdot",
    any_two: "outer kron",
    tensordot: "tensordot linalg.tensordot",
    einsum: "einsum",
    crossed: "cross linalg.cross",
    matrix: """
        linalg.inv linalg.det linalg.slogdet linalg.cholesky linalg.eigh linalg.eigvalsh linalg.eig linalg.eigvals
        linalg.matrix_power linalg.matrix_rank
    """,
    rectangle: "linalg.svd linalg.svdvals linalg.qr linalg.pinv linalg.cond",
    norm: "linalg.norm linalg.vector_norm linalg.matrix_norm",
    solve: "linalg.solve linalg.lstsq",
    chain: "linalg.multi_dot",
    vectors: "linalg.outer",
    tensors: "linalg.tensorsolve linalg.tensorinv",
    frequencies: "fft.fftfreq fft.rfftfreq",
    fft: """
        fft.fft fft.ifft fft.rfft fft.irfft fft.hfft fft.ihfft fft.fftn fft.ifftn fft.rfftn fft.irfftn
        fft.fft2 fft.ifft2 fft.rfft2 fft.irfft2
    """,
}
