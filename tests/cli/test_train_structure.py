"""``minigan train`` of blobs, symmetry and hips-example: files, what is told, and one sentence for each mistake."""

import json
import sys

import pytest

from minigan.cli import main

WRITTEN = ["checkpoint.npz", "losses.png", "metrics.json", "samples.png"]


@pytest.fixture
def run(capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "150")

    def command(*args):
        monkeypatch.setattr(sys, "argv", ["minigan", *map(str, args)])
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as exit:
            code = exit.code or 0
        return code, *capsys.readouterr()

    return command


@pytest.mark.parametrize(
    "args, told",
    [
        (("blobs",), "exactly 4"),
        (("symmetry",), "pairs of pixels that differ"),
        (("hips-example", "--objective", "published"), "hips_published game"),
        (("hips-example", "--objective", "corrected"), "non_saturating game"),
        (("hips-example", "--game", "minimax"), "minimax game"),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_each_trains_and_writes_its_four_files(run, tmp_path, args, told):
    code, out, err = run("train", *args, "--steps", 2)
    assert (code, err) == (0, "") and told in out
    folder = tmp_path / "runs" / args[0]
    assert sorted(path.name for path in folder.iterdir()) == WRITTEN
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["model"], metrics["steps"]) == (args[0], 2) and isinstance(metrics["collapsed"], bool)


@pytest.mark.parametrize(
    "args, words",
    [
        (("hips-example", "--objective", "improved"), "published or corrected"),
        (("digits", "--objective", "published"), "--objective belongs to hips-example, not to digits"),
        (("hips-example", "--objective", "published", "--game", "minimax"), "leave --game and --divergence away"),
        (("hips-example", "--objective", "published", "--divergence", "kl"), "leave --game and --divergence away"),
    ],
    ids=lambda words: words if isinstance(words, str) else " ".join(words),
)
def test_mistakes_are_told_in_a_sentence(run, args, words):
    code, _, err = run("train", *args, "--steps", 1)
    assert code == 2 and words in err and err.count("\n") == 1


def test_a_run_with_one_objective_is_not_resumed_with_the_other(run):
    assert run("train", "hips-example", "--objective", "published", "--steps", 1)[0] == 0
    code, _, err = run("train", "hips-example", "--steps", 1, "--resume")
    assert code == 2 and "hips_published" in err
