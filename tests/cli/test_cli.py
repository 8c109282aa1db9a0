"""The command line as a person meets it: exit codes, what is written, and one sentence for each mistake."""

import json
import os
import re
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import numpy as np
import pytest

import minigan as mg
from minigan.claims import CLAIMS, Check, Run, all_claims, registry, select
from minigan.claims import run as running
from minigan.claims.processes import processors
from minigan.plots import figures
from minigan.version import __version__

from .conftest import Told


def files_in(folder):
    return sorted(path.name for path in folder.iterdir())


# -- as a program --------------------------------------------------------------------------------------------

PROGRAM = [sys.executable, "-c", "from minigan.cli import main; main()"]


def program(*args, **environment):
    found = subprocess.run(
        [*PROGRAM, *args], capture_output=True, text=True, env={**os.environ, **environment}, timeout=120
    )
    return Told(found.returncode, found.stdout, found.stderr)


def test_as_a_program_it_verifies_and_fails_in_one_sentence(tmp_path):
    good = program("verify", "saddle", "--json", str(tmp_path / "out.json"))
    assert good.code == 0 and good.err == "" and "saddle" in good.out
    assert json.loads((tmp_path / "out.json").read_text())["verified"] is True
    program("verify", "nothing-of-the-kind").is_one_sentence("nothing-of-the-kind")
    assert program("--version").out == f"minigan {__version__}\n"


def test_an_unknown_backend_in_the_environment_is_one_sentence():
    program("info", MINIGAN_BACKEND="abacus").is_one_sentence("'abacus' is unknown")


def test_the_entry_point_is_installed():
    import importlib.metadata

    (found,) = importlib.metadata.entry_points(group="console_scripts", name="minigan")
    assert found.value == "minigan.cli:main"


# -- lecture -------------------------------------------------------------------------------------------------


