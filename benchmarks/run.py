"""Let the peers of each workload take turns, A B C A B C, one process a peer, and collect what they measured."""

from __future__ import annotations

import json
import math
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path

from . import importing
from .peers import TITLES, WORKLOADS, environment, machine, versions, workload
from .workload import Case, Missing, Settings, Workload

ROOT = Path(__file__).parents[1]
NO_TIME = "no time was left for it"


@dataclass(frozen=True)
class Plan:
    """What to run and how long: ``rounds`` turns a peer, each about ``turn`` seconds; no answer may take ``limit``. All
    end about ``until`` (of `time.monotonic`), each workload in an equal share of the time that is then left: who has not
    been built by the end of a share is missing, and who has takes at least one turn. With ``rows``, only cases whose
    names hold one of these words."""

    settings: Settings
    workloads: tuple[str, ...] = tuple(WORKLOADS)
    peers: tuple[str, ...] = tuple(TITLES)
    quick: bool = False
    rounds: int = 9
    turn: float = 0.5
    limit: float = 240.0
    until: float = math.inf
    rows: tuple[str, ...] = ()

    def cases(self, one: Workload) -> list[Case]:
        cases = one.chosen(self.quick)
        return [case for case in cases if not self.rows or any(word in case.name for word in self.rows)]


@dataclass
class Turns:
    """One peer's answers in one case: to ``open``, how many chunks make a turn, and to every ``time``."""

    opened: dict
    chunks: int
    taken: list[dict] = field(default_factory=list)


class Worker:
    """A peer's process; it is killed where an answer takes longer than ``limit`` seconds."""

    def __init__(self, peer: str, plan: Plan, env: dict[str, str]):
        self.limit = plan.limit
        settings = plan.settings
        arguments = [peer, "--backend", settings.backend, "--threads", str(settings.threads)]
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"{__package__}.worker", *arguments, *(["--quick"] if plan.quick else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=env,
            cwd=ROOT,
        )

    def ask(self, command: str, until: float = math.inf) -> dict:
        limit, late = min(self.limit, until - time.monotonic()), threading.Event()
        if limit <= 0:
            return {"missing": NO_TIME}

        def stop():
            late.set()
            self.process.kill()

        watch = threading.Timer(limit, stop)
        watch.start()
        try:
            print(command, file=self.process.stdin, flush=True)
            answer = self.process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        finally:
            watch.cancel()
        if answer:
            return json.loads(answer)
        if late.is_set() and limit < self.limit:
            return {"missing": NO_TIME}
        return {"failed": f"no answer within {self.limit:g} s" if late.is_set() else "the process died"}

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def close(self) -> None:
        self.process.kill()
        self.process.communicate()


def run(plan: Plan, say=print) -> dict:
    """Everything measured, as the JSON that `report` reads."""
    began = time.time()
    found = {
        "date": time.strftime("%Y-%m-%d", time.gmtime(began)),
        "machine": machine(),
        "versions": versions(),
        "backend": plan.settings.backend,
        "threads": plan.settings.threads,
        "quick": plan.quick,
        "notes": [],
        "results": [],
    }
    with tempfile.TemporaryDirectory() as scratch:
        workers = Workers(plan, environment(plan.settings, scratch))
        try:
            for i, id in enumerate(plan.workloads):
                one = workload(id)
                workers.until = share(plan.until, len(plan.workloads) - i)
                if not one.chosen(plan.quick):
                    found["notes"].append(f"{id} {one.title}: not in --quick")
                    continue
                if one.note:
                    found["notes"].append(f"{id} {one.title}: {one.note}")
                for row in fresh_processes(one, workers) if id == "W6" else taking_turns(one, workers):
                    found["results"].append(row)
                    say(line(row))
                if not (plan.quick or plan.settings.gpu):
                    workers.close()  # a heap that another workload has worn says nothing
        finally:
            workers.close()
    found["seconds"] = round(time.time() - began, 1)
    return found


def share(until: float, workloads: int) -> float:
    """When the next of so many ``workloads`` has to end, that all may end at ``until``."""
    now = time.monotonic()
    return now + (until - now) / workloads


class Workers:
    """The peers' processes, each started when first asked for, and again where it died."""

    def __init__(self, plan: Plan, env: dict[str, str]):
        self.plan, self.env, self.until, self.running = plan, env, plan.until, {}

    def __getitem__(self, peer: str) -> Worker:
        if peer not in self.running or not self.running[peer].alive:
            self.running[peer] = Worker(peer, self.plan, self.env)
        return self.running[peer]

    def close(self) -> None:
        while self.running:
            self.running.popitem()[1].close()


def taking_turns(one: Workload, workers: Workers):
    """The rows of a workload, case by case."""
    plan, peers = workers.plan, []
    for peer in plan.peers:
        build = one.contenders.get(peer)
        if isinstance(build, str):
            yield row(one, None, peer, missing=build)
        elif build:
            peers.append(peer)
    for case in plan.cases(one):
        yield from sorted(of_case(one, case, peers, workers), key=lambda row: plan.peers.index(row["peer"]))


