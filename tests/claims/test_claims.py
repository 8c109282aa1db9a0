"""Every claim holds, and fails where a wrong formula is planted; the registry, checks and their JSON."""

import dataclasses
import functools
import json
import math
import pathlib

import numpy as np
import pytest
import threadpoolctl

import minigan as mg
import minigan.numpy as mnp
from minigan.claims import (
    CLAIMS,
    Check,
    Outcome,
    Run,
    all_claims,
    as_json,
    claim,
    discriminator,
    outcomes,
    select,
)
from minigan.claims.divergences import OPTIMA, optimum
from minigan.claims.registry import SECTIONS, largest, smallest
from minigan.claims.value import Middle, jensen_shannon, kl
from minigan.densities import Normal
from minigan.divergences import alpha
from minigan.gan import minimax, non_saturating, optimal_discriminator

from . import (
    wrong_adversarial_bayes,
    wrong_autoregressive,
    wrong_bayesian,
    wrong_boltzmann,
    wrong_collapse,
    wrong_consistency,
    wrong_contrastive,
    wrong_discrete,
    wrong_eight_schools,
    wrong_families_inference,
    wrong_families_language,
    wrong_families_latent,
    wrong_families_machines,
    wrong_families_neighbours,
    wrong_families_regularisers,
    wrong_flows,
    wrong_games,
    wrong_generator,
    wrong_hierarchical,
    wrong_iaf,
    wrong_pairing,
    wrong_quality,
    wrong_ratios,
    wrong_vae,
    wrong_wavenet,
)

QUICK = Run(quick=True)
NAN = math.nan


@pytest.fixture(scope="module", autouse=True)
def one_thread():
    """The matrices here are small: a second thread only waits for the first, very long on a busy machine."""
    with threadpoolctl.threadpool_limits(1):
        yield


@pytest.fixture(autouse=True)
def trained_once(monkeypatch):
    """The supervised trainings of one claim, the same for every formula that is planted into it."""
    monkeypatch.setattr(discriminator, "train_discriminator", trained)


@functools.cache
def trained_on(backend, seed, *numbers):
    p = discriminator.Mixture((0.4, 0.6), (Normal(-1.5, 0.6), Normal(1.0, 0.8)))
    return TRAIN(p, Normal(0.0, 1.5), seed, *numbers)


def trained(p, q, seed, *numbers):
    return trained_on(mg.active().name, seed, *numbers)


TRAIN = discriminator.train_discriminator


# -- wrong formulas ------------------------------------------------------------------------------------------


def scaled(factor):
    """factor D*."""
    return lambda p, q: lambda x: factor * optimal_discriminator(p, q)(x)


def swapped(p, q):
    """p_model / (p_data + p_model): the probability of a fake."""
    return optimal_discriminator(q, p)


def timid(p, q):
    """D with half of the true logit."""
    return lambda x: mnp.sigmoid(0.5 * (p.log_density(x) - q.log_density(x)))


def unbalanced(p, q):
    """p_data / (p_data + 2 p_model)."""
    return lambda x: mnp.sigmoid(p.log_density(x) - q.log_density(x) - math.log(2.0))


def literal(p, q):
    """The quotient as printed, 0 / 0 in the tails."""

    def quotient(x):
        with np.errstate(invalid="ignore"):
            return p.density(x) / (p.density(x) + q.density(x))

    return quotient


def undefined(p, q):
    return lambda x: NAN * x


def changed(game, **losses):
    return dataclasses.replace(game, **losses)


def factor_on_generator(game, factor):
    return changed(game, generator_loss=lambda *logits: factor * game.generator_loss(*logits))


def factor_on_discriminator(game, factor):
    return changed(game, discriminator_loss=lambda *logits: factor * game.discriminator_loss(*logits))


ONE_SIDED = changed(minimax(), discriminator_loss=lambda real, fake: 0.5 * mnp.mean(mnp.softplus(-real)))

