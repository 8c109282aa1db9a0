"""The Bayesian GAN: its data, its networks side by side, what it samples from, and what judges it."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
import minigan.numpy as mnp
from minigan.divergences import jensen_shannon
from minigan.models.implicit.bayesian_gan import RATES, bayesian_gan
from minigan.models.implicit.many_generators import Networks, squared_norm
from minigan.models.implicit.planes import Projection, density, divergence_between, planes_in_space
from minigan.random import generator

# -- data and judgement -----------------------------------------------------------------------------------------


@given(st.integers(1, 4), st.integers(0, 50))
def test_the_data_lie_on_so_many_planes(planes, seed):
    """All through one point, before columns are centred: 2 dimensions each, in a space that is large enough."""
    x = mg.to_numpy(planes_in_space(30, planes, 60 * planes, seed)).astype(float)
    assert x.shape == (60 * planes, 30)
    assert_allclose(x.mean(0), 0.0, atol=1e-5)
    assert_allclose(x.std(0), 1.0, rtol=1e-5)
    values = np.linalg.svd(x, compute_uv=False)
    assert (values[2 * planes :] < 1e-4 * values[0]).all() and values[2 * planes - 1] > 1e-4 * values[0]


def test_the_data_are_the_same_for_every_run():
    assert_array_equal(*(mg.to_numpy(bayesian_gan(generators=k).data) for k in (1, 2)))
    with pytest.raises(ValueError, match="100 rows are no multiple of 3 planes"):
        planes_in_space(10, 3, 100)


def test_the_projection_is_onto_the_principal_axes():
    """Beside scikit-learn's, up to the signs of the axes."""
    from sklearn.decomposition import PCA

    x = np.random.default_rng(0).standard_normal((300, 6)) * [3.0, 1.0, 5.0, 0.3, 2.0, 1.0] + 2.0
    found, whitened = Projection.of(x)(x), PCA(2, whiten=True).fit_transform(x)
    assert_allclose(abs(found), abs(whitened) * math.sqrt(300 / 299), rtol=1e-6)
    assert_allclose(found.std(0), 1.0, rtol=1e-9)


def test_a_density_is_a_law_and_far_points_are_kept_apart():
    points = np.random.default_rng(0).standard_normal((500, 2))
    points[:50] += 100.0
    p = density(points)
    assert p.sum() == pytest.approx(1.0, abs=1e-12) and (p >= 0.0).all()
    assert p[-1] == pytest.approx(0.1, abs=2e-3)


@given(st.integers(0, 100))
def test_the_divergence_is_the_jensen_shannon_divergence(seed):
    p, q = np.random.default_rng(seed).dirichlet(np.full(6, 0.5), 2)
    p = np.append(0.0, p[1:]) / p[1:].sum()
    twice = float(jensen_shannon.between(mnp.asarray(p), mnp.asarray(q)))  # the lecture's row is without the halves
    assert divergence_between(p, q) == pytest.approx(0.5 * twice, abs=1e-12)
    assert divergence_between(p, p) == 0.0


@pytest.fixture(scope="module")
def small():
    made = bayesian_gan(generators=3, hidden=8, batch=4)
    return made, made.train(2)


def test_a_perfect_generator_and_useless_ones(small):
    """What the data's own samples score, and what noise of the right moments and a single point do."""
    made, _ = small
    held, rng = made.parts["held"], np.random.default_rng(0)
    x = mg.to_numpy(made.data)
    own = held.divergence(held.projection(x[rng.integers(0, len(x), 2000)]))
    noise = held.divergence(held.projection(rng.standard_normal((2000, 100)) * x.std(0) + x.mean(0)))
    point = held.divergence(held.projection(np.broadcast_to(x[0], (2000, 100))))
    assert own < 0.02 < 0.3 < noise < point <= math.log(2.0)


def test_an_untrained_one_has_collapsed(small):
    made, _ = small
    assert made.measured(made.train(0))["collapsed"] is True


# -- networks side by side --------------------------------------------------------------------------------------


def test_networks_side_by_side_are_as_each_alone():
    nets = Networks(3, 4, 5, 2)
    params = {key: mg.to_numpy(leaf) for key, leaf in nets.init(generator(0)).items()}
    x = np.random.default_rng(1).standard_normal((3, 6, 4)).astype("float32")
    found = mg.to_numpy(nets.apply({key: mnp.asarray(leaf) for key, leaf in params.items()}, mnp.asarray(x)))
    for i in range(3):
        hidden = x[i] @ params["first_weight"][i] + params["first_bias"][i]
        hidden = np.where(hidden > 0.0, hidden, 0.2 * hidden)
        assert_allclose(found[i], hidden @ params["second_weight"][i] + params["second_bias"][i], rtol=1e-5, atol=1e-6)
    assert float(squared_norm(params)) == pytest.approx(sum((leaf**2).sum() for leaf in params.values()), rel=1e-5)
    assert len({leaf.tobytes() for leaf in params["first_weight"]}) == 3  # no two alike


def with_another(tree, which):
    """The parameters with those of network ``which`` moved."""
    return mg.tree_map(lambda leaf: mnp.asarray(_moved(mg.to_numpy(leaf), which)), tree)