def of_case(one: Workload, case: Case, peers: list[str], workers: Workers) -> list[dict]:
    """One row a peer: what it checked and measured, or why it could not."""
    plan, rows, ready, reference = workers.plan, [], {}, None
    for peer in peers:
        answer = workers[peer].ask(f"open {one.id} {case.name}", workers.until)
        numbers = answer.get("check")
        if numbers:
            reference = reference or (peer, numbers)
            unequal = differing(reference, numbers, case.tolerance)
            answer = {"failed": unequal} if unequal else answer
        if numbers is not None and "failed" not in answer:
            answer |= workers[peer].ask("time 2")
        if "times" in answer:
            ready[peer] = Turns(answer, max(int(plan.turn / (case.chunk * statistics.fmean(answer["times"]))), 1))
        else:
            rows.append(row(one, case, peer, **answer))
    for done in range(min(plan.rounds, one.rounds or plan.rounds)):
        if done and time.monotonic() > workers.until:
            break
        for peer, turns in list(ready.items()):
            answer = workers[peer].ask(f"time {min(turns.chunks, 2000)}")
            if "times" in answer:
                turns.taken.append(answer)
            else:
                rows.append(row(one, case, peer, **answer))
                del ready[peer]
    return rows + [row(one, case, peer, turns) for peer, turns in ready.items()]


def differing(reference: tuple[str, list[float]], numbers: list[float], tolerance: float) -> str:
    """A sentence where checked numbers are not those of the reference peer, else nothing."""
    peer, expected = reference
    if len(expected) != len(numbers):
        return f"unequal work: {len(numbers)} checked numbers, and {TITLES[peer]} has {len(expected)}"
    for i, (a, b) in enumerate(zip(numbers, expected)):
        if not abs(a - b) <= tolerance * max(1.0, abs(b)):
            return f"unequal work: checked number {i} is {a:.9g}, and {b:.9g} by {TITLES[peer]}"
    return ""


def row(one: Workload, case: Case | None, peer: str, turns: Turns | None = None, missing="", failed="", **rest) -> dict:
    """What the report needs of one peer in one case; times in seconds an iteration."""
    about = {"workload": one.id, "title": one.title, "case": case.name if case else None, "peer": peer}
    if turns is None:
        return about | ({"missing": missing} if missing else {"failed": failed or "no times"})
    times = sorted(time for turn in turns.taken for time in turn["times"])
    quarter = len(times) // 4
    return about | {
        "median": statistics.median(times),
        "minimum": times[0],
        "quartiles": [times[quarter], times[-1 - quarter]],
        "rounds": [statistics.median(turn["times"]) for turn in turns.taken],
        "chunks": len(times),
        "processor": middle(turn.get("processor") for turn in turns.taken),
        "share": middle(turn.get("share") for turn in turns.taken),
        "opened": turns.opened.get("seconds"),
        "losses": turns.opened.get("check", [])[-2:],
    }


def middle(values) -> float | None:
    present = [value for value in values if value is not None]
    return statistics.median(present) if present else None


def fresh_processes(one: Workload, workers: Workers) -> list[dict]:
    """W6: a new interpreter for every measurement; the first of each peer, with cold caches, is not counted."""
    plan, rows = workers.plan, []
    seconds = {peer: [] for peer in plan.peers if peer in one.contenders}
    for _ in range(min(plan.rounds, one.rounds or plan.rounds) + 1):
        for peer in list(seconds):
            try:
                seconds[peer].append(importing.measured(peer, workers.env, ROOT, plan.limit))
            except (Missing, RuntimeError, subprocess.TimeoutExpired) as error:
                word = "missing" if isinstance(error, Missing) else "failed"
                rows.append(row(one, None, peer, **{word: str(error)}))
                del seconds[peer]
    for case in one.cases:
        for peer, pairs in seconds.items():
            taken = [{"times": [pair[case.spec]]} for pair in pairs[1:]]
            rows.append(row(one, case, peer, Turns({}, 1, taken)))
    return rows


def line(row: dict) -> str:
    """One row as a line to watch a run by."""
    name = " ".join(word for word in (row["workload"], row["title"], row["case"]) if word)
    head = f"{name:28} {TITLES[row['peer']]:18}"
    if "median" not in row:
        word = "missing" if "missing" in row else "FAILED"
        return f"{head} {word}: {row.get('missing', row.get('failed'))}"
    low, high = row["quartiles"]
    opened = f"  ready in {row['opened']:5.1f} s" if row["opened"] else ""
    cpu = f"  {row['share']:4.2f} processors" if row["share"] else ""
    times = (
        f"{1e3 * row['median']:9.3f} ms  (min {1e3 * row['minimum']:.3f}, half in {1e3 * low:.3f} .. {1e3 * high:.3f})"
    )
    return f"{head} {times}{cpu}{opened}"
