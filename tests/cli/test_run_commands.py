"""``minigan sample``, ``rerun``, ``compare``, ``sweep`` and ``list`` as a person types them."""

import csv
import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile

from minigan.claims import all_claims
from minigan.divergences import TABLE
from minigan.gan import GAMES
from minigan.models import SYSTEMS
from minigan.plots.figures import FIGURES

MINE = '''
from typing import Annotated

import minigan.numpy as mnp
from minigan import optim
from minigan.models import System, system
from minigan.training import Player, players_learner


@system(heading="Maximum Likelihood", about="a Gaussian, fitted by its likelihood")
def my_system(*, width: Annotated[int, "examples a step"] = 32, lr: float = 0.05) -> System:
    def loss(parameters, x, rng):
        mean, log_deviation = parameters["model"]
        return mnp.mean(0.5 * ((x - mean) / mnp.exp(log_deviation)) ** 2 + log_deviation)

    def sample(state, n, rng, condition=None):
        mean, log_deviation = state.parameters["model"]
        return mean + mnp.exp(log_deviation) * rng.standard_normal((n, 1))

    model = Player(lambda rng: (mnp.zeros(1), mnp.zeros(1)), loss, optim.adam(lr))
    data = lambda rng, n: 3.0 + 0.5 * rng.standard_normal((n, 1))
    learner = players_learner({"model": model}, lambda rng, state: data(rng, width))
    return System("a Gaussian", learner, sample, lambda state, rng: {}, steps=300, data=data)
'''


@pytest.fixture
def trained(minigan):
    """``trained("ring")``: a small run of it, ended."""

    def train(name, *words, steps=2):
        assert minigan("train", name, "--steps", steps, *words).code == 0
        return f"runs/{name}"

    return train


# -- sample --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", [name for name, one in SYSTEMS.items() if not one.needs_data])
def test_every_system_writes_samples_as_its_kind_allows(minigan, trained, name):
    from minigan.runs.sample import SUFFIXES

    run = trained(name)
    kind = SYSTEMS[name]().form.kind
    for suffix in SUFFIXES[kind]:
        told = minigan("sample", run, "-n", 7, "-o", f"new/samples{suffix}")
        assert told.code == 0 and f"7 samples of {name}, step 2" in told.out, told.err
        content = Path(f"new/samples{suffix}").read_bytes()
        if suffix == ".npy":
            assert len(np.load(f"new/samples{suffix}")) == 7
        elif suffix == ".png":
            assert content.startswith(b"\x89PNG")
        elif suffix == ".wav":
            assert content.startswith(b"RIFF")
        else:
            assert len(content.splitlines()) == (8 if suffix == ".csv" else 7)
    wrong = {"rows": ".txt", "images": ".csv", "strings": ".png", "sound": ".csv"}[kind]
    minigan("sample", run, "-o", f"x{wrong}").is_one_sentence(f"samples of {name} are written to", SUFFIXES[kind][0])


def test_sound_of_ones_own_is_trained_on_and_sampled_as_sound(minigan):
    wave = 0.7 * np.sin(np.arange(6000) / 4.0)
    wavfile.write("tone.wav", 4000, np.rint(32767.0 * wave).astype("int16"))
    words = ("--blocks", 2, "--channels", 4, "--length", 50, "--steps", 2, "--out", "run")
    told = minigan("train", "--data", "tone.wav", *words)
    assert told.code == 0 and "tone: 1.5 s of sound in 64 levels" in " ".join(told.out.split()), told.err
    assert minigan("sample", "run", "-n", 3, "-o", "new.wav").code == 0
    rate, sound = wavfile.read("new.wav")
    assert (rate, sound.shape, sound.dtype.name) == (4000, (150,), "int16")
    minigan("train", "wavenet", "--data", "tone.wav", "--levels", "1").is_one_sentence("--levels is at least 2, and was 1")
    wavfile.write("two.wav", 4000, np.stack([wave, wave], -1).astype("float32"))
    minigan("train", "--data", "two.wav").is_one_sentence("has 2 channels of sound, and one is taken")


def test_a_seed_gives_the_same_samples(minigan, trained):
    run = trained("gaussian")
    for file, seed in {"a": 1, "b": 1, "c": 2}.items():
        assert minigan("sample", run, "-n", 5, "--seed", seed, "-o", f"{file}.csv").code == 0
    a, b, c = (Path(f"{file}.csv").read_text() for file in "abc")
    assert a == b != c


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("runs/gaussian",), ["-o samples.npy"]),
        (("runs/nowhere", "-o", "x.npy"), ["no such run"]),
        ((".", "-o", "x.npy"), ["holds no run"]),
        (("runs/gaussian", "-n", "0", "-o", "x.npy"), ["positive number, and was 0"]),
        (("runs/gaussian", "-o", "runs"), ["runs"]),
        (("runs/gaussian", "-o", "x.npy", "--condition", "3"), ["takes no condition"]),
    ],
    ids=lambda x: " ".join(x),
)
def test_what_sample_refuses(minigan, trained, words, parts):
    trained("gaussian")
    minigan("sample", *words).is_one_sentence(*parts)


# -- rerun and compare ---------------------------------------------------------------------------------------


