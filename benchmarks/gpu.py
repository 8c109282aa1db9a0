"""``benchmarks/on_gpu.sh``: what is to be known of minigan on a GPU, in at most eight minutes, as JSON and as a table.

1. ``pytest tests/gpu``;
2. `digits` and W3's DCGAN trained by ``--backend cupy``, compiled and eager, and their losses beside NumPy's, step by step
   from the same numbers (`losses`); then ``minigan train digits --backend cupy``, whose draws are the GPU's own;
3. W1 to W5 by minigan, eager and compiled, PyTorch and JAX, with the time that is left (`run`; every peer waits for the
   device at both ends of a chunk, and computes in full float32).

Without a GPU the tests are skipped, and 2 and 3 take a few small steps on NumPy, to try the script itself; the table says
so. What is missing, or found no time, is named with the reason. The files are written after every step, so that whatever
ends the command early leaves what it found. The exit status is 1 if a test, a comparison or a peer failed.
"""

from __future__ import annotations

import argparse
import json
import math
import signal
import subprocess
import sys
import tempfile
import time
import xml.etree.ElementTree
from dataclasses import dataclass
from pathlib import Path

from .gpu_report import compared, markdown, tested
from .losses import TOLERANCE, TRAININGS, difference
from .peers import environment, machine, versions
from .present import present
from .run import NO_TIME, ROOT, Plan, run
from .workload import Settings

RESULTS = Path(__file__).parent / "results"
WORKLOADS = ("W1", "W2", "W3", "W4", "W5")
OURS = ("minigan", "minigan-compiled")
# the first is the one whose losses the others must have; who compiles longest comes last, when the others have been built
PEERS = ("torch", *OURS, "torch-tuned", "jax", "torch-compile")


@dataclass(frozen=True)
class Clock:
    """Seconds that are left until ``end`` (of `time.monotonic`)."""

    end: float

    def left(self, most: float = math.inf, reserve: float = 0.0) -> float:
        """At most ``most``, and ``reserve`` less than there are."""
        return min(most, self.end - time.monotonic() - reserve)


# -- 1. tests --------------------------------------------------------------------------------------------------


