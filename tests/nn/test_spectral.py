"""Spectral normalisation against NumPy's singular values; instance noise."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

import minigan as mg
import minigan.numpy as mnp
from minigan import nn, optim
from minigan.densities import Normal
from minigan.gan import fit, wgan
from minigan.nn.spectral import largest_singular_value
from minigan.random import generator


def sigma(weight):
    host = mg.to_numpy(weight)
    return np.linalg.svd(host.reshape(-1, host.shape[-1]), compute_uv=False)[0]


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("layer, shape", [
    (nn.dense(7), (None, 5)),
    (nn.dense(1), (None, 9)),
    (nn.conv2d(6, (3, 3)), (None, 8, 8, 2)),
], ids=["dense", "column", "convolution"])  # fmt: skip
def test_sigma_is_numpys(layer, shape, seed):
    wrapped = nn.spectral_norm(layer, at_first=1)
    params = wrapped.init(generator(seed), shape)
    weight, exact = params["layer"]["weight"], sigma(params["layer"]["weight"])
    estimates = []
    for _ in range(400):
        estimates.append(float(mg.to_numpy(largest_singular_value(weight, params["u"]))))
        params = nn.update_statistics(wrapped, params, mnp.zeros((1, *shape[1:])))
    assert (np.diff(estimates) >= -1e-12).all()  # from below, and never back
    assert_allclose(estimates[-1], exact, rtol=1e-9)
    assert_allclose(np.linalg.norm(mg.to_numpy(params["u"])), 1.0, rtol=1e-14)
    assert (mg.to_numpy(params["layer"]["weight"]) == mg.to_numpy(weight)).all()


def test_the_output_is_the_layers_with_the_weight_divided():
    layer = nn.dense(4)
    wrapped = nn.spectral_norm(layer, at_first=500)
    params, x = wrapped.init(generator(0), (None, 3)), generator(1).standard_normal((6, 3))
    W, b = (mg.to_numpy(params["layer"][key]) for key in ("weight", "bias"))
    assert_allclose(mg.to_numpy(wrapped.apply(params, x)), mg.to_numpy(x) @ W / sigma(W) + b, rtol=1e-10)
    assert wrapped.output_shape((None, 3)) == (None, 4)
    pair = generator(2).standard_normal((2, 50, 3))
    y = mg.to_numpy(wrapped.apply(params, pair))
    gaps = [np.linalg.norm(z[0] - z[1], axis=-1) for z in (y, mg.to_numpy(pair))]
    assert (gaps[0] <= gaps[1] * (1.0 + 1e-9)).all()  # 1-Lipschitz


def test_the_gradient_goes_through_sigma_but_not_through_u():
    """d/dW of <A, W / (v^T W u)> is A / sigma - <A, W> v u^T / sigma^2, with u, v fixed."""
    wrapped = nn.spectral_norm(nn.dense(4, use_bias=False), at_first=300)
    params = wrapped.init(generator(0), (None, 3))
    A = generator(1).standard_normal((3, 4))

    def value(params):
        return mnp.sum(A * wrapped.apply(params, mnp.eye(3)))

    gradient = mg.grad(value)(params)
    W, a, u = (mg.to_numpy(x) for x in (params["layer"]["weight"], A, params["u"]))
    v = W @ u / np.linalg.norm(W @ u)
    s = v @ W @ u
    stated = a / s - (a * W).sum() / s**2 * np.outer(v, u)
    assert_allclose(mg.to_numpy(gradient["layer"]["weight"]), stated, rtol=1e-9, atol=1e-12)
    assert (mg.to_numpy(gradient["u"]) == 0.0).all()
    mg.check_grads(lambda W: value({"layer": {"weight": W}, "u": params["u"]}), (params["layer"]["weight"],), order=1)


@pytest.mark.outcome
def test_in_training_the_estimate_follows_the_weight():
    """A WGAN on spectrally normalised layers: after 300 steps of Adam sigma(W / estimate) is 1 to a few per cent."""
    critic = nn.sequential(
        nn.spectral_norm(nn.dense(16)), nn.leaky_relu(0.2), nn.spectral_norm(nn.dense(16)), nn.leaky_relu(0.2),
        nn.spectral_norm(nn.dense(1)),
    )  # fmt: skip
    runs = [
        fit(
            nn.dense(1), critic, Normal(1.5, 0.5), steps=300, game=wgan(), dtype=dtype, compiled=compiled,
            generator_optimizer=optim.adam(1e-2, beta1=0.0), discriminator_optimizer=optim.adam(1e-2, beta1=0.0),
        )
        for dtype, compiled in ((None, None), ("float32", None), (None, False))
    ]  # fmt: skip
    for run in runs[:2]:
        for i in (0, 2, 4):
            params = run.state.discriminator[i]
            weight = params["layer"]["weight"]
            estimate = float(mg.to_numpy(largest_singular_value(weight, params["u"])))
            assert 0.97 * sigma(weight) < estimate < sigma(weight) * (1.0 + 1e-5)
        x = generator(0).standard_normal((200, 1))
        y = mg.to_numpy(critic.apply(runs[0].state.discriminator, x))[:, 0]
        host = mg.to_numpy(x)[:, 0]
        slopes = abs(np.subtract.outer(y, y)) / np.maximum(abs(np.subtract.outer(host, host)), 1e-9)
        assert slopes.max() < 1.05
    assert {mg.to_numpy(leaf).dtype for leaf in mg.tree_leaves(runs[1].state)} == {np.dtype("float32")}
    assert_allclose(runs[0].history["generator_loss"][:50], runs[2].history["generator_loss"][:50], atol=1e-9)


def test_a_zero_weight_is_no_nan():
    wrapped = nn.spectral_norm(nn.dense(3, weight=nn.zeros()))
    params = wrapped.init(generator(0), (None, 2))
    assert (mg.to_numpy(params["u"]) == 0.0).all() or np.isfinite(mg.to_numpy(params["u"])).all()


def test_batch_norm_inside_still_counts():
    wrapped = nn.sequential(nn.spectral_norm(nn.dense(3)), nn.batch_norm())
    params = wrapped.init(generator(0), (None, 2))
    after = nn.update_statistics(wrapped, params, generator(1).standard_normal((9, 2)))
    assert (mg.to_numpy(after[1]["mean"]) != 0.0).all()


def test_instance_noise():
    layer, x = nn.instance_noise(0.3), mnp.zeros((20_000, 2))
    assert (mg.to_numpy(layer.apply(None, x)) == 0.0).all()
    noisy = mg.to_numpy(layer.apply(None, x, train=True, rng=generator(0)))
    assert_allclose(noisy.std(0), 0.3, rtol=0.03)  # 6 standard errors of 1 / sqrt(2 n)
    assert (
        mg.to_numpy(layer.apply(None, mnp.zeros((4,), dtype="float32"), train=True, rng=generator(0))).dtype
        == "float32"
    )
    with pytest.raises(ValueError, match="pass a generator"):
        layer.apply(None, x, train=True)
    result = fit(nn.dense(1), nn.sequential(layer, nn.mlp([4, 1])), Normal(0.0, 1.0), steps=3, batch=8)
    assert len(result.history["generator_loss"]) == 3


@pytest.mark.parametrize(
    "call, error, message",
    [
        (lambda: nn.instance_noise(-0.1), ValueError, "non-negative number"),
        (lambda: nn.spectral_norm(nn.dense(2), iterations=0), ValueError, "positive integer"),
        (lambda: nn.spectral_norm("dense"), TypeError, "wraps a layer"),
        (lambda: nn.spectral_norm(nn.relu).init(generator(0), (None, 2)), ValueError, "relu has none"),
    ],
)
def test_refusals(call, error, message):
    with pytest.raises(error, match=message):
        call()
