"""``minigan train`` on discrete models: options, files, what is printed, and one sentence for each mistake."""

import json
import sys

import pytest

from minigan.cli import main

WRITTEN = ["checkpoint.npz", "losses.png", "metrics.json", "samples.png"]
RUNS = [
    *(("strings", "--estimator", one) for one in ("gumbel", "reinforce", "rebar", "embedding")),
    *(("binary_digits", "--estimator", one) for one in ("gumbel", "reinforce", "embedding")),
    *(("categorical_vae", "--kl", one) for one in ("true", "relaxed")),
]


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


@pytest.mark.parametrize("args", RUNS, ids=lambda args: f"{args[0]} {args[2]}")
def test_each_way_trains_and_writes_its_four_files(run, tmp_path, args):
    code, out, err = run("train", *args, "--steps", 2)
    assert (code, err) == (0, ""), err
    folder = tmp_path / "runs" / args[0]
    assert sorted(path.name for path in folder.iterdir()) == WRITTEN
    metrics = json.loads((folder / "metrics.json").read_text())
    assert (metrics["model"], metrics["variant"], metrics["steps"]) == (args[0], args[2], 2)
    assert isinstance(metrics["collapsed"], bool)
    if args[0] == "strings":
        assert 0.0 < metrics["total_variation"] <= 1.0 and "total variation" in out
        assert "(a)" in out and "[a]" in out and "samples: " in out  # brackets are told as they are
    if args[0] == "categorical_vae":
        assert "discrete elbo" in out and "game" not in metrics


def test_the_autoencoder_is_resumed_as_if_never_stopped(run, tmp_path):
    assert run("train", "categorical_vae", "--steps", 4, "--out", "whole")[0] == 0
    assert run("train", "categorical_vae", "--steps", 2, "--out", "parts")[0] == 0
    assert run("train", "categorical_vae", "--steps", 2, "--out", "parts", "--resume")[0] == 0
    whole, parts = (json.loads((tmp_path / name / "metrics.json").read_text()) for name in ("whole", "parts"))
    assert {**whole, "seconds": 0} == {**parts, "seconds": 0}


@pytest.mark.parametrize(
    "args, parts",
    [
        (("strings", "--estimator", "magic"), ["'magic'", "gumbel, reinforce, rebar, embedding"]),
        (("binary_digits", "--estimator", "rebar"), ["'rebar'", "gumbel, reinforce, embedding"]),
        (("categorical_vae", "--kl", "false"), ["'false'", "relaxed or true"]),
        (("ring", "--estimator", "gumbel"), ["--estimator belongs to strings and binary_digits, not to ring"]),
        (("strings", "--kl", "true"), ["--kl belongs to categorical_vae, not to strings"]),
        (("--data", "mine.npy", "--kl", "true"), ["--kl belongs to categorical_vae, not to a file of rows"]),
        (("categorical_vae", "--game", "minimax"), ["categorical_vae plays no game"]),
    ],
)
def test_refused_in_one_sentence(run, tmp_path, args, parts):
    code, _, err = run("train", *args, "--steps", 1)
    assert code == 2 and err.startswith("minigan: ") and err.count("\n") == 1, err
    assert all(part in err for part in parts), err
    assert not (tmp_path / "runs").exists()


def test_a_run_by_one_estimator_is_not_resumed_by_another(run):
    assert run("train", "strings", "--estimator", "gumbel", "--steps", 1)[0] == 0
    code, _, err = run("train", "strings", "--estimator", "reinforce", "--steps", 1, "--resume")
    assert code == 2 and "trained by gumbel, not reinforce" in err


def test_listed(run):
    code, out, _ = run("list")
    assert code == 0 and all(name in out for name in ("strings", "binary_digits", "categorical_vae"))