def test_a_rerun_is_the_same_to_the_bit_or_says_what_differs(minigan, trained):
    run = trained("gaussian", steps=3)
    told = minigan("rerun", run)
    assert told.code == 0 and "the same to the bit" in told.out and Path("runs/gaussian-again").is_dir()
    path = Path(run, "metrics.json")
    path.write_text(path.read_text().replace('"total_variation": ', '"total_variation": 1'))
    told = minigan("rerun", run, "--out", "third")
    assert told.code == 1 and "metrics.json: total_variation 1" in told.out


def test_runs_beside_each_other(minigan, trained):
    trained("gaussian")
    trained("gaussian", "--game", "wgan", "--batch", 16)
    told = minigan("compare", "runs/gaussian", "runs/gaussian-2", "-o", "curves.png")
    assert told.code == 0 and "--game" in told.out and "wgan" in told.out and "total variation" in told.out
    assert "--lr" not in told.out  # it is the same in both
    assert Path("curves.png").read_bytes().startswith(b"\x89PNG")
    minigan("compare", "runs/gaussian").is_one_sentence("two runs or more")
    minigan("compare", "runs/gaussian", "runs/nothing").is_one_sentence("no such run")
    minigan("compare", "runs/gaussian", "runs/gaussian-2", "-o", "curves.jpg").is_one_sentence(".png")


# -- sweep ---------------------------------------------------------------------------------------------------


def test_a_sweep_of_ones_own_system_from_help_to_table(minigan):
    Path("mine.py").write_text(MINE)
    assert "--width N" in minigan("train", "mine.py:my_system", "--help").out
    told = minigan("sweep", "mine.py:my_system", "--grid", "width=8,64", "--seeds", "0..1", "--steps", 20, "--out", "all",
                   "--lr", "0.1", "--jobs", 1)  # fmt: skip
    assert told.code == 0, told.err
    with open("all/sweep.csv", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["width"], row["seed"], row["state"]) for row in rows] == [
        (width, seed, "done") for width in ("8", "64") for seed in ("0", "1")
    ]
    assert Path("all/sweep.png").read_bytes().startswith(b"\x89PNG")
    again = minigan("sweep", "mine.py:my_system", "--grid", "width=8,64", "--seeds", "0..1", "--steps", 20, "--out", "all",
                    "--lr", "0.1", "--jobs", 1)  # fmt: skip
    assert again.code == 0 and "4 of them done already" in again.out


def test_ones_own_system_trains_goes_on_and_samples(minigan):
    Path("mine.py").write_text(MINE)
    assert minigan("train", "mine.py:my_system", "--width", 64, "--steps", 200).code == 0
    assert minigan("train", "mine.py", "--resume", "--steps", 100).code == 0
    assert minigan("sample", "runs/my_system", "-n", 500, "-o", "new.csv").code == 0
    values = np.array([float(line) for line in Path("new.csv").read_text().splitlines()[1:]])
    assert abs(values.mean() - 3.0) < 0.15 and 0.4 < values.std() < 0.6
    minigan("train", "mine.py:my_sistem").is_one_sentence("nearest is 'my_system'")
    minigan("train", "mine.py:my_system", "--wdith", "3").is_one_sentence("nearest is --width")
    shutil.move("mine.py", "yours.py")
    minigan("sample", "runs/my_system", "-o", "new.csv").is_one_sentence("mine.py", "no such file")


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("gaussian", "--grid", "lr=1"), ["--out DIR"]),
        (("gaussian", "--grid", "lr", "--out", "s"), ["option=value"]),
        (("gaussian", "--grid", "lt=1", "--out", "s"), ["nearest is --lr"]),
        (("gaussian", "--grid", "game=minimax,chess", "--out", "s"), ["'chess'"]),
        (("gaussian", "--grid", "lr=1", "--lr", "2", "--out", "s"), ["in the grid"]),
        (("gaussian", "--seeds", "3..1", "--out", "s"), ["--seeds are"]),
        (("gaussian", "--jobs", "0", "--out", "s"), ["--jobs"]),
        (("gauss", "--out", "s"), ["nearest is 'gaussian'"]),
        (("--out", "s"), ["give a system"]),
    ],
    ids=lambda x: " ".join(x),
)
def test_what_a_sweep_refuses(minigan, words, parts):
    minigan("sweep", *words).is_one_sentence(*parts)
    assert not list(Path().glob("s/*"))


# -- list ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [60, 80])
def test_the_list_is_complete_and_narrow(minigan, monkeypatch, width):
    monkeypatch.setenv("COLUMNS", str(width))
    told = minigan("list")
    assert told.code == 0 and told.err == ""
    assert max(map(len, told.out.splitlines())) <= width
    words = set(told.out.split())
    for name in (*SYSTEMS, *all_claims(), *FIGURES, *GAMES, *TABLE, "extragradient", "adam"):
        assert name in words, name
    for heading in {one.heading for one in SYSTEMS.values()}:
        assert heading[:40] in told.out


def test_the_list_as_data(minigan):
    found = json.loads(minigan("list", "--json").out)
    assert [one["name"] for one in found["claims"]] == list(all_claims())
    assert {one["name"] for one in found["systems"]} == set(SYSTEMS)
    assert all(one["name"] and one["about"] for kind in found.values() for one in kind)
