"""Plant mistakes in one room of the package and see which of them its tests let through.

    python tests/mutation.py optim                        every mistake that mutmut knows
    python tests/mutation.py optim --sample 200 --seed 0  as many of them, drawn uniformly

mutmut plants them in a copy of the tree, `mutants/ROOM`, and runs the room's tests that reach each (`[mutmut]` and
`[mutation:rooms]` in setup.cfg). It leaves decorated functions alone, so in the copy ``@decorator def f`` is written
``f = decorator(f)``; and what stands outside of functions, such as a table of lambdas, stays as it is. Texts are not
mutated. Survivors are printed with what was changed; those in `mutation_equivalents.txt` are no mistakes.
"""

from __future__ import annotations

import argparse
import ast
import configparser
import json
import os
import random
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
EQUIVALENTS = ROOT / "tests" / "mutation_equivalents.txt"
PRELOADED = "numpy scipy.integrate scipy.optimize scipy.special scipy.stats hypothesis autograd mpmath matplotlib.pyplot"


def copied(room: str, rooms: configparser.SectionProxy, anew: bool) -> Path:
    """A copy of the tracked tree whose setup.cfg names ``room`` and its tests; unless ``anew``, what was found stays."""
    copy = ROOT / "mutants" / room
    if anew:
        shutil.rmtree(copy, ignore_errors=True)
    for name in subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines():
        if (ROOT / name).exists():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, copy / name)
    config = configparser.ConfigParser(interpolation=None)
    config.read(copy / "setup.cfg")
    config["mutmut"]["only_mutate"] = f"minigan/{room}/*.py"
    config["mutmut"]["preload_modules_file"] = "preloaded"
    (copy / "preloaded").write_text("\n".join(PRELOADED.split()))
    config["mutmut"]["pytest_add_cli_args_test_selection"] = "\n" + "\n".join(rooms[room].split())
    with open(copy / "setup.cfg", "w") as file:
        config.write(file)
    for path in (copy / "minigan" / room).glob("*.py"):
        path.write_text(undecorated(path.read_text()))
    return copy


def undecorated(source: str) -> str:
    """``source`` with every top-level ``@decorator def f`` written as ``f = decorator(f)``, line by line the same.

    >>> print(undecorated("@cache\\ndef f(x):\\n    return x"))
    <BLANKLINE>
    def f(x):
        return x
    f = cache(f)
    """
    lines = source.splitlines()
    for node in reversed(ast.parse(source).body):
        if isinstance(node, ast.FunctionDef) and node.decorator_list:
            applied = node.name
            for decorator in reversed(node.decorator_list):
                applied = f"{ast.unparse(decorator)}({applied})"
                lines[decorator.lineno - 1 : decorator.end_lineno] = [""] * (decorator.end_lineno - decorator.lineno + 1)
            lines.insert(node.end_lineno, f"{node.name} = {applied}")
    return "\n".join(lines) + "\n"


def without_texts() -> None:
    """From here on mutmut changes no string: names and the wording of messages."""
    from mutmut.mutation import mutators

    mutators.mutation_operators[:] = [one for one in mutators.mutation_operators if one[1] is not mutators.operator_string]


def names(copy: Path, room: str) -> list[str]:
    """The names of all mutants of ``room``."""
    without_texts()
    from mutmut.mutation.file_mutation import mutate_file_contents  # of an extra of its own: only needed to run this
    from mutmut.utils.format_utils import get_mutant_name

    os.chdir(copy)  # where mutmut reads its configuration
    files = sorted(Path("minigan", room).glob("*.py"))
    return [
        get_mutant_name(path, name)
        for path in files
        for name in mutate_file_contents(str(path), path.read_text()).mutant_names
    ]


def statuses(copy: Path) -> dict[str, str]:
    """What became of every mutant that was run."""
    from mutmut.stats import status_by_exit_code

    found = {}
    for path in copy.glob("mutants/minigan/**/*.meta"):
        for name, code in json.loads(path.read_text())["exit_code_by_key"].items():
            if code is not None:
                # pytest's 2: the tests could not even be imported
                found[name] = "killed" if code == 2 else status_by_exit_code[code]
    return found


def change(name: str) -> str:
    """What ``name`` changed: the lines of its diff that begin with - and +; in the folder of the copy."""
    from mutmut.mutation.diff_apply import get_diff_for_mutant

    shown = get_diff_for_mutant(name).splitlines()
    return "\n".join(line for line in shown if line[:1] in "-+" and line[:3] not in ("---", "+++"))


def equivalents() -> set[tuple[str, ...]]:
    """The changes named equivalent, without indentation: the indented lines of `mutation_equivalents.txt`."""
    blocks = EQUIVALENTS.read_text().split("\n\n") if EQUIVALENTS.exists() else []
    return {_bare(line[4:] for line in block.splitlines() if line.startswith("    ")) for block in blocks}


def _bare(lines) -> tuple[str, ...]:
    return tuple(line[0] + line[1:].strip() for line in lines if line)


def main() -> None:
    if sys.argv[1:2] == ["--mutmut"]:
        from mutmut.__main__ import cli

        without_texts()
        return cli(sys.argv[2:])
    config = configparser.ConfigParser(interpolation=None)
    config.read(ROOT / "setup.cfg")
    rooms = config["mutation:rooms"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("room", choices=sorted(rooms))
    parser.add_argument("--sample", type=int, help="how many mutants to draw (default: all of them)")
    parser.add_argument("--seed", type=int, default=0, help="of the drawing (default: 0)")
    parser.add_argument("--only", nargs="*", help="these mutants once more, by their names")
    parser.add_argument("--report", action="store_true", help="say once more how the last run ended")
    asked = parser.parse_args()

    copy = ROOT / "mutants" / asked.room
    if not asked.report:
        copy = copied(asked.room, rooms, anew=not asked.only)
        every = names(copy, asked.room)
        drawn = random.Random(asked.seed).sample(every, asked.sample) if asked.sample else every
        drawn = asked.only or drawn
        print(f"{asked.room}: {len(drawn)} of {len(every)} mutants, seed {asked.seed}", flush=True)
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"}
        with open(copy / "mutmut.log", "w") as log:
            command = [sys.executable, __file__, "--mutmut", "run", "--max-children", "1", *drawn]
            subprocess.run(command, cwd=copy, env=environment, stdout=log, stderr=log)

    os.chdir(copy)
    found, known = statuses(copy), equivalents()
    through = {name: change(name) for name, status in sorted(found.items()) if status in ("survived", "no tests")}
    named = {name for name, lines in through.items() if _bare(lines.splitlines()) in known}
    for name, lines in through.items():
        if name not in named:
            print(f"\n{name}  ({found[name]})\n{lines}")
    print(*("\ntimed out:", *late) if (late := [name for name, status in found.items() if status == "timeout"]) else ())
    counts = Counter(found.values())
    decided = len(found) - counts["timeout"] - len(named)  # a timeout is an endless loop, or a busy machine
    print(f"\n{asked.room}: {len(found)} run, {dict(counts)}; {len(named)} of the survivors equivalent;", end=" ")
    print(f"caught {100 * counts['killed'] / max(decided, 1):.1f} % of {decided} that are decided and are mistakes")


if __name__ == "__main__":
    main()
