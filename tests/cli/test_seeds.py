"""``--seed`` changes what is drawn wherever it is taken, and a seed repeats."""

import json
from pathlib import Path

import numpy as np
import pytest

import minigan as mg
from minigan.models import SYSTEMS
from minigan.random import generator
from tests.models.small import small


def states_of(folder):
    """The checkpoints that a command has left in a folder."""
    return [path.read_bytes() for path in sorted(Path(folder).rglob("*.safetensors"))]


def written(minigan, seeds, command, read):
    """What ``command(seed, out)`` leaves, for each of ``seeds``."""
    found = []
    for i, seed in enumerate(seeds):
        told = minigan(*command(seed, f"out{i}"))
        assert told.code == 0, told.err
        found.append(read(f"out{i}"))
    return found


def numbers_of(file):
    """The JSON file's rows without what names the request."""
    return json.loads(Path(file).read_text())["rows"]


COMMANDS = {
    "train gaussian": (lambda seed, out: ("train", "gaussian", "--steps", 2, "--seed", seed, "--out", out), states_of),
    "train strings": (lambda seed, out: ("train", "strings", "--steps", 1, "--seed", seed, "--out", out), states_of),
    "divergence --samples": (
        lambda seed, out: (
            *("divergence", "--p", "N(0, 1)", "--q", "N(1, 1)", "--row", "kl", "--samples", 50, "--seeds", 2),
            *("--seed", seed, "--json", out),
        ),
        numbers_of,
    ),
    "divergence --bound": (
        lambda seed, out: (
            *("divergence", "--p", "N(0, 1)", "--q", "N(1, 1)", "--row", "kl", "--bound", "--seed", seed),
            *("--json", out),
        ),
        numbers_of,
    ),
    "sweep": (
        lambda seed, out: (
            *("sweep", "gaussian", "--grid", "lr=0.01", "--seeds", seed, "--steps", 1, "--jobs", 1, "--out", out),
        ),
        states_of,
    ),
}


@pytest.mark.parametrize("name", COMMANDS)
def test_a_command_repeats_with_its_seed_and_changes_with_another(minigan, name):
    command, read = COMMANDS[name]
    one, again, other = written(minigan, (1, 1, 2), command, read)
    assert one and one == again != other


def test_verify_repeats_with_its_seed_and_changes_with_another(minigan):
    """A claim about frequencies: what it measures are draws."""

    def measured(out):
        return [check["measured"] for one in json.loads(Path(out).read_text())["claims"] for check in one["checks"]]

    command = lambda seed, out: ("verify", "gumbel-max", "--quick", "--seed", seed, "--json", out)
    one, again, other = written(minigan, (1, 1, 2), command, measured)
    assert one == again != other


@pytest.mark.parametrize("name", SYSTEMS)
def test_parameters_batches_and_samples_of_every_system_go_by_the_seed(name):
    """None is a constant, and none comes from NumPy's own, global stream."""
    system = small(name)

    def drawn(seed):
        rng = generator(seed, host=True)
        state = system.learner.init(rng)
        batch = system.learner.draw(rng, state)
        leaves = lambda tree: [mg.to_numpy(x).tobytes() for x in mg.tree_leaves(tree) if hasattr(x, "dtype")]
        return leaves(state), leaves(batch), leaves(system.sample(state, 4, generator(seed, host=True)))

    np.random.seed(0)
    first = drawn(1)
    np.random.seed(1)
    again, other = drawn(1), drawn(2)
    for what, a, b, c in zip(("parameters", "batch", "samples"), first, again, other):
        whole = what == "batch" and "batch" not in SYSTEMS[name].options  # a step on all of the data
        assert a == b and (a == c) == whole, what