PLANTED = {
    "optimal-discriminator": [
        dict(optimal=scaled(0.9)),
        dict(optimal=scaled(0.9999)),
        dict(optimal=swapped),
        dict(optimal=timid),
        dict(optimal=unbalanced),
        dict(optimal=undefined),
    ],
    "optimal-discriminator-learned": [
        dict(optimal=scaled(0.9)),
        dict(optimal=swapped),
        dict(optimal=timid),
        dict(optimal=unbalanced),
        dict(optimal=undefined),
    ],
    "half-at-equality": [
        dict(optimal=scaled(0.9)),
        dict(optimal=unbalanced),
        dict(optimal=literal),
        dict(optimal=undefined),
    ],
    "jensen-shannon": [
        dict(divergence=lambda p, q: 2.0 * jensen_shannon(p, q)),
        dict(divergence=lambda p, q: jensen_shannon(p, q) + 1e-8),
        dict(divergence=kl),
        dict(divergence=lambda p, q: kl(p, Middle(p, q))),
        dict(divergence=lambda p, q: NAN * jensen_shannon(p, q)),
    ],
    "zero-sum": [
        dict(game=non_saturating()),
        dict(game=factor_on_generator(minimax(), -1.0)),
        dict(game=factor_on_generator(minimax(), 2.0)),
        dict(game=ONE_SIDED),
        dict(game=factor_on_generator(minimax(), NAN)),
    ],
    "non-saturating-divergence": [
        dict(implied=jensen_shannon),
        dict(implied=lambda p, q: kl(p, Middle(p, q))),
        dict(implied=lambda p, q: kl(q, p)),
        dict(implied=lambda p, q: 2.0 * kl(Middle(p, q), p)),
        dict(implied=lambda p, q: NAN * kl(p, q)),
    ],
    "saturation": [
        dict(ratio=math.exp),
        dict(ratio=lambda v: 1.0),
        dict(ratio=lambda v: 1.0 + math.exp(-v)),
        dict(ratio=lambda v: math.exp(-v) * (1.0 + 1e-9)),
        dict(ratio=lambda v: NAN),
    ],
    "saddle": [
        dict(surface=lambda z: z[0] * z[0] + z[1] * z[1]),
        dict(surface=lambda z: z[0] * z[0] - z[1] * z[1]),
        dict(surface=lambda z: -z[0] * z[1]),
        dict(surface=lambda z: 2.0 * z[0] * z[1]),
        dict(surface=lambda z: z[0] * z[1] + 0.1 * z[0]),
        dict(surface=lambda z: NAN * z[0] * z[1]),
    ],
    "saddle-spiral": [
        dict(growth=lambda lr: 1.0),
        dict(growth=lambda lr: 1.0 + lr * lr),
        dict(growth=lambda lr: 1.0 / math.sqrt(1.0 + lr * lr)),
        dict(growth=lambda lr: NAN),
    ],
    "minibatch-unbiased": [
        dict(game=non_saturating()),
        dict(game=factor_on_generator(minimax(), -1.0)),
        dict(game=factor_on_discriminator(minimax(), 2.0)),
        dict(game=ONE_SIDED),
        dict(game=factor_on_generator(minimax(), NAN)),
    ],
    "one-dimensional-game": [
        dict(game=factor_on_generator(non_saturating(), -1.0)),
        dict(game=factor_on_generator(non_saturating(), 0.0)),
        dict(game=factor_on_discriminator(non_saturating(), -1.0)),
        dict(game=factor_on_discriminator(non_saturating(), NAN)),
    ],
    "f-gan-table": [
        dict(conjugate=lambda row, t: 1.01 * row.conjugate(t)),
        dict(conjugate=lambda row, t: -row.conjugate(t)),
        dict(conjugate=lambda row, t: row.conjugate(t) + 1e-10),
        dict(conjugate=lambda row, t: NAN * row.conjugate(t)),
    ],
    "f-gan-errata": [
        dict(printed=lambda row: row),  # nothing wrong with the slide
        dict(printed=lambda row: alpha(2.0).as_printed),
    ],
    "f-gan-gaussian-fit": [
        dict(best=lambda name: optimum("kl")),
        dict(best=lambda name: tuple(1.001 * x for x in optimum(name))),
        dict(best=lambda name: (NAN, NAN, NAN)),
    ],
    "f-gan-covers-seeks": [
        dict(best=lambda name: optimum({"kl": "reverse_kl", "reverse_kl": "kl"}.get(name, name))),
        dict(best=lambda name: optimum("kl")[:1] + tuple(-x for x in optimum(name)[1:])),
        dict(best=lambda name: (NAN, NAN, NAN)),
    ],
    "f-gan-training": [
        dict(train=lambda name, seed, steps: (0.0, 1.0)),  # where the generator starts
        dict(train=lambda name, seed, steps: OPTIMA["kl"][1:]),
        dict(train=lambda name, seed, steps: (NAN, NAN)),
    ],
    "approximation-matters-more": [
        dict(train=lambda name, seed, steps, hidden: OPTIMA[name][1:]),  # critics make no difference
        dict(train=lambda name, seed, steps, hidden: (list(OPTIMA).index(name), 1.0)),
        dict(train=lambda name, seed, steps, hidden: (NAN, 1.0)),
    ],
    **wrong_consistency.PLANTED,
    **wrong_autoregressive.PLANTED,
    **wrong_boltzmann.PLANTED,
    **wrong_discrete.PLANTED,
    **wrong_games.PLANTED,
    **wrong_collapse.PLANTED,
    **wrong_flows.PLANTED,
    **wrong_generator.PLANTED,
    **wrong_vae.PLANTED,
    **wrong_iaf.PLANTED,
    **wrong_pairing.PLANTED,
    **wrong_quality.PLANTED,
    **wrong_wavenet.PLANTED,
    **wrong_ratios.PLANTED,
    **wrong_bayesian.PLANTED,
    **wrong_contrastive.PLANTED,
    **wrong_hierarchical.PLANTED,
    **wrong_adversarial_bayes.PLANTED,
    **wrong_families_neighbours.PLANTED,
    **wrong_eight_schools.PLANTED,
    **wrong_families_machines.PLANTED,
    **wrong_families_regularisers.PLANTED,
    **wrong_families_language.PLANTED,
    **wrong_families_inference.PLANTED,
    **wrong_families_latent.PLANTED,
}
TRAINS = (
    "optimal-discriminator-learned",
    "one-dimensional-game",
    "any-size-of-code",
    "f-gan-training",
    "approximation-matters-more",
    "discrete-gans",
    "evidence-bound",
    "wavenet-entropy-rate",
    "linear-ica",
    "iaf-closes-the-gap",
    "vae-sample-quality",
    *wrong_adversarial_bayes.TRAINS,
    *wrong_eight_schools.TRAINS,
    *wrong_autoregressive.TRAINS,
    *wrong_collapse.TRAINS,
    *wrong_pairing.TRAINS,
    *wrong_families_inference.TRAINS,
    *wrong_ratios.TRAINS,
    *wrong_bayesian.TRAINS,
    *wrong_contrastive.TRAINS,
    *wrong_hierarchical.TRAINS,
)
PLANTS = [(id, i) for id, plants in PLANTED.items() for i in range(len(plants))]


