"""Every contender of a workload trains the same networks to the same losses; a short run of the two always installed."""

import dataclasses
import inspect
import itertools

import numpy as np
import pytest

from benchmarks import dcgan, divergences, overhead, run, scaling, with_gemm, with_minigan, with_plain_text
from benchmarks.mlp_gan import CONTENDERS
from benchmarks.peers import TITLES, WORKLOADS, workload
from benchmarks.problem import MlpGan
from benchmarks.workload import Missing, Settings
from minigan import grad, nn, stop_gradient, tree_map

SETTINGS = Settings()
SMALL = {
    "tanh": MlpGan((3, 16, 16, 2), (2, 16, 16, 1), batch=32),
    "relu": MlpGan((3, 16, 16, 5), (5, 16, 16, 1), batch=32, activation="relu", lr=2e-4),
}


@pytest.mark.parametrize("spec", SMALL.values(), ids=SMALL)
def test_minigan_and_autograd_train_to_the_same_losses(spec):
    mine = CONTENDERS["minigan"](spec, SETTINGS)
    expected = CONTENDERS["autograd"](spec, SETTINGS).check()
    assert len(expected) == 20  # two losses a step
    assert mine.check() == pytest.approx(expected, rel=1e-4)  # float32: ten steps of rounding
    assert abs(expected[-2] - expected[0]) > 1e-3  # the training moves
    mine.iterate()  # and its own noise is drawn
    mine.wait()


@pytest.mark.parametrize("case", [*SMALL, "unrolled"])
def test_plain_text_trains_to_the_same_losses(case):
    spec = SMALL[case] if case in SMALL else dataclasses.replace(SMALL["tanh"], unrolled=2)
    plain = CONTENDERS["minigan-plain"](spec, SETTINGS)
    assert plain.check() == pytest.approx(CONTENDERS["autograd"](spec, SETTINGS).check(), rel=1e-4)
    plain.iterate()
    plain.wait()


def test_plain_text_reads_no_layers_optimisers_or_games():
    text = inspect.getsource(with_plain_text)
    for room in ("nn", "optim", "gan", "special", "densities"):
        assert f"minigan.{room}" not in text and f"import {room}" not in text


def test_a_wrong_step_is_unequal_work():
    """Adam with another beta1 is found out: the comparison that the runner makes says no."""
    problem = SMALL["tanh"].build()
    right = CONTENDERS["autograd"](SMALL["tanh"], SETTINGS).check()
    trees = (with_minigan.mlp_tree(params) for params in (problem.generator, problem.discriminator))
    networks = nn.mlp([16, 16, 2]), nn.mlp([16, 16, 1])
    wrong = with_minigan.gan(dataclasses.replace(problem, beta1=0.9), *networks, *trees, compiled=False).check()
    sentence = run.differing(("autograd", right), wrong, 1e-3)
    assert sentence.startswith("unequal work") and "HIPS autograd" in sentence


UNROLLED = dataclasses.replace(SMALL["tanh"], unrolled=2)
TOLERANCE = next(case.tolerance for case in scaling.CASES if case.name == "unrolling 2")


def test_unrolled_training_is_the_same_eager_compiled_and_by_autograd():
    plain, expected = (CONTENDERS["autograd"](spec, SETTINGS).check() for spec in (SMALL["tanh"], UNROLLED))
    for peer in ("minigan", "minigan-compiled"):
        assert CONTENDERS[peer](UNROLLED, SETTINGS).check() == pytest.approx(expected, rel=1e-5)  # float32, ten steps
    assert plain[0] == expected[0]  # D's first loss is before any unrolling
    assert run.differing(("autograd", expected), [expected[0], *plain[1:]], 1e-2)


def test_unrolling_without_second_derivatives_is_unequal_work(monkeypatch):
    expected = CONTENDERS["autograd"](UNROLLED, SETTINGS).check()
    monkeypatch.setattr("minigan.grad", lambda cost: lambda *args: tree_map(stop_gradient, grad(cost)(*args)))
    cut = CONTENDERS["minigan"](UNROLLED, SETTINGS).check()
    assert cut[:2] == pytest.approx(expected[:2], rel=1e-5)  # the same cost, but another gradient
    assert run.differing(("autograd", expected), cut, 10 * TOLERANCE).startswith("unequal work")