def test_the_lecture_is_gone_through_with_verdicts(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    told = run("lecture", "solution", "pptn", "--quick")
    assert told.code == 2
    told = run("lecture", "solution", "--quick", "--jobs", 1, "--json", "deep/lecture.json")
    assert told.code == 0 and "canonical example of a saddle point" in told.out
    assert "2 statements: 2 checkable, 2 verified, 0 that nothing checks yet; 0 opinions" in told.out
    rows = json.loads((tmp_path / "deep" / "lecture.json").read_text())
    assert [(row["claims"], row["verdict"]) for row in rows] == [
        (["saddle"], "verified"),
        (["saddle", "conserved-energy"], "verified"),
    ]


def test_the_lecture_is_listed_without_running_anything(run):
    told = run("lecture", "--list")
    assert told.code == 0 and "verified" not in told.out and "opinion" in told.out
    assert "saddle-spiral" in told.out and "Where are we now?" in told.out


def test_a_refuted_claim_refutes_its_statement(run, monkeypatch):
    import dataclasses

    from minigan.claims import CLAIMS, Check, all_claims

    all_claims()
    wrong = dataclasses.replace(CLAIMS["saddle"], function=lambda run: iter([Check("x", 0.0, 1.0, 0.0)]))
    monkeypatch.setitem(CLAIMS, "saddle", wrong)
    told = run("lecture", "solution", "--quick", "--jobs", 1)
    assert told.code == 1 and told.out.count("refuted") == 2 and "0 verified" in told.out


# -- verify --------------------------------------------------------------------------------------------------


def test_verify_by_id_and_section(run):
    told = run("verify", "saddle", "value", "--quick")
    assert told.code == 0 and "Traceback" not in told.err
    for id in ("saddle", "jensen-shannon", "zero-sum", "saturation", "non-saturating-divergence"):
        assert re.search(rf"^{id}  verified  \d+\.\d s$", told.out, re.MULTILINE), told.out
    assert "saddle-spiral" not in told.out and "6 of 6 claims verified" in told.out
    assert "\x1b" not in told.out  # nothing live where nobody looks


def test_verify_by_the_lectures_heading(run):
    told = run("verify", "minimax game", "--jobs", 1, "--quick")
    assert told.code == 0 and "2 of 2 claims verified" in told.out and "jensen-shannon" in told.out


def test_on_a_terminal_it_tells_what_runs_now(run, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # which Rich takes for a terminal
    monkeypatch.setenv("TERM", "xterm")
    told = run("verify", "saddle", "zero-sum", "--jobs", 1)
    assert told.code == 0
    live = [line for line in told.out.splitlines() if "0:00:0" in line]
    assert any("saddle" in line for line in live) and any("zero-sum" in line for line in live)


def test_verify_everything_quickly(run, tmp_path, monkeypatch):
    """All of them are asked for; the trainings themselves are another test's."""
    asked = []

    def outcomes(claims, run, *, jobs, progress):
        for one in claims:
            asked.append((one.id, run.quick, run.seed, jobs))
            yield running.Outcome(one, [Check("one", 1.0, 1.0, 0.0)], None, 0.0)

    monkeypatch.setattr("minigan.claims.outcomes", outcomes)
    told = run("verify", "--quick", "--seed", 3, "--json", "deep/results.json", "--report", "deep/page.html")
    assert told.code == 0
    jobs = 1 if mg.active().library == "cupy" else processors()  # on all of them, unless they share one device
    assert asked == [(id, True, 3, jobs) for id in all_claims()]
    results = json.loads((tmp_path / "deep" / "results.json").read_text())
    assert [one["id"] for one in results["claims"]] == list(all_claims())
    assert (results["quick"], results["seed"], results["minigan"]) == (True, 3, __version__)
    page = (tmp_path / "deep" / "page.html").read_text()
    assert page.startswith("<!doctype html>") and all(id in page for id in all_claims())
    assert "<script" not in page and "http" not in page.replace("http-equiv", "")  # self-contained


def planted(monkeypatch, function):
    import dataclasses

    monkeypatch.setitem(CLAIMS, "saddle", dataclasses.replace(all_claims()["saddle"], function=function))


def test_a_refuted_claim_is_exit_1(run, tmp_path, monkeypatch):
    def false(run):
        yield Check("two and two", 5.0, 4.0, 0.0)
        yield Check("a number", 1.0, float("nan"), 0.1)

    planted(monkeypatch, false)
    told = run("verify", "saddle", "zero-sum", "--jobs", 1, "--json", "results.json", "--report", "page.html")
    assert told.code == 1 and "refuted" in told.out and "1 of 2 claims verified" in told.out and told.err == ""
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["verified"] is False
    assert [one["verdict"] for one in results["claims"]] == ["refuted", "verified"]
    assert results["claims"][0]["checks"][1]["measured"] == "nan"
    assert "refuted" in (tmp_path / "page.html").read_text()


def test_a_claim_that_raises_is_exit_1_and_no_traceback(run, tmp_path, monkeypatch):
    def broken(run):
        yield Check("fine", 1.0, 1.0, 0.0)
        raise ValueError("it broke <here> [bold]and[/bold]")

    planted(monkeypatch, broken)
    told = run("verify", "saddle", "zero-sum", "--jobs", 1, "--json", "results.json", "--report", "page.html")
    assert told.code == 1 and "Traceback" not in told.out + told.err
    assert "it broke <here> [bold]and[/bold]" in told.out
    results = json.loads((tmp_path / "results.json").read_text())
    assert results["claims"][0]["error"] == "ValueError: it broke <here> [bold]and[/bold]"
    assert "&lt;here&gt;" in (tmp_path / "page.html").read_text()


def test_verify_refuses_in_one_sentence(run):
    told = run("verify", "sadle")
    told.is_one_sentence("'sadle'; the nearest is 'saddle'")
    assert "discriminator" not in told.err  # the nearest one, not all of them
    run("verify", "sadle", "value", "mode colapse").is_one_sentence("'sadle'", "the nearest is 'Mode Collapse'")
    run("verify", "saddle", "--backend", "abacus").is_one_sentence("'abacus' is unknown", "'numpy'")
    run("verify", "saddle", "--seed", "-1").is_one_sentence("seed is a non-negative integer", "-1")
    run("verify", "saddle", "--jobs", "0").is_one_sentence("--jobs is at least 1, and was 0")
    run("verify", "nowhere.py").is_one_sentence("nowhere.py: there is no such file")
    assert run("verify", "saddle", "--seed", "one").code == 2
    assert run("verify", "saddle", "--jobs", "two").code == 2
    assert run("verify", "--no-such-option").code == 2


@pytest.mark.parametrize("option", ["--json", "--report"])
def test_a_result_that_cannot_be_written_is_one_sentence_before_the_run(run, tmp_path, monkeypatch, option):
    monkeypatch.setattr("minigan.claims.outcomes", lambda *args, **given: pytest.fail("the run had started"))
    (tmp_path / "a-file").write_text("keep me")
    (tmp_path / "a-folder").mkdir()
    run("verify", "saddle", option, "a-file/results").is_one_sentence(f"{option} a-file/results cannot be written")
    run("verify", "saddle", option, "a-folder").is_one_sentence(f"{option} a-folder", "is a folder")
    run("verify", "saddle", option, "/proc/nowhere/results").is_one_sentence("/proc/nowhere/results cannot be written")
    run("verify", "sadle", option, "a-file").is_one_sentence("'sadle'")
    run("verify", "saddle", option, "new", "--jobs", "0").is_one_sentence("--jobs")
    assert (tmp_path / "a-file").read_text() == "keep me"
    assert files_in(tmp_path) == ["a-file", "a-folder"]


OWN_CLAIMS = """
import os, time
from minigan.claims import Check, claim

WORDS = dict(section="own", heading="Own", statement="So it is.", latex="2 = 2")


@claim("text", **WORDS)
def text(run):
    yield Check("two and two", 4.0, "four", 0.0)


@claim("fine", **WORDS)
def fine(run):
    yield Check("two and two", 4.0, 2.0 + 2.0, 0.0)


def sleep(name):
    with open(f"{name}.pid", "w") as file:
        file.write(str(os.getpid()))
    os.rename(f"{name}.pid", f"{name}.sleeps")
    time.sleep(600.0)
    yield Check("awake", 1.0, 1.0, 0.0)


for name in ("one", "another"):
    claim(f"sleeps-{name}", **WORDS)(lambda run, name=name: sleep(name))
"""


@pytest.fixture
def own_claims(tmp_path, monkeypatch):
    monkeypatch.setattr("minigan.claims.registry.CLAIMS", dict(all_claims()))
    (tmp_path / "mine.py").write_text(OWN_CLAIMS)
    return tmp_path


@pytest.mark.parametrize("jobs", [1, 2])
def test_claims_of_ones_own_are_verified_whatever_one_of_them_yields(run, own_claims, jobs):
    told = run("verify", "mine.py:text", "mine.py:fine", "--jobs", jobs, "--json", "out.json", "--report", "out.html")
    assert told.code == 1 and told.err == "" and "1 of 2 claims verified, 1 checks" in told.out
    assert "TypeError: the check 'two and two' has no number as measured: 'four' (str)" in told.out
    results = json.loads((own_claims / "out.json").read_text())
    assert [(one["id"], one["verdict"], len(one["checks"])) for one in results["claims"]] == [
        ("text", "error", 0),
        ("fine", "verified", 1),
    ]
    assert "no number as measured" in (own_claims / "out.html").read_text()
    run("verify", "mine.py:fin").is_one_sentence("no claim of mine.py is called 'fin'; the nearest is 'fine'")


README = Path(__file__).parents[2] / "README.md"


def test_the_readmes_claim_is_verified_as_it_stands(run, own_claims):
    section = README.read_text().partition("## What is claimed")[2]
    name, text, command = re.search(
        r"```python\n# (\S+)\n(.*?)```\s+```bash\nminigan (.*?)\n```", section, re.DOTALL
    ).groups()
    assert text.count("\n") < 20
    (own_claims / name).write_text(text)
    told = run(*command.split())
    assert told.code == 0 and told.err == "" and "pinsker  verified" in told.out, told.err
    (own_claims / "wrong.py").write_text(text.replace('"pinsker"', '"wrong"').replace("0.5 * kl", "0.25 * kl"))
    told = run("verify", "wrong.py")  # of half of that the bound is none
    assert told.code == 1 and "wrong  refuted" in told.out


def test_the_registrys_claim_is_verified_as_it_stands(run, own_claims):
    block = re.search(r"\n\n(    from minigan.*?)\n\n(?![ \n])", registry.__doc__, re.DOTALL).group(1)
    text = textwrap.dedent(block) + "\n"
    assert len([line for line in text.splitlines() if line]) <= 10
    (own_claims / "even.py").write_text(text)
    told = run("verify", "even.py:two-is-even")
    assert told.code == 0 and "1 of 1 claims verified, 4 checks" in told.out, told.err
    (planted,) = select([str(own_claims / "even.py")])
    assert planted.latex == r"2 \bmod 2 = 0" and not all(check.holds for check in planted.check(Run(), base=3))


@pytest.fixture
def verifying(own_claims):
    """``verifying(jobs)`` starts the program on claims of which one is fine and two sleep; it is ended in the end."""
    programs = []

    def start(jobs):
        claims = ("mine.py:fine", "mine.py:sleeps-one", "mine.py:sleeps-another")
        started = subprocess.Popen(
            [*PROGRAM, "verify", *claims, "--jobs", str(jobs)],
            cwd=own_claims,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.default_int_handler),  # where tests run without it
        )
        programs.append(started)
        return started

    yield start
    for started in programs:
        started.kill()
        started.communicate()


def asleep(folder, *names):
    """The processes of the claims that sleep, once all of them do."""
    paths, deadline = [folder / f"{name}.sleeps" for name in names], time.monotonic() + 60.0
    while not all(path.exists() for path in paths) and time.monotonic() < deadline:
        time.sleep(0.05)
    return [int(path.read_text()) for path in paths]


def is_gone(pid, within=30.0):
    deadline = time.monotonic() + within
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


@pytest.mark.parametrize("jobs", [1, 2])
def test_ctrl_c_ends_verifying_at_once_with_one_line(own_claims, verifying, jobs):
    """As a program, with the signal that the terminal sends to it and to every process of its."""
    started = verifying(jobs)
    pids = asleep(own_claims, *("one", "another")[:jobs])
    os.killpg(started.pid, signal.SIGINT)
    out, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (130, "minigan: interrupted, 1 of 3 claims told\n"), out
    assert all(map(is_gone, pids))


def test_ctrl_c_ends_verifying_while_processes_start(verifying):
    started = verifying(2)
    assert started.stdout.readline().startswith("claim, and what was checked")
    os.killpg(started.pid, signal.SIGINT)
    _, err = started.communicate(timeout=60)
    assert (started.returncode, err) == (130, "minigan: interrupted, 0 of 3 claims told\n")


def test_no_process_outlives_the_program(own_claims, verifying):
    started = verifying(2)
    pids = asleep(own_claims, "one", "another")
    started.kill()
    assert all(map(is_gone, pids))


# -- backends ------------------------------------------------------------------------------------------------


def has_cupy():
    try:
        mg.backend.get("cupy")
    except RuntimeError:
        return False
    return True


@pytest.mark.parametrize("place", ["before the command", "after it", "in the environment"])
def test_asking_for_cupy_where_it_is_missing(run, monkeypatch, tmp_path, place):
    if place == "in the environment":
        (tmp_path / "hidden").mkdir()
        (tmp_path / "hidden" / "cupy.py").write_text("raise ImportError('no CuPy here')\n")
        told = program("verify", "saddle", MINIGAN_BACKEND="cupy", PYTHONPATH=str(tmp_path / "hidden"))
    else:
        monkeypatch.setitem(sys.modules, "cupy", None)  # as if it were not installed
        mg.backend.get.cache_clear()
        args = ("train", "ring", "--steps", 1)
        told = run("--backend", "cupy", *args) if place == "before the command" else run(*args, "--backend", "cupy")
        mg.backend.get.cache_clear()
    told.is_one_sentence("CuPy is not installed", 'pip install "cupy-cuda12x[ctk]>=14"', "--backend numpy")
    assert not (tmp_path / "runs").exists()


@pytest.mark.parametrize(
    "args", [("--backend", "strict", "verify", "saddle"), ("verify", "saddle", "--backend", "strict")]
)
def test_the_backend_may_stand_on_either_side(run, args):
    told = run(*args)
    assert told.code == 0 and "backend strict" in told.out


# -- figure --------------------------------------------------------------------------------------------------


def test_figures_are_listed_and_drawn_by_the_suffix(run, tmp_path):
    told = run("figure")
    assert told.code == 0 and told.err == ""
    for name in ("f-divergences", "gaussian-fits", "bound-tightening", "optimal-discriminator", "errata"):
        assert name in told.out
    for suffix, start in {"png": b"\x89PNG", "pdf": b"%PDF", "SVG": b"<?xml"}.items():
        told = run("figure", "optimal-discriminator", "-o", f"deep/folder/one.{suffix}")
        assert told.code == 0 and f"one.{suffix}" in told.out, told.err
        assert (tmp_path / "deep" / "folder" / f"one.{suffix}").read_bytes().startswith(start)


@pytest.mark.parametrize(
    "args, parts",
    [
        (("f-divergence", "-o", "one.png"), ["the nearest is 'f-divergences'", "'minigan figure' lists"]),
        (("zzzz", "-o", "one.png"), ["no figure is called 'zzzz'; 'minigan figure' lists them all"]),
        (("errata",), ["say where", "minigan figure errata -o errata.png"]),
        (("-o", "one.png"), ["say which figure", "--all"]),
        (("errata", "-o", "one.jpg"), [".png, .pdf or .svg", "'.jpg'"]),
        (("errata", "-o", "one"), [".png, .pdf or .svg", "it has none"]),
        (("errata", "-o", "folder.png"), ["folder.png is a folder: give the name of a file in it, or --all"]),
        (("--all",), ["in which folder", "minigan figure --all -o figures"]),
        (("--all", "-o", "all.png"), ["into a folder, and all.png is the name of a single picture"]),
        (("--all", "-o", "a-file"), ["into a folder, and a-file is a file"]),
        (("errata", "--all", "-o", "all"), ["leave errata away, or --all"]),
        (("errata", "-o", "a-file/one.png"), ["a-file"]),
        (("errata", "-o", "/proc/nowhere/one.png"), ["/proc/nowhere"]),
        (("errata", "-o", "one.png", "--backend", "abacus"), ["'abacus' is unknown"]),
    ],
)
def test_figure_refuses_in_one_sentence_and_writes_nothing(run, tmp_path, args, parts):
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "a-file").write_text("keep me")
    run("figure", *args).is_one_sentence(*parts)
    assert files_in(tmp_path) == ["a-file", "folder.png"] and files_in(tmp_path / "folder.png") == []
    assert (tmp_path / "a-file").read_text() == "keep me"