def fails(id, **planted):
    """Whether the claim is seen to fail; what it would go on to measure after that is not waited for."""
    try:
        with np.errstate(all="ignore"):
            return any(not check.holds for check in CLAIMS[id].function(QUICK, **planted))
    except (ArithmeticError, ValueError):
        return True


@functools.cache
def verified_in(file):
    """The outcomes that `minigan verify --quick --json FILE` wrote, by their claims' names."""
    told = json.loads(pathlib.Path(file).read_text(encoding="utf-8"))
    found = (told["minigan"], told["backend"], told["quick"], told["seed"])
    assert found == (mg.__version__, mg.active().name, QUICK.quick, QUICK.seed), f"{file} is of another run"
    return {one["id"]: one for one in told["claims"]}


@pytest.mark.parametrize("id", all_claims())
def test_the_claim_holds(id, request):
    """Run here, or by the command whose file is given as ``--verified``."""
    file = request.config.getoption("--verified")
    found = verified_in(file)[id] if file else as_json(list(outcomes([CLAIMS[id]], QUICK)), QUICK)["claims"][0]
    checks = found["checks"]
    assert found["verdict"] == "verified", (found["error"], [check for check in checks if not check["holds"]])
    assert len({check["what"] for check in checks}) == len(checks)


@pytest.mark.parametrize("id, i", PLANTS)
def test_a_planted_formula_is_refuted(id, i):
    assert fails(id, **PLANTED[id][i])