def _moved(leaf, which):
    leaf = leaf.copy()
    leaf[which] += 0.5
    return leaf


@pytest.mark.parametrize("paired", [True, False])
def test_pairs_do_not_see_each_other_and_others_meet_in_the_discriminator(paired):
    """After a step from a state in which generator 2 is another: generator 0 is the same just where it has a D alone."""
    made = bayesian_gan(generators=3, hidden=8, batch=4, paired=paired, sampler="momentum")
    rng = generator(0)
    state = made.learner.init(rng)
    batch = made.learner.draw(rng, state)
    parameters = dict(state.parameters, generator=with_another(state.parameters["generator"], 2))
    states = state, state._replace(parameters=parameters)
    ends = [made.learner.step(one, batch)[0].parameters["generator"] for one in states]
    first, other = (mg.to_numpy(end["second_weight"])[0] for end in ends)
    assert (first == other).all() == paired


# -- the posterior ----------------------------------------------------------------------------------------------


def literally(x):
    return 1.0 / (1.0 + np.exp(-x))


@pytest.mark.parametrize("prior, observed", [(1.0, 10_000), (0.2, 50)])
def test_losses_are_minus_the_log_posterior_over_the_examples(prior, observed):
    """Both players' first losses, beside the formula in NumPy."""
    made = bayesian_gan(generators=2, hidden=6, batch=5, prior=prior, observed=observed, sampler="momentum", lr=1e-9)
    rng = generator(0)
    state = made.learner.init(rng)
    batch = made.learner.draw(rng, state)
    _, metrics = made.learner.step(state, batch)
    (real, z), _ = batch
    weights = {who: {k: mg.to_numpy(v).astype(float) for k, v in p.items()} for who, p in state.parameters.items()}

    def network(params, i, x):
        h = x @ params["first_weight"][i] + params["first_bias"][i]
        return np.maximum(h, 0.2 * h) @ params["second_weight"][i] + params["second_bias"][i]

    def log_prior(params):
        return sum(-0.5 * (leaf**2).sum() / prior**2 for leaf in params.values())

    d, g = weights["discriminator"], weights["generator"]
    on_real = literally(network(d, 0, mg.to_numpy(real)[0]))
    on_fake = [literally(network(d, 0, network(g, i, mg.to_numpy(z)[i]))) for i in range(2)]
    of_d = np.log(on_real).mean() + np.log(1.0 - np.concatenate(on_fake)).mean() + log_prior(d) / observed
    of_g = sum(np.log(one).mean() for one in on_fake) + log_prior(g) / observed
    assert float(metrics["discriminator_loss"]) == pytest.approx(-of_d, rel=1e-4)
    assert float(metrics["generator_loss"]) == pytest.approx(-of_g, rel=1e-4)


@pytest.mark.parametrize("sampler", RATES)
def test_only_samplers_draw_and_what_they_draw_is_the_posteriors_heat(sampler):
    """A weight's spread after one step, over all weights: sqrt(2 friction lr / N) of SGHMC, sqrt(2 lr / N) of Langevin."""
    expected = {"sghmc": math.sqrt(2.0 * 0.5 * 1e-6 / 100), "langevin": math.sqrt(2.0 * 1e-6 / 100)}
    made = bayesian_gan(generators=2, hidden=16, batch=4, observed=100, friction=0.5, lr=1e-6, sampler=sampler)
    rng = generator(0)
    state = made.learner.init(rng)
    batch = made.learner.draw(rng, state)
    assert len(batch[1]) == (8 if sampler in expected else 0)
    if sampler in expected:
        after, _ = made.learner.step(state, batch)
        one, two = (mg.to_numpy(s.parameters["generator"]["second_weight"]).astype(float) for s in (state, after))
        assert (two - one).std() == pytest.approx(expected[sampler], rel=0.05)


def test_a_friction_above_one_is_refused():
    with pytest.raises(ValueError, match=r"friction of sghmc lies in \(0, 1\]"):
        bayesian_gan(friction=1.5)


# -- samples and records ----------------------------------------------------------------------------------------


def test_every_generator_has_its_share_of_the_samples(small):
    made, trained = small
    held = made.parts["held"]
    each = mg.to_numpy(held.each(trained.state, 4, generator(3)))
    union = mg.to_numpy(made.sample(trained.state, 10, generator(3)))
    for i, row in enumerate(union):
        assert_array_equal(row, each[i % 3, i // 3])


def test_what_is_watched_is_reported():
    made = bayesian_gan(generators=2, hidden=8, batch=4)
    trained = made.train(200, check_every=100)
    assert [one["step"] for one in trained.records] == [100, 200]
    found = made.measured(trained)
    last = trained.records[1]
    assert found["divergence_over_the_second_half"] == round(last["union"], 4)
    assert np.shape(last["chain"]) == (200, 2)
    alone = made.parts["held"].divergence(np.asarray(last["chain"]))
    assert found["divergence_of_one_chain"] == pytest.approx(alone, abs=1e-4)
    assert made.report([]) == {"divergence_over_the_second_half": None, "divergence_of_one_chain": None}