OWN_FIGURES = """
import matplotlib.pyplot as plt
from matplotlib.figure import Figure

def line(points=(0.0, 1.0, 4.0)):
    drawn = Figure()
    drawn.subplots().plot(points)
    return drawn

def by_pyplot():
    drawn, axes = plt.subplots()
    return drawn

def axes():
    return line().axes

def nothing():
    line()

def wrong():
    return 1 / 0

def wants(p, *, q, r=1, **rest):
    return line()

half = 0.5
"""


def test_a_figure_of_ones_own_is_drawn(run, tmp_path):
    (tmp_path / "mine.py").write_text(OWN_FIGURES)
    for name, suffix, start in (("line", "png", b"\x89PNG"), ("line", "svg", b"<?xml"), ("by_pyplot", "pdf", b"%PDF")):
        told = run("figure", f"mine.py:{name}", "-o", f"{name}.{suffix}")
        assert told.code == 0 and f"mine.py:{name} in {name}.{suffix}" in told.out, told.err
        assert (tmp_path / f"{name}.{suffix}").read_bytes().startswith(start)
    (tmp_path / "single.py").write_text("from mine import line\n\ndef only():\n    return line()\n")
    sys.path.insert(0, str(tmp_path))
    try:
        assert run("figure", "single.py", "-o", "only.png").code == 0  # its only function needs no name
    finally:
        sys.path.remove(str(tmp_path))