def tests(place: Path, backend: str, limit: float) -> dict:
    """Run pytest over ``place``; after ``limit`` seconds it is interrupted, and what it had judged by then counts."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        log, told = Path(scratch, "log"), Path(scratch, "junit.xml")
        # setup.cfg's own options ask for notebooks as well
        options = ["-q", "-o", "addopts=", "--import-mode=importlib", "-p", "no:cacheprovider", f"--junitxml={told}"]
        command = [sys.executable, "-m", "pytest", *options, "--backend", backend, str(place)]
        with log.open("w") as out:
            process = subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)
            stopped = not ended(process, limit)
        if not told.is_file():
            last = (log.read_text().strip().splitlines() or ["it said nothing"])[-1]
            why = f"no answer within {limit:.0f} s" if stopped else f"pytest ended without a report: {last}"
            return {"error": why}
        found = judged(told, stopped)
    return found | {"seconds": round(time.monotonic() - began, 1)}


def ended(process: subprocess.Popen, limit: float) -> bool:
    """Whether it ended by itself; else it is interrupted, and killed where that does not help."""
    for patience, send in ((limit, signal.SIGINT), (10.0, signal.SIGKILL)):
        try:
            process.wait(patience)
            return send == signal.SIGINT
        except subprocess.TimeoutExpired:
            process.send_signal(send)
    process.wait()
    return False


def judged(path: Path, stopped: bool = False) -> dict:
    """How many tests passed, failed and were skipped, and what the failures and the reasons were, of a JUnit file, and
    the last of them where pytest was ``stopped``: the test that it was in has no verdict, and no name there."""
    found = {"passed": 0, "failed": 0, "skipped": 0, "failures": [], "reasons": [], "stopped": ""}
    cases = [case for case in xml.etree.ElementTree.parse(path).iter("testcase") if case.get("name")]
    if stopped:
        found["stopped"] = cases[-1].get("name") if cases else "collecting"
    for case in cases:
        verdict = next((x for x in case if x.tag in ("failure", "error", "skipped")), None)
        if verdict is None:
            found["passed"] += 1
            continue
        message = (verdict.get("message") or verdict.text or "").strip().partition("\n")[0][:300]
        if verdict.tag == "skipped":
            found["skipped"] += 1
            if message not in found["reasons"]:
                found["reasons"].append(message)
        else:
            found["failed"] += 1
            found["failures"].append({"test": f"{case.get('classname')}::{case.get('name')}", "message": message})
    return found


# -- 2. training -----------------------------------------------------------------------------------------------


def losses(training: str, backend: str, compiled: bool, small: bool, limit: float) -> dict:
    """The answer of `benchmarks.losses`, in a process of its own."""
    if limit <= 0:
        return {"missing": NO_TIME}
    command = [sys.executable, "-m", f"{__package__}.losses", training, "--backend", backend]
    command += [] if compiled else ["--eager"]
    command += ["--small"] if small else []
    try:
        with tempfile.TemporaryDirectory() as scratch:
            env = environment(Settings(backend), scratch)
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=limit)
        return json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"failed": f"no answer within {limit:.0f} s"}
    except ValueError:
        return {"failed": (done.stderr.strip().splitlines() or ["the process died"])[-1]}


def training(name: str, backend: str, small: bool, clock: Clock) -> list[dict]:
    """One row for the compiled and one for the eager run on ``backend``, each beside NumPy's compiled one."""
    reference = losses(name, "numpy", True, small, clock.left(45, reserve=60))
    rows = []
    for compiled in (True, False) if backend != "numpy" else (False,):
        row = {"training": name, "by": f"{backend}, {'compiled' if compiled else 'eager'}"}
        found = reference
        if "losses" in reference:
            found = losses(name, backend, compiled, small, clock.left(45, reserve=60))
        if "losses" in found:
            far = difference(found["losses"], reference["losses"])
            found["reference"], found["reference_seconds"] = reference["losses"], reference["seconds"]
            found["difference"] = far if far < math.inf else None  # infinity is no number of JSON's
            found["tolerance"], found["agrees"] = TOLERANCE, far <= TOLERANCE
        rows.append(row | found)
    return rows


def command_line(backend: str, steps: int, limit: float) -> dict:
    """``minigan train digits``: its last losses, which are of other draws on each backend, and whether it ended well."""
    row, began = {"by": f"minigan train digits --backend {backend} --steps {steps}"}, time.monotonic()
    if limit <= 0:
        return row | {"missing": NO_TIME}
    with tempfile.TemporaryDirectory() as scratch:
        command = [sys.executable, "-c", "from minigan.cli import main; main()", "train", "digits"]
        command += ["--backend", backend, "--steps", str(steps), "--out", f"{scratch}/run"]
        env = environment(Settings(backend), scratch)
        try:
            done = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=limit)
            metrics = json.loads(Path(scratch, "run", "metrics.json").read_text())
        except subprocess.TimeoutExpired:
            return row | {"failed": f"no answer within {limit:.0f} s"}
        except (OSError, ValueError):
            return row | {"failed": ((done.stderr or done.stdout).strip().splitlines() or ["it said nothing"])[-1]}
    if done.returncode or metrics["status"] != "done":
        return row | {"failed": f"exit status {done.returncode}, and the run is called {metrics['status']}"}
    kept = {key: metrics[key] for key in ("discriminator_loss", "generator_loss", "frechet_distance")}
    return row | kept | {"seconds": round(time.monotonic() - began, 1)}


# -- 3. times --------------------------------------------------------------------------------------------------


def times(backend: str, small: bool, clock: Clock, say) -> dict:
    """What `run` measures; no answer may take 40 seconds, which is for peers that compile."""
    until = time.monotonic() + clock.left(reserve=5)
    if small:
        return run(Plan(Settings(backend), ("W2",), OURS, True, rounds=2, turn=0.01, limit=40.0, until=until), say)
    return run(Plan(Settings(backend), WORKLOADS, PEERS, rounds=5, turn=0.1, limit=40.0, until=until), say)


