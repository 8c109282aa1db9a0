"""What holds of one system holds of all, of a stranger's as well: laws over a `System` and two steps of its training."""

import json
import math

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal

import minigan as mg
from minigan.random import Generator, generator
from minigan.training import Averaged, PlayersState, loop


def host(tree):
    return [mg.to_numpy(leaf) for leaf in mg.tree_leaves(tree)]


def same(one, two):
    for a, b in zip(host(one), host(two), strict=True):
        assert_array_equal(a, b)


def parameters(state):
    """Everybody's parameters by name, of a state of `minigan.gan` or of `minigan.training.players`."""
    state = state.state if isinstance(state, Averaged) else state
    if isinstance(state, PlayersState):
        return state.parameters
    return {"generator": state.generator, "discriminator": state.discriminator}


def trains(system, trained):
    """A finite number of every metric for each step, and one kind of floats in the state."""
    assert set(trained.history) >= set(system.learner.at_optimum) and trained.history
    assert {len(values) for values in trained.history.values()} == {2}
    assert all(isinstance(x, float) and math.isfinite(x) for values in trained.history.values() for x in values)
    kinds = {leaf.dtype.name for leaf in host(trained.state) if leaf.dtype.kind == "f"}
    assert len(kinds) == 1 and kinds <= {"float32", "float64"}


def all_learn(system, trained):
    """No player's parameters are what they were, and none is left out."""
    before, after = parameters(system.train(0).state), parameters(trained.state)
    assert before.keys() == after.keys()
    for who in before:
        moved = [(one != two).any() for one, two in zip(host(before[who]), host(after[who]), strict=True)]
        assert moved and all(moved), who


def goes_by_its_seed(system, trained):
    again, other = system.train(2), system.train(2, seed=1)
    assert again.history == trained.history != other.history
    same(again.state, trained.state)


def goes_on_where_it_stopped(system, trained):
    half = system.train(1)
    rest = system.train(1, half.rng, state=half.state, history=half.history, records=half.records)
    assert rest.history == trained.history and rest.records == trained.records
    same(rest.state, trained.state)


def has_a_pure_step(system, trained):
    """The same state and batch give the same again, and stay what they were; no number is drawn inside."""
    rng = generator(3)
    state = system.learner.init(rng)
    batch = system.learner.draw(rng, state)
    assert not any(isinstance(leaf, Generator) for leaf in mg.tree_leaves(batch))
    before = [leaf.copy() for leaf in host((state, batch))]
    same(*(system.learner.step(state, batch) for _ in range(2)))
    same(before, (state, batch))


def is_compiled(system, trained, monkeypatch):
    """One program is recorded and run for every step; run as it is, the step says the same up to rounding."""
    made_by_loop = []

    def noted(step, **how):
        made_by_loop.append(mg.compile(step, **how))
        return made_by_loop[-1]

    with monkeypatch.context() as patch:
        patch.setattr(loop, "compile", noted)
        again = system.train(2)
    (compiled,) = made_by_loop
    assert len(compiled.versions) == 1  # none where recording was given up
    eager = system.train(2, compiled=False)
    tolerance = 1e-3 if "float32" in {leaf.dtype.name for leaf in host(trained.state)} else 1e-8
    for key, values in again.history.items():
        assert values == trained.history[key]
        assert_allclose(eager.history[key], values, rtol=tolerance, atol=tolerance, err_msg=key)


def samples(system, trained):
    """As many as asked for, finite, the same from the same generator, and shaped as the real ones are."""
    drawn = [mg.to_numpy(system.sample(trained.state, 50, generator(seed))) for seed in (7, 7, 8)]
    assert_array_equal(drawn[0], drawn[1])
    assert (drawn[0] != drawn[2]).any()
    assert np.isfinite(drawn[0]).all()
    real = mg.to_numpy(system.real(generator(0), 50))
    assert drawn[0].shape == real.shape and real.shape[0] == 50
    assert (drawn[0].dtype.kind == "f") == (real.dtype.kind == "f")
    assert mg.to_numpy(system.sample(trained.state, 1, generator(0))).shape == (1, *real.shape[1:])


def restores(system, trained):
    """Samples and real ones come back as the data was, of the kind that the form says."""
    form = system.form
    for found in (system.sample(trained.state, 5, generator(7)), system.real(generator(7), 5)):
        restored = form.restore(found)
        assert isinstance(restored, np.ndarray) and len(restored) == 5
        if form.kind == "rows":
            assert restored.ndim == 2 and (form.columns is None or len(form.columns) == restored.shape[1])
        elif form.kind == "images":
            assert restored.ndim == 3 or (restored.ndim == 4 and restored.shape[3] in (1, 2, 3, 4))
            assert form.low <= restored.min() and restored.max() <= form.high and form.low < form.high
        elif form.kind == "sound":
            assert restored.ndim == 2 and form.rate >= 1 and abs(restored).max() <= 1.0
        else:
            spelled = form.spell(found)
            assert len(spelled) == 5 and all(isinstance(one, str) for one in spelled)


def measures(system, trained):
    """In numbers that JSON can hold, the same every time, and of an untrained state as well."""
    found = system.measured(trained)
    assert isinstance(found["collapsed"], bool)
    assert json.loads(json.dumps(found, allow_nan=False)) == found == system.measured(trained)
    assert system.measured(system.train(0)).keys() == found.keys()


def has_log_densities_of_its_samples(system, trained):
    """Where it has any: a number for each sample, in nats."""
    if system.log_density is not None:
        found = mg.to_numpy(system.log_density(trained.state, system.sample(trained.state, 5, generator(7))))
        assert found.shape == (5,) and np.isfinite(found).all()


def says_what_it_is(system, trained):
    assert system.title and system.heading and system.about and system.when_collapsed
    assert json.loads(json.dumps(dict(system.options), allow_nan=False)) == system.options
    assert isinstance(system.steps, int) and system.steps >= 1 and system.check_every >= 1
    if system.told is not None:
        columns, rows, below = system.told(trained)
        assert all(len(row) == len(columns) for row in rows)
        assert all(isinstance(word, str) for word in (*columns, below, *(word for row in rows for word in row)))


LAWS = (
    trains,
    all_learn,
    goes_by_its_seed,
    goes_on_where_it_stopped,
    has_a_pure_step,
    samples,
    restores,
    measures,
    has_log_densities_of_its_samples,
    says_what_it_is,
)