@pytest.mark.parametrize("peer, sentence", [("mygrad", "no second derivatives"), ("floor", "are not counted")])
def test_who_cannot_unroll_says_so(peer, sentence):
    with pytest.raises(Missing, match=sentence):
        CONTENDERS[peer](UNROLLED, SETTINGS)


@pytest.mark.parametrize("row", divergences.ROWS)
def test_divergences_agree(row, monkeypatch):
    monkeypatch.setattr(divergences, "SIZE", 1000)
    expected = divergences.by_autograd(row, SETTINGS).check()
    assert divergences.by_minigan(row, SETTINGS).check() == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("case", overhead.CASES, ids=lambda case: case.name)
def test_the_eager_step_agrees(case):
    mine, theirs = (overhead.WORKLOAD.contenders[peer](case.spec, SETTINGS).check() for peer in ("minigan", "autograd"))
    assert mine == pytest.approx(theirs, rel=case.tolerance)


def first_losses_of_dcgan(problem):
    """D's loss at the initial parameters, convolutions as sums over the sixteen places of their kernels, float64."""

    def convolve(x, kernel):
        rows, x = x.shape[1] // 2, np.pad(x, ((0, 0), (1, 1), (1, 1), (0, 0)))
        places = itertools.product(range(4), repeat=2)
        return sum(x[:, i : i + 2 * rows : 2, j : j + 2 * rows : 2] @ kernel[i, j] for i, j in places)

    def transposed(x, kernel):
        n, rows = x.shape[:2]
        y = np.zeros((n, 2 * rows + 2, 2 * rows + 2, kernel.shape[2]))
        for i, j in itertools.product(range(4), repeat=2):
            y[:, i : i + 2 * rows : 2, j : j + 2 * rows : 2] += x @ kernel[i, j].T
        return y[:, 1:-1, 1:-1]

    def norm(x, scale, shift):
        return (x - x.mean((0, 1, 2))) / np.sqrt(x.var((0, 1, 2)) + 1e-5) * scale + shift

    def leaky(x):
        return np.where(x > 0, x, 0.2 * x)

    def discriminator(x):
        w1, b1, w2, s2, b2, w3, b3 = problem.discriminator
        x = leaky(norm(convolve(leaky(convolve(x, w1) + b1), w2), s2, b2))
        return x.reshape(len(x), -1) @ w3 + b3

    real, noise = next(problem.checked())
    w1, s1, b1, w2, s2, b2, w3, b3 = problem.generator
    x = np.maximum(norm((noise.astype(float) @ w1).reshape(-1, 7, 7, 128), s1, b1), 0)
    fake = np.tanh(transposed(np.maximum(norm(transposed(x, w2), s2, b2), 0), w3) + b3)
    return np.mean(np.logaddexp(0, -discriminator(real.astype(float)))) + np.mean(np.logaddexp(0, discriminator(fake)))


def test_dcgan_starts_where_it_does_by_hand():
    assert dcgan.by_minigan(2, SETTINGS).check()[0] == pytest.approx(first_losses_of_dcgan(dcgan.problem(2)), rel=1e-5)


def test_the_floor_counts_the_products_of_an_iteration():
    """W1's matrix products, which the description of the workload puts at 255 MFLOP, W4's at 9.7 GFLOP."""
    for id, flop in (("W1", 255e6), ("W2", 2.25e6), ("W4", 9.7e9)):
        shapes = with_gemm.products(workload(id).cases[0].spec)
        assert sum(2 * m * k * n for m, k, n in shapes) == pytest.approx(flop, rel=0.01)


@pytest.mark.parametrize("id", WORKLOADS)
def test_every_workload_names_only_known_peers(id):
    one = workload(id)
    assert one.id == id and set(one.contenders) <= set(TITLES) and "minigan" in one.contenders
    assert len({case.name for case in one.cases}) == len(one.cases)
