"""WaveNet against conditionals written out, its two samplers against one another, and sound that comes from files."""

import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.data import Dataset
from minigan.models.explicit import wavenet as W
from minigan.random import generator


def setting(levels=5, channels=6, kernel=2, dilations=(1, 2), seed=0):
    net = W.network(levels, channels, kernel, dilations)
    return net, net.init(generator(seed), "float64")


def by_loops(net, params, symbols):
    """log p(s_t | before), place by place and block by block, in NumPy."""
    p = mg.tree_map(mg.to_numpy, params)

    def affine(w, x):
        return x @ w["weight"] + w["bias"]

    rows = [np.zeros(net.channels), *(p["symbols"][s] for s in symbols[:-1])]
    skips = [0.0] * len(symbols)
    for d, block in zip(net.dilations, p["blocks"]):
        out = []
        for t in range(len(symbols)):
            sums = {}
            for which in ("filter", "gate"):
                sums[which] = block[which]["bias"] + sum(
                    rows[t - k * d] @ block[which]["weight"][k] for k in range(net.kernel) if t - k * d >= 0
                )
            z = np.tanh(sums["filter"]) / (1.0 + np.exp(-sums["gate"]))
            skips[t] = skips[t] + affine(block["skip"], z)
            out.append(rows[t] + affine(block["residual"], z) if "residual" in block else None)
        rows = out
    found = []
    for t, s in enumerate(symbols):
        logits = affine(p["logits"], np.maximum(affine(p["hidden"], np.maximum(skips[t], 0.0)), 0.0))
        found.append(logits[s] - np.log(np.exp(logits).sum()))
    return np.array(found)


@pytest.mark.parametrize("kernel, dilations", [(2, (1, 2)), (3, (1, 2)), (1, (1,)), (2, (3, 1))])
def test_log_probabilities_are_those_of_loops(kernel, dilations):
    net, params = setting(kernel=kernel, dilations=dilations)
    symbols = np.array([[0, 3, 1, 4, 4, 2, 0, 1], [2, 2, 0, 1, 3, 4, 1, 0]])
    found = mg.to_numpy(W.log_probability(net, params, mnp.asarray(symbols)))
    for row, one in zip(found, symbols):
        assert_allclose(row, by_loops(net, params, one), rtol=1e-12)


@pytest.mark.parametrize("seed", [0, 1, 2])
@pytest.mark.parametrize("kernel, dilations", [(2, (1, 2, 4)), (3, (1, 2)), (1, (1, 1))])
def test_both_samplers_draw_the_same_symbols(seed, kernel, dilations):
    net, params = setting(kernel=kernel, dilations=dilations, seed=seed)
    naive, fast = (way(net, params, 3, 25, generator(seed)) for way in (W.drawn_naively, W.drawn_with_queues))
    assert_array_equal(mg.to_numpy(naive), mg.to_numpy(fast))
    assert len(np.unique(mg.to_numpy(fast))) > 2


def test_probabilities_of_all_sequences_sum_to_one():
    net, params = setting(levels=3, dilations=(1, 2))
    every = np.stack(np.meshgrid(*[np.arange(3)] * 6, indexing="ij"), -1).reshape(-1, 6)
    log_p = mnp.sum(W.log_probability(net, params, mnp.asarray(every)), -1)
    assert_allclose(float(mnp.sum(mnp.exp(log_p))), 1.0, atol=1e-12)


def test_samples_follow_the_law():
    """Of two symbols: the shares of all 27 pairs and triples, within four standard errors."""
    net, params = setting(levels=3, dilations=(1, 2))
    n = 20_000
    drawn = mg.to_numpy(W.drawn_with_queues(net, params, n, 3, generator(5)))
    every = np.stack(np.meshgrid(*[np.arange(3)] * 3, indexing="ij"), -1).reshape(-1, 3)
    p = mg.to_numpy(mnp.exp(mnp.sum(W.log_probability(net, params, mnp.asarray(every)), -1)))
    share = np.array([(drawn == one).all(-1).mean() for one in every])
    assert (abs(share - p) < 4.0 * np.sqrt(p * (1.0 - p) / n) + 1e-12).all()


def tone(n=6000, rate=4000):
    t = np.arange(n) / rate
    return Dataset((0.7 * np.sin(2 * np.pi * 200 * t)).astype("float32")[None], "tone", "sound", (n,), rate=rate)


def test_it_learns_a_tone_of_ones_own():
    """A sine repeats: after 150 steps a symbol is worth half of the nats that its share alone costs, at most."""
    system = W.wavenet(data=tone(), levels=16, channels=16, blocks=3, length=100)
    trained = system.train(150)
    found = system.measured(trained)
    assert found["nats"] > 0.5 * found["nats_of_baseline"] and not found["collapsed"] and "entropy_rate" not in found
    sound = system.form.restore(system.sample(trained.state, 2, generator(0)))
    assert sound.shape == (2, 100) and np.abs(sound).max() <= 1.0 and system.form.rate == 4000
    _, rows, below = system.told(trained)
    assert [row[0] for row in rows] == ["64", "128", "256"] and "4,000" in below


def test_what_is_no_sound_or_too_little_of_it_is_refused():
    rows = Dataset(np.ones((4, 3)), "table", "rows", (3,))
    with pytest.raises(ValueError, match=r"wavenet trains on sound, a \.wav file, and table holds rows"):
        W.wavenet(data=rows)
    with pytest.raises(ValueError, match=r"tone has 600 samples of sound, and .* are needed"):
        W.wavenet(data=tone(600))


def test_places_evaluated_without_memory():
    net, _ = setting(dilations=(1, 2))
    assert net.field == 4 and W.places_naively(net, 6) == 1 + 2 + 3 + 4 + 5 + 5


def test_a_sample_of_sound_costs_as_many_evaluations_as_symbols():
    found = W.wavenet(length=77, blocks=2, channels=4)
    measured = found.measured(found.train(0))
    assert measured["evaluations_per_sample"] == 77 and measured["symbols_seen"] == 4
    assert measured["bits_per_dimension"] == pytest.approx(-measured["nats"] / math.log(2.0), abs=1e-3)