def test_every_claim_has_two_wrong_formulas_or_more():
    assert {id: len(plants) for id, plants in PLANTED.items() if len(plants) >= 2}.keys() == all_claims().keys()


@pytest.mark.parametrize("id", [id for id in PLANTED if id not in TRAINS])
@pytest.mark.parametrize("seed", [1, 2])
def test_the_quick_claims_hold_on_other_seeds(id, seed):
    (result,) = outcomes([CLAIMS[id]], Run(quick=True, seed=seed))
    assert result.verified, [check for check in result.checks if not check.holds]


def test_a_planted_formula_reaches_the_claim_by_name_only():
    with pytest.raises(TypeError):
        CLAIMS["saddle"].check(QUICK, no_such_formula=None)
    assert all(check.holds for check in CLAIMS["saddle"].check(QUICK))


# -- the registry --------------------------------------------------------------------------------------------


@pytest.fixture
def scratch(monkeypatch):
    """A registry to write in, with all that is shipped."""
    mine = dict(all_claims())
    monkeypatch.setattr("minigan.claims.registry.CLAIMS", mine)
    return mine


WORDS = dict(section="arithmetic", heading="Numbers", statement="Two is even.", latex="2 = 2")


def test_a_claim_of_ones_own(scratch):
    @claim("two-is-even", **WORDS)
    def two_is_even(run, base=2):
        yield Check("2 mod 2", stated=0.0, measured=base % 2, tolerance=0.0)

    assert [one.id for one in select(["two-is-even"])] == ["two-is-even"]
    assert [one.id for one in select(["arithmetic"])] == ["two-is-even"]
    assert list(all_claims())[-1] == "two-is-even"
    (result,) = outcomes(select(["two-is-even"]), QUICK)
    assert result.verified and result.claim.statement == "Two is even."
    assert not all(check.holds for check in select(["two-is-even"])[0].check(QUICK, base=3))


def test_an_id_is_given_once(scratch):
    with pytest.raises(ValueError, match="'saddle' is registered already"):
        claim("saddle", **WORDS)(lambda run: iter(()))


def test_shipped_claims_are_told_in_the_lectures_order(scratch):
    order = [SECTIONS.index(one.section) for one in all_claims().values()]
    assert order == sorted(order) and set(order) == set(range(len(SECTIONS)))
    entries = list(scratch.items())
    scratch.clear()
    scratch.update(reversed(entries))  # as if the last section had been imported first
    assert [SECTIONS.index(one.section) for one in all_claims().values()] == order


def test_every_claim_says_what_it_is_about():
    for one in all_claims().values():
        assert one.statement.endswith(".") and one.heading and one.latex and one.function.__name__ != "<lambda>"
        assert one.id == one.id.lower() and " " not in one.id


# -- checks and outcomes -------------------------------------------------------------------------------------

INF = math.inf


@pytest.mark.parametrize(
    "stated, measured, tolerance, relation, holds",
    [
        (1.0, 1.0, 0.0, "=", True),
        (1.0, 1.5, 0.5, "=", True),
        (1.0, 0.5, 0.5, "=", True),
        (1.0, 1.6, 0.5, "=", False),
        (INF, INF, 0.0, "=", True),
        (INF, -INF, 1.0, "=", False),
        (1.0, INF, 1.0, "=", False),
        (1.0, NAN, INF, "=", False),
        (NAN, NAN, INF, "=", False),
        (1.0, 2.0, NAN, "=", False),
        (1.0, 1.5, 0.5, "<=", True),
        (1.0, 1.6, 0.5, "<=", False),
        (1.0, -INF, 0.0, "<=", True),
        (1.0, NAN, INF, "<=", False),
        (1.0, 0.0, NAN, "<=", False),
        (1.0, 0.5, 0.5, ">=", True),
        (1.0, 0.4, 0.5, ">=", False),
        (1.0, INF, 0.0, ">=", True),
        (1.0, NAN, INF, ">=", False),
        (NAN, 1.0, 0.0, ">=", False),
    ],
)
def test_when_a_check_holds(stated, measured, tolerance, relation, holds):
    check = Check("it", stated, measured, tolerance, relation)
    assert check.holds is holds
    assert Check("it", np.float64(stated), np.asarray(measured), tolerance, relation).holds == holds


