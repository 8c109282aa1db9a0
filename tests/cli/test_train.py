"""``minigan train``: every system by its name and its own options, what is written and told, what is refused."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import minigan as mg
from minigan.models import SYSTEMS
from minigan.runs import RunDirectory
from minigan.runs.rerun import differences

WRITTEN = [".lock", "checkpoints", "losses.png", "metrics.json", "metrics.jsonl", "run.json", "samples.png"]
ROWS = np.random.default_rng(0).standard_normal((30, 3))
PROGRAM = [sys.executable, "-c", "from minigan.cli import main; main()"]


def files_in(folder):
    return sorted(path.name for path in Path(folder).iterdir())


def variants():
    """Every system as it is, and with every word that one of its own options may be."""
    for name, system in SYSTEMS.items():
        if system.needs_data:
            continue
        yield (name,)
        for option in system.options.values():
            if option.allowed and not option.given_only:
                yield from ((name, option.flag, word) for word in option.allowed if word != option.default)


# -- what is written and told --------------------------------------------------------------------------------


@pytest.mark.parametrize("words", list(variants()), ids=" ".join)
def test_each_trains_and_writes_its_files(minigan, metrics, words):
    few = ("--hidden", 6) if words[-1] == "exact" else ()  # whose states are all gone through in every step
    told = minigan("train", *words, *few, "--steps", 2, "--seed", 5)
    assert (told.code, told.err) == (0, ""), told.err
    folder = f"runs/{words[0]}"
    drawn = [file for file in files_in(folder) if file not in WRITTEN]
    assert set(files_in(folder)) >= set(WRITTEN) and all(file.endswith(".png") for file in drawn), drawn
    found = metrics(folder)
    assert (found["system"], found["seed"], found["steps"], found["stopped"]) == (words[0], 5, 2, None)
    assert isinstance(found["collapsed"], bool) and found["backend"] == mg.active().name
    for picture in ("samples.png", "losses.png", *drawn):
        assert Path(folder, picture).read_bytes().startswith(b"\x89PNG")
    assert "2/2" in told.out and "metrics.json" in told.out
    if len(words) == 3:
        assert found["options"][words[1].removeprefix("--")] == words[2]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("gaussian",), "non_saturating game"),
        (("gaussian", "--game", "wgan"), "wgan game"),
        (("gaussian", "--divergence", "pearson"), "pearson game"),
        (("hips-example", "--objective", "published"), "hips_published game"),
        (("blobs",), "exactly 4"),
        (("symmetry",), "pairs of pixels that differ"),
        (("strings", "--longest", "3"), "(a)"),  # brackets are told as they are
        (("categorical_vae",), "discrete elbo"),
        (("digits",), "frechet distance of real halves"),
        (("ring", "--unroll", "2", "--every", "1"), "mode of the bulk"),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_what_is_told(minigan, words, told):
    found = minigan("train", *words, "--steps", 2)
    assert found.code == 0 and told in found.out, found.out


def test_collapse_is_told_with_the_advice_of_the_system(minigan):
    told = minigan("train", "ring", "--steps", 2).out
    assert "collapsed: the samples do not cover the data; try another seed or more steps" in told
    grid = minigan("train", "grid", "--remedy", "plain", "--steps", 2).out
    assert "collapsed: this remedy alone does not keep all modes" in " ".join(grid.split()) and "another seed" not in grid


def test_batch_and_lr_are_heard(minigan, metrics):
    for name, system in SYSTEMS.items():
        whole = name == "boltzmann"  # each of its steps takes all 30 patterns
        assert "lr" in system.options and ("batch" in system.options) != whole, name
    for out, words in {"a": (), "b": ("--lr", "0.5"), "c": ("--batch", "3")}.items():
        assert minigan("train", "gaussian", "--steps", 2, "--out", out, *words).code == 0
    losses = {metrics(out)["discriminator_loss"] for out in "abc"}
    assert len(losses) == 3


def test_a_seed_gives_the_same_run_to_the_bit(minigan):
    for out in ("a", "b"):
        assert minigan("train", "ring", "--steps", 4, "--seed", 1, "--out", out).code == 0
    assert differences(RunDirectory("a"), RunDirectory("b")) == []


def test_runs_do_not_overwrite_one_another(minigan, metrics):
    assert minigan("train", "gaussian", "--steps", 1).code == 0
    assert minigan("train", "gaussian", "--steps", 1, "--game", "wgan").code == 0
    assert metrics("runs/gaussian")["game"] == "non_saturating" and metrics("runs/gaussian-2")["game"] == "wgan"
    again = minigan("train", "gaussian", "--steps", 1, "--out", "runs/gaussian")
    again.is_one_sentence("a run is there already", "--resume", "--overwrite")
    assert minigan("train", "gaussian", "--steps", 1, "--out", "runs/gaussian", "--overwrite", "--game", "wgan").code == 0
    assert metrics("runs/gaussian")["game"] == "wgan"


# -- help ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", SYSTEMS)
def test_help_tells_its_own_options_and_no_others(minigan, name):
    told = minigan("train", name, "--help")
    assert told.code == 0
    everybodys = {option.flag for system in SYSTEMS.values() for option in system.options.values()}
    own = {option.flag for option in SYSTEMS[name].options.values()}
    shown = {word for line in told.out.splitlines() for word in line.split()[:1] if word.startswith("--")}
    assert own <= shown and not (everybodys - own) & shown
    assert "--steps" in shown and SYSTEMS[name].heading in told.out


def test_help_without_a_name_tells_the_systems(minigan):
    told = minigan("train", "--help")
    assert told.code == 0 and all(name in told.out for name in SYSTEMS) and "--resume" in told.out
    assert "--unroll" not in told.out


# -- going on ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["gaussian", "categorical_vae", "strings"])
def test_resuming_is_uninterrupted_training(minigan, name):
    assert minigan("train", name, "--steps", 5, "--out", "whole").code == 0
    assert minigan("train", name, "--steps", 2, "--out", "parts").code == 0
    told = minigan("train", name, "--steps", 3, "--out", "parts", "--resume")
    assert told.code == 0, told.err
    assert differences(RunDirectory("whole"), RunDirectory("parts")) == []


def test_resuming_takes_everything_from_the_run(minigan, metrics):
    np.save("mine.npy", ROWS)
    words = ("train", "--data", "mine.npy", "--steps", 2, "--seed", 7, "--batch", 5, "--game", "wgan")
    assert minigan(*words).code == 0
    assert minigan("train", "--resume", "--out", "runs/mine", "--steps", 1).code == 0
    found = metrics("runs/mine")
    assert (found["steps"], found["seed"], found["options"]["batch"], found["game"]) == (3, 7, 5, "wgan")
    assert minigan("train", "--data", "mine.npy", "--resume", "--steps", 1).code == 0
    np.save("mine.npy", ROWS[:, :2])
    minigan("train", "--resume", "--out", "runs/mine", "--steps", 1).is_one_sentence("mine.npy", "other data")


def test_it_is_the_latest_run_of_a_name_that_goes_on(minigan, metrics):
    for _ in range(2):
        assert minigan("train", "gaussian", "--steps", 1).code == 0
    assert minigan("train", "gaussian", "--resume", "--steps", 1).code == 0
    assert metrics("runs/gaussian")["steps"] == 1 and metrics("runs/gaussian-2")["steps"] == 2


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        (("gaussian", "--seed", "4"), ["--seed 4, and the run has 0"]),
        (("gaussian", "--lr", "0.5"), ["--lr 0.5, and the run has 0.01"]),
        (("gaussian", "--game", "minimax"), ["--game minimax, and the run has none"]),
        (("ring",), ["system ring, and the run is of gaussian"]),
        (("gaussian", "--eager"), ["--eager, and the run is compiled"]),
        (("gaussian", "--overwrite"), ["one of the two"]),
        (("gaussian", "--steps", "0"), ["--steps must be positive"]),
        (("gaussian", "--data", "mine.npy"), ["brings its own"]),
        ((), ["has its 1 steps already", "--steps"]),
    ],
    ids=lambda x: " ".join(x),
)
def test_whatever_else_is_given_to_a_resumed_run_is_refused_by_name(minigan, words, parts):
    np.save("mine.npy", ROWS)
    assert minigan("train", "gaussian", "--steps", 1, "--out", "there").code == 0
    before = {name: Path("there", name).read_bytes() for name in ("run.json", "metrics.jsonl", "metrics.json")}
    minigan("train", *words, "--resume", "--out", "there").is_one_sentence(*parts)
    assert before == {name: Path("there", name).read_bytes() for name in before}


def test_where_there_is_nothing_to_go_on_from(minigan):
    minigan("train", "gaussian", "--resume").is_one_sentence("--resume", "no checkpoint", "train first")
    minigan("train", "--resume").is_one_sentence("say which run")
    minigan("train", "gaussian", "--resume", "--out", "nowhere").is_one_sentence("nowhere", "no checkpoint")
    assert not Path("nowhere").exists()


def test_a_run_that_was_killed_behind_its_last_step_still_gets_its_metrics(minigan, metrics):
    """All steps are made and saved, and the process died before it had measured and drawn."""
    assert minigan("train", "gaussian", "--steps", 3).code == 0
    before = metrics("runs/gaussian")
    for name in ("metrics.json", "samples.png"):
        Path("runs/gaussian", name).unlink()
    told = minigan("train", "gaussian", "--resume")
    assert told.code == 0, told.err
    assert {**metrics("runs/gaussian"), "seconds": 0} == {**before, "seconds": 0}
    assert files_in("runs/gaussian") == WRITTEN


def test_a_damaged_checkpoint_is_named_and_the_one_before_used(minigan, metrics):
    assert minigan("train", "gaussian", "--steps", 4, "--checkpoint-every", 1).code == 0
    newest = Path("runs/gaussian/checkpoints/step-00000004.safetensors")
    newest.write_bytes(newest.read_bytes()[:-9])
    told = minigan("train", "gaussian", "--resume", "--steps", 2)
    assert told.code == 0 and "step-00000004" in told.err and "from step 3" in told.err and told.err.count("\n") == 1
    assert metrics("runs/gaussian")["steps"] == 6


# -- ended early ---------------------------------------------------------------------------------------------


def program(*args, **how):
    environment = {**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])}
    return subprocess.Popen([*PROGRAM, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                            env=environment, **how)  # fmt: skip


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_training_with_its_step_and_everything_written(tmp_path, number):
    """As a program, with the signals that a terminal, a scheduler and a lost connection send."""
    started = program("train", "gaussian", "--steps", "1000000", "--out", "out", cwd=tmp_path)
    try:
        assert "gaussian" in started.stdout.readline()  # the line before training starts
        end = time.monotonic() + 60
        while not (tmp_path / "out" / "metrics.jsonl").exists() or not (tmp_path / "out" / "metrics.jsonl").stat().st_size:
            assert time.monotonic() < end
            time.sleep(0.05)
        started.send_signal(number)
        out, err = started.communicate(timeout=60)
    finally:
        started.kill()
    assert started.returncode == 128 + number, (out, err)
    assert "Traceback" not in out + err and "go on with minigan train --resume --out out" in err
    assert files_in(tmp_path / "out") == WRITTEN
    found = json.loads((tmp_path / "out" / "metrics.json").read_text())
    assert 0 < found["steps"] < 1_000_000 and "--resume" in found["stopped"] and found["steps_asked_for"] == 1_000_000


def test_divergence_is_told_and_what_was_good_is_kept(minigan, metrics):
    told = minigan("train", "gaussian", "--steps", 60, "--lr", "1e308")
    assert told.code == 1 and told.err.count("\n") == 1 and "Traceback" not in told.out
    assert "no longer finite" in told.err
    assert files_in("runs/gaussian") == WRITTEN
    assert "no longer finite" in metrics("runs/gaussian")["stopped"]


def test_what_cannot_be_written_is_one_sentence_before_any_training(minigan):
    Path("a-file").write_text("keep me")
    for out in ("a-file", "a-file/below"):
        minigan("train", "gaussian", "--out", out).is_one_sentence("a-file")
    assert Path("a-file").read_text() == "keep me"
    minigan("train", "gaussian", "--steps", 1, "--out", "/proc/nowhere/at/all").is_one_sentence("/proc/nowhere")


def test_a_disk_that_fills_up_is_a_sentence_and_exit_1(tmp_path):
    """As a program under a limit on the size of files, which the metrics reach on the way."""
    limit = "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    limit += "resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))\n"
    words = ["train", "gaussian", "--steps", "100000", "--out", "out", "--checkpoint-every", "50"]
    environment = {**os.environ, "PYTHONPATH": str(Path(mg.__file__).parents[1])}
    code = limit + "from minigan.cli import main; main()"
    found = subprocess.run([sys.executable, "-c", code, *words], capture_output=True, text=True, cwd=tmp_path,
                           env=environment, timeout=120)  # fmt: skip
    assert found.returncode == 1 and "Traceback" not in found.stderr, found.stderr
    told = found.stderr.splitlines()[-1]
    assert told.startswith("minigan: writing failed") and "is whole" in told and "--resume --out out" in told
    steps = RunDirectory(tmp_path / "out").checkpoints.steps()
    assert steps[-1] >= 50 and f"of step {steps[-1]}," in told


# -- data of one's own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "rows",
    [
        ROWS[:, :2],
        ROWS,
        ROWS[:, :1],
        np.rint(10 * ROWS).astype(int),
        ROWS > 0,
        ROWS.astype("float32"),
        ROWS[:2],
        np.tile(ROWS, 3),
    ],
    ids=["two columns", "three", "one", "integers", "truth values", "float32", "two rows", "nine"],
)
def test_any_table_trains(minigan, metrics, rows):
    np.save("mine.npy", rows)
    told = minigan("train", "--data", "mine.npy", "--steps", 3)
    assert told.code == 0, told.err
    assert metrics("runs/mine")["system"] == "rows" and metrics("runs/mine")["steps"] == 3
    assert set(WRITTEN) <= set(files_in("runs/mine"))


def test_columns_keep_their_names_and_units(minigan):
    lines = ["height,weight of [it]"] + [f"{170 + 10 * a:.1f},{70 + 9 * b:.1f}" for a, b, _ in ROWS]
    Path("people.csv").write_text("\n".join(lines) + "\n")
    assert minigan("train", "--data", "people.csv", "--steps", 30, "--lr", "0.01").code == 0
    assert minigan("sample", "runs/people", "-n", 50, "-o", "new.csv").code == 0
    header, *rest = Path("new.csv").read_text().splitlines()
    assert header == "height,weight of [it]" and len(rest) == 50
    values = np.array([[float(x) for x in line.split(",")] for line in rest])
    assert 100 < values[:, 0].mean() < 240 and 30 < values[:, 1].mean() < 110


def test_images_train_as_images_and_come_back_as_bytes(minigan, metrics):
    images = np.random.default_rng(1).integers(0, 256, (40, 9, 8, 3)).astype("uint8")
    np.save("squares.npy", images)
    told = minigan("train", "--data", "squares.npy", "--steps", 2, "--batch", 8)
    assert told.code == 0 and "40 images of 9x8x3 pixels" in told.out, told.err
    assert metrics("runs/squares")["system"] == "images"
    assert minigan("sample", "runs/squares", "-n", 6, "-o", "new.npy").code == 0
    new = np.load("new.npy")
    assert new.shape == (6, 9, 8, 3) and new.dtype == np.uint8
    np.save("flat.npy", images[..., 0].reshape(40, 72))
    assert minigan("train", "--data", "flat.npy", "--shape", "9x8", "--steps", 1).code == 0
    minigan("train", "--data", "flat.npy", "--shape", "9x9", "--steps", 1).is_one_sentence("72", "81")


@pytest.mark.parametrize("name", ["digits", "ring", "gaussian", "..", "[red]"])
def test_a_file_may_be_called_as_it_likes(minigan, name):
    np.save(f"{name}.npy", ROWS)
    told = minigan("train", "--data", f"{name}.npy", "--steps", 1)
    assert told.code == 0, told.err
    assert [path.name for path in Path("runs").iterdir()] == ["npy" if name == ".." else name]


@pytest.mark.parametrize(
    ("content", "parts"),
    [
        (None, ["no such file"]),
        (b"", ["is empty"]),
        (np.array([[1.0, np.nan]] * 3), ["not finite"]),
        (np.ones((0, 3)), ["mine.npy"]),
        (np.ones((1, 3)), ["at least two rows"]),
        (np.ones((5, 3)), ["constant"]),
        (np.ones((2, 2), dtype=complex), ["complex128"]),
        (np.array([["a", "b"], ["c", "d"]]), ["mine.npy"]),
        (np.full((4, 2), 1e308) * [[1], [-1], [1], [-1]], ["beyond the largest float"]),
        (np.zeros((4, 8, 8)), ["the same"]),
    ],
    ids=["missing", "empty", "NaN", "no rows", "one row", "constant", "complex", "words", "huge", "one image"],
)
def test_data_that_cannot_be_trained_on_is_one_sentence(minigan, content, parts):
    if isinstance(content, bytes):
        Path("mine.npy").write_bytes(content)
    elif content is not None:
        np.save("mine.npy", content)
    minigan("train", "--data", "mine.npy", "--steps", 1).is_one_sentence(*parts)
    assert not Path("runs").exists()


# -- mistakes ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "parts"),
    [
        ((), ["give a system", "--data"]),
        (("mnist",), ["'mnist'"]),
        (("rnig",), ["'rnig'", "nearest is 'ring'"]),
        (("ring", "gaussian"), ["one system at a time"]),
        (("ring", "--data", "mine.npy"), ["brings its own data"]),
        (("rows",), ["--data"]),
        (("ring", "--shape", "2x2"), ["--data"]),
        (("ring", "--game", "chess"), ["'chess'", "minimax"]),
        (("ring", "--game", "hing"), ["nearest of its choices is 'hinge'"]),
        (("ring", "--steps", "0"), ["--steps must be positive, and is 0"]),
        (("ring", "--steps", "two"), ["--steps is an integer, and was 'two'"]),
        (("ring", "--seed", "-1"), ["seed is a non-negative integer"]),
        (("ring", "--seed", "1.5"), ["--seed is an integer"]),
        (("ring", "--lr", "inf"), ["--lr is a finite number"]),
        (("ring", "--lr", "0"), ["--lr is above 0, and was 0"]),
        (("ring", "--batch", "0"), ["--batch is at least 1, and was 0"]),
        (("ring", "--steps"), ["--steps needs a value"]),
        (("ring", "--steps", "1", "--steps", "2"), ["given twice"]),
        (("ring", "--stepz", "1"), ["no option --stepz", "nearest is --steps"]),
        (("ring", "--estimator", "gumbel"), ["ring has no option --estimator"]),
        (("digits", "--objective", "published"), ["digits has no option --objective"]),
        (("strings", "--estimator", "magic"), ["'magic'", "gumbel, reinforce, rebar or embedding"]),
        (("binary_digits", "--estimator", "rebar"), ["'rebar'", "gumbel"]),
        (("categorical_vae", "--game", "minimax"), ["categorical_vae has no option --game"]),
        (("categorical_vae", "--kl", "tru"), ["nearest of its choices is 'true'"]),
        (("hips-example", "--objective", "published", "--game", "minimax"), ["leave --game and --divergence away"]),
        (("ring", "--divergence", "kl", "--game", "wgan"), ["leave --game wgan away"]),
        (("ring", "--generator-loss", "modified"), ["--divergence"]),
        (("ring", "--first-order"), ["with --unroll 5"]),
        (("ring", "--unroll", "-1"), ["--unroll is at least 0, and was -1"]),
        (("ring", "--unroll", "0", "--discriminator-steps", "0"), ["--discriminator-steps is at least 1, and was 0"]),
        (("ring", "--backend", "abacus"), ["'abacus' is unknown"]),
        (("ring", "--checkpoint-every", "0"), ["every so many steps"]),
        (("no_file.py:ring",), ["no_file.py", "no such file"]),
    ],
    ids=lambda x: " ".join(x) or "nothing",
)  # fmt: skip
def test_mistakes_are_one_sentence_and_nothing_is_written(minigan, words, parts):
    np.save("mine.npy", ROWS)
    minigan("train", *words).is_one_sentence(*parts)
    assert files_in(".") == ["mine.npy"]


def test_a_run_keeps_its_threads(minigan):
    assert minigan("train", "gaussian", "--steps", 1, "--threads", 2).code == 0
    assert json.loads(Path("runs/gaussian/run.json").read_text())["threads"] == 2
    minigan("train", "gaussian", "--resume", "--threads", 1).is_one_sentence("--threads 1, and the run has 2")
    minigan("train", "gaussian", "--threads", 0).is_one_sentence("--threads is at least 1, and was 0")


def test_a_run_of_before_had_one_thread(minigan):
    assert minigan("train", "gaussian", "--steps", 1).code == 0
    about = json.loads(Path("runs/gaussian/run.json").read_text())
    assert about.pop("threads") == 1
    Path("runs/gaussian/run.json").write_text(json.dumps(about))
    assert minigan("train", "gaussian", "--resume", "--steps", 1).code == 0
