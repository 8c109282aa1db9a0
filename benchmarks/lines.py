"""``python -m benchmarks.lines W5 kl``: where a compiled workload spends its time, line by line of what was written.

Every line of the compiled function is timed by itself, in passes over the workload as `python -m benchmarks` times them;
what is printed is the least of many passes, how often the line runs in one, and its share. Reading a clock costs some 0.1
microseconds a line, which a function of a hundred small operations feels: shares, not totals, are what it is for.
"""

from __future__ import annotations

import argparse
import ast
import os
import sys
import time
from dataclasses import dataclass, field
from functools import cached_property

from minigan.compiler.modules import Module

from .peers import WORKLOADS, environment, workload
from .workload import Settings

CLOCK, SPENT, BEGAN = "_clock", "_spent", "_began"


@dataclass
class Lines:
    """The lines of all compiled functions since `watched`, the seconds that each took in this pass, and how often."""

    texts: list[str] = field(default_factory=list)
    spent: list[float] = field(default_factory=list)
    least: list[float] = field(default_factory=list)
    often: list[int] = field(default_factory=list)

    def number(self, text: str) -> int:
        self.texts.append(text)
        for numbers, first in ((self.spent, 0.0), (self.least, float("inf")), (self.often, 0)):
            numbers.append(first)
        return len(self.texts) - 1

    def took(self, line: int, seconds: float) -> None:
        self.spent[line] += seconds
        self.often[line] += 1

    def next_pass(self) -> None:
        self.least = [min(least, spent) for least, spent in zip(self.least, self.spent)]
        self.spent = [0.0] * len(self.spent)

    def table(self, passes: int, count: int) -> str:
        """The ``count`` lines that take longest, in their order, and the rest as one."""
        total = sum(self.least)
        longest = sorted(range(len(self.texts)), key=lambda i: -self.least[i])[:count]
        rows = [f"{'us':>10} {'share':>6} {'times':>6}  line"]
        for i in sorted(longest):
            times = f"{self.least[i] * 1e6:10.1f} {self.least[i] / total:6.1%} {self.often[i] / passes:6g}"
            rows.append(f"{times}  {self.texts[i]}")
        rest = total - sum(self.least[i] for i in longest)
        rows.append(f"{rest * 1e6:10.1f} {rest / total:6.1%} {'':6}  the other {len(self.texts) - len(longest)} lines")
        return "\n".join([*rows, f"{total * 1e6:10.1f}         {'':6}  all lines"])


class _Timed(ast.NodeTransformer):
    """Every simple statement of a function between two readings of a clock."""

    def __init__(self, lines: Lines):
        self.lines = lines

    def visit_FunctionDef(self, node):
        return self._inside(node, "")

    def _inside(self, node, indent):
        body = []
        for statement in node.body:
            if isinstance(statement, ast.For | ast.With | ast.FunctionDef):
                body.append(self._inside(statement, indent + "    "))
            else:
                body += self._between(statement, indent)
        node.body = body
        return node

    def _between(self, statement, indent):
        line = self.lines.number(indent + ast.unparse(statement))
        end = f"{SPENT}({line}, {CLOCK}() - {BEGAN})"
        if isinstance(statement, ast.Return):
            result = ast.Assign([ast.Name("_result", ast.Store())], statement.value)
            last = [ast.Return(ast.Name("_result", ast.Load()))]
            return [*ast.parse(f"{BEGAN} = {CLOCK}()").body, result, *ast.parse(end).body, *last]
        return [*ast.parse(f"{BEGAN} = {CLOCK}()").body, statement, *ast.parse(end).body]


def watched(lines: Lines) -> None:
    """From here on, whatever is compiled for NumPy notes in ``lines`` what its lines take."""

    def code(module):
        tree = ast.parse("\n".join([*module.definitions, module.body]))
        tree.body = [_Timed(lines).visit(node) if getattr(node, "name", "") == module.function else node
                     for node in tree.body]  # fmt: skip
        clock = ast.parse(f"from time import perf_counter as {CLOCK}").body
        tree = ast.fix_missing_locations(ast.Module([*clock, *tree.body], []))
        texts = module.header, "\n".join(module.memory), tree
        return [compile(text, f"<minigan.compile {module.function}>", "exec") for text in texts]

    Module._code = cached_property(code)
    Module._code.__set_name__(Module, "_code")
    load = Module.load

    def loaded(module, moved=None):
        function = load(module, moved)
        function.__globals__[SPENT] = lines.took
        return function

    Module.load = loaded


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("workload", choices=list(WORKLOADS))
    parser.add_argument("case", nargs="?", help="one of the workload's cases (default: its first)")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=5.0, help="how long to watch (default 5)")
    parser.add_argument("--lines", type=int, default=40, help="how many lines to print (default 40)")
    options = parser.parse_args()
    found = workload(options.workload)
    cases = {case.name: case for case in found.cases}
    if options.case is not None and options.case not in cases:
        parser.error(f"{options.workload} has the cases {', '.join(cases)}, and not {options.case!r}")
    case = cases[options.case or next(iter(cases))]
    settings = Settings(threads=options.threads)
    wanted = environment(settings, "")
    if os.environ.get("MINIGAN_THREADS") != wanted["MINIGAN_THREADS"]:  # BLAS reads its threads when NumPy is imported
        os.execve(sys.executable, [sys.executable, "-m", f"{__package__}.lines", *sys.argv[1:]], wanted)
    lines = Lines()
    watched(lines)
    contender = found.contenders["minigan-compiled"](case.spec, settings)
    for _ in range(3):  # the first of them compiles
        contender.iterate()
    lines.next_pass()
    lines.least, lines.often = [float("inf")] * len(lines.texts), [0] * len(lines.texts)
    passes, end = 0, time.perf_counter() + options.seconds
    while passes < 20 or time.perf_counter() < end:
        contender.iterate()
        lines.next_pass()
        passes += 1
    print(f"{found.id} {case.name}, threads: {options.threads}, the least of {passes} passes")
    print(lines.table(passes, options.lines))


if __name__ == "__main__":
    main()