@pytest.mark.parametrize(
    "name, parts",
    [
        (":lines", ["mine.py has no figure called 'lines'; the nearest is 'line'"]),
        (":half", ["half of mine.py is no figure but a float"]),
        (":axes", ["axes of mine.py is to return a Matplotlib figure, and returned a list"]),
        (":nothing", ["and returned nothing"]),
        (":wrong", ["mine.py, line 21, failed to draw wrong: ZeroDivisionError: division by zero"]),
        (":wants", ["wants of mine.py is to draw without arguments, and wants p, q"]),
        ("", ["mine.py is to name one figure", "say which"]),
        ("x:line", ["no figure is called"]),
    ],
)
def test_mistakes_about_a_figure_of_ones_own(run, tmp_path, name, parts):
    (tmp_path / "mine.py").write_text(OWN_FIGURES)
    run("figure", f"mine.py{name}", "-o", "one.png").is_one_sentence(*parts)
    assert not (tmp_path / "one.png").exists()
    if name == ":line":
        run("figure", "mine.py:line").is_one_sentence("minigan figure mine.py:line -o line.png")


def test_all_figures_are_drawn_into_a_folder(run, tmp_path, monkeypatch):
    few = {name: figures.FIGURES[name] for name in ("optimal-discriminator", "errata")}
    monkeypatch.setattr(figures, "FIGURES", few)
    told = run("figure", "--all", "-o", "deep/all")
    assert told.code == 0 and told.out.count(" in deep/all/") == 2, told.err
    assert files_in(tmp_path / "deep" / "all") == ["errata.png", "optimal-discriminator.png"]
    one = (tmp_path / "deep" / "all" / "errata.png").read_bytes()
    assert one.startswith(b"\x89PNG") and run("figure", "errata", "-o", "one.png").code == 0
    assert (tmp_path / "one.png").read_bytes() == one
    (tmp_path / "taken" / "errata.png").mkdir(parents=True)
    run("figure", "--all", "-o", "taken").is_one_sentence("errata.png is a folder")


# -- the rest ------------------------------------------------------------------------------------------------


def test_info_tells_versions_and_backends(run):
    told = run("info")
    assert told.code == 0 and f"minigan {__version__}" in told.out
    assert f"numpy {np.__version__}" in told.out and "numpy: available" in told.out
    assert f"active backend: {mg.active().name}" in told.out
    assert has_cupy() or "cupy: backend 'cupy' was asked for" in told.out


def test_version_and_help(run):
    assert run("--version").out == f"minigan {__version__}\n"
    told = run("--help")
    assert told.code == 0 and all(word in told.out for word in ("verify", "train", "list", "info", "--backend"))
    for command in ("verify", "train", "list", "info"):
        assert run(command, "--help").code == 0
    assert run("fly").code == 2