def test_digits_that_agree():
    assert Check("it", 1.0, 1.0, 0.0).digits == 17.0
    assert abs(Check("it", 1000.0, 1001.0, 0.0).digits - 3.0) < 1e-9
    assert abs(Check("it", 0.0, 1e-5, 0.0).digits - 5.0) < 1e-9
    assert Check("it", 1.0, 50.0, 0.0).digits == 0.0
    assert Check("it", 1.0, NAN, 0.0).digits == Check("it", 1.0, INF, 0.0).digits == 0.0


def test_extremes_keep_a_nan_wherever_it_stands():
    for values in ([NAN, 1.0], [1.0, NAN], [0.0, NAN, 2.0]):
        assert math.isnan(largest(values)) and math.isnan(smallest(values))
    assert (largest([1.0, 3.0, 2.0]), smallest([1.0, -3.0, 2.0])) == (3.0, -3.0)


def results_of(*bodies):
    made = []
    for i, body in enumerate(bodies):
        words = {**WORDS, "id": f"made-{i}"}
        made.append(type(all_claims()["saddle"])(function=body, **words))
    return list(outcomes(made, QUICK))


def fine(run):
    yield Check("one", 1.0, 1.0, 0.0)


def raises(run):
    yield Check("one", 1.0, 1.0, 0.0)
    raise ZeroDivisionError("by nothing")


def says_nothing(run):
    return iter(())


def malformed(run):
    yield Check("one", 1.0, 1.0, 0.0, "~")


def wild(run):
    yield Check("one", INF, NAN, NAN)
    yield Check("two", np.float64(1.0), np.asarray(2.0), np.float64(INF))


def test_outcomes_go_on_after_an_error():
    results = results_of(raises, says_nothing, malformed, wild, fine)
    assert [result.verdict for result in results] == ["error", "refuted", "error", "refuted", "verified"]
    assert [result.verified for result in results] == [False, False, False, False, True]
    assert results[0].error == "ZeroDivisionError: by nothing" and len(results[0].checks) == 1
    assert "relation is '=', '<=' or '>='" in results[2].error
    assert all(isinstance(result, Outcome) and result.seconds >= 0.0 for result in results)


def test_json_is_strict_json():
    def refuse(constant):
        raise AssertionError(f"{constant} is not JSON")

    results = results_of(raises, says_nothing, wild, fine)
    text = json.dumps(as_json(results, Run(quick=True, seed=3)), allow_nan=False)
    read = json.loads(text, parse_constant=refuse)
    assert (read["quick"], read["seed"], read["backend"], read["verified"]) == (
        True,
        3,
        mg.active().name,
        False,
    )
    assert [one["verdict"] for one in read["claims"]] == ["error", "refuted", "refuted", "verified"]
    assert read["claims"][2]["checks"][0] == {
        "what": "one",
        "relation": "=",
        "stated": "inf",
        "measured": "nan",
        "tolerance": "nan",
        "holds": False,
    }
    assert as_json(results_of(fine), QUICK)["verified"] is True


def test_a_run_gives_every_stream_and_seed_numbers_of_its_own():
    drawn = {float(mg.to_numpy(Run(seed=seed).rng(stream).uniform())) for seed in range(4) for stream in range(10)}
    assert len(drawn) == 40
    assert list(Run(seed=5).seeds(3)) == [5, 6, 7]
    again = [mg.to_numpy(Run(seed=2).rng(1).uniform((3,))) for _ in range(2)]
    assert (again[0] == again[1]).all()