# -- all of it -------------------------------------------------------------------------------------------------


def everything(clock: Clock, keep, say=print) -> dict:
    """All steps, one after the other; ``keep(found)`` is called after each."""
    began, here = time.monotonic(), present()
    small = here["gpu"] is None
    backend = "numpy" if small else "cupy"
    found = {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": machine(),
        "versions": versions(),
        "gpu": here["gpu"],
        "backend": backend,
        "small": small,
        "tests": None,
        "training": [],
        "command": [],
        "times": None,
        "skipped": [],
    }

    def done():
        found["seconds"] = round(time.monotonic() - began, 1)
        keep(found)

    def skip(what: str, why: str):
        found["skipped"].append({"what": what, "why": why})
        say(f"skipped: {what}: {why}")

    def lacking(*names) -> str:
        return "; ".join(here["missing"][name] for name in names if name in here["missing"])

    if small:
        skip("the GPU", f"{here['no gpu']}; training and times below are a few small steps on NumPy")

    why = here["no gpu"] if small else lacking("pytest", "hypothesis", "typer")
    if why:
        skip("pytest tests/gpu", why)
    else:
        found["tests"] = tests(Path("tests/gpu"), backend, clock.left(180, reserve=150))
        say(f"pytest tests/gpu: {tested(found['tests'])}")
    done()

    for name in TRAININGS:
        for row in training(name, backend, small, clock):
            if "missing" in row:
                skip(f"training {name} by {row['by']}", row["missing"])
            else:
                found["training"].append(row)
                say(f"training {name} by {row['by']}: {compared(row)}")
        done()

    why = lacking("typer", "rich", "sklearn", "safetensors")
    for one in dict.fromkeys((backend, "numpy")):
        if not why:
            row = command_line(one, 3 if small else 200, clock.left(45, reserve=60))
            if "missing" not in row:
                found["command"].append(row)
                say(f"{row['by']}: {row.get('failed', 'done')}")
                continue
        skip(f"minigan train digits --backend {one}", why or row["missing"])
    done()

    if small:
        skip("times of W1, W3, W4 and W5, and those of PyTorch and JAX", here["no gpu"])
    found["times"] = times(backend, small, clock, say)
    done()
    return found


def wrong(found: dict) -> list[str]:
    """A sentence for whatever failed; none where all that could be tried went well."""
    said, rows = [], (found["times"] or {}).get("results", [])
    if found["tests"] and (found["tests"].get("failed") or "error" in found["tests"]):
        said.append(f"pytest tests/gpu: {tested(found['tests'])}")
    for row in found["training"]:
        if row.get("agrees") is not True:
            said.append(f"training {row['training']} by {row['by']}: {compared(row)}")
    said += [f"{row['by']}: {row['failed']}" for row in found["command"] if "failed" in row]
    return said + [f"{row['workload']} by {row['peer']}: {row['failed']}" for row in rows if "failed" in row]


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="benchmarks/on_gpu.sh", description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=455.0, help="for all steps together (default 455)")
    parser.add_argument(
        "--json", type=Path, help="where the results go (default benchmarks/results/); .md is beside it"
    )
    options = parser.parse_args(arguments)
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job ignores it, and so would pytest
    clock, written = Clock(time.monotonic() + options.seconds), []

    def keep(found: dict):
        path = options.json or RESULTS / ("without_gpu.json" if found["small"] else "on_gpu.json")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(found, indent=1) + "\n")
        path.with_suffix(".md").write_text(markdown(found) + "\n")
        written[:] = [path, path.with_suffix(".md")]

    found = everything(clock, keep, lambda text: print(text, flush=True))
    print("\n" + markdown(found) + "\n")
    print(f"written: {', '.join(map(str, written))}, in {found['seconds']:.0f} s")
    failures = wrong(found)
    print("\n".join(f"FAILED: {text}" for text in failures) or "nothing that could be tried here failed")
    return bool(failures)


if __name__ == "__main__":
    sys.exit(main())
