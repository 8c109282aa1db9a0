"""What a run measured, as Markdown and as a picture.

``python -m benchmarks.report [RESULTS.json ...]`` prints the tables; with ``--write README.md`` they replace what stands
there between ``<!-- benchmarks: python -m benchmarks.report -->`` and ``<!-- end of benchmarks -->``.
"""

from __future__ import annotations

import argparse
import json
import statistics
from pathlib import Path

from . import elementwise_report
from .peers import TITLES

RESULTS = Path(__file__).parent / "results"
BEGIN, END = "<!-- benchmarks: python -m benchmarks.report -->", "<!-- end of benchmarks -->"


def measured(found: dict) -> dict[tuple[str, str, str], dict]:
    """The rows that have times, by workload, case and peer."""
    rows = (row for row in found["results"] if "median" in row)
    return {(row["workload"], row["case"], row["peer"]): row for row in rows}


def columns(found: dict) -> dict[str, list[tuple[str, str]]]:
    """The columns of the main table and the (workload, case) pairs whose times each adds up: W5's rows are one column,
    W7 and W8 have tables of their own."""
    grouped: dict[str, list[tuple[str, str]]] = {}
    for row in found["results"]:
        if row["case"] is None or row["workload"] in ("W7", "W8"):
            continue
        case = "five rows" if row["workload"] == "W5" else row["case"]
        heading = f"{row['workload']} {row['title']}" + (f" ({case})" if case else "")
        pairs = grouped.setdefault(heading, [])
        if (row["workload"], row["case"]) not in pairs:
            pairs.append((row["workload"], row["case"]))
    return grouped


def total(rows: dict, pairs: list[tuple[str, str]], peer: str, key: str = "median") -> float | None:
    """The sum of ``key`` over cases, if the peer has all of them."""
    found = [rows.get((*pair, peer), {}).get(key) for pair in pairs]
    return None if None in found else sum(found)


def ratio(rows: dict, pairs: list[tuple[str, str]], peer: str, base: str) -> float | None:
    """The median over rounds of peer's time over base's in the same round: what disturbs a round disturbs both."""
    if total(rows, pairs, peer) is None or total(rows, pairs, base) is None:
        return None

    def rounds(who):
        return [sum(times) for times in zip(*(rows[*pair, who]["rounds"] for pair in pairs))]

    return statistics.median(a / b for a, b in zip(rounds(peer), rounds(base)))


def baseline(rows: dict, pairs: list[tuple[str, str]]) -> str | None:
    """The peer that a column's ratios are to: compiled minigan where it ran, else eager minigan, else nobody."""
    present = (peer for peer in ("minigan-compiled", "minigan") if total(rows, pairs, peer) is not None)
    return next(present, None)


def milliseconds(seconds: float | None) -> str:
    if seconds is None:
        return ""
    return f"{1e3 * seconds:.3g}" if seconds < 1.0 else f"{1e3 * seconds:.0f}"


def markdown(found: dict) -> str:
    """The tables of one run."""
    rows, grouped = measured(found), columns(found)
    parts = [heading(found)]
    if grouped:
        parts.append(table(grouped, lambda pairs, peer: wall(rows, pairs, peer)))
    shares = [row["share"] / found["threads"] for row in rows.values() if row["share"]]
    waits = found["backend"].startswith("cupy")  # for the device, which is no sign of a busy machine
    if grouped and shares and statistics.median(shares) < 0.9 and found["threads"] == 1 and not waits:
        parts.append(
            f"The machine was busy, and the median peer had {statistics.median(shares):.2f} of a processor: trust the "
            "minima, and these processor milliseconds an iteration, in which waiting for a turn does not count:"
        )
        parts.append(table(grouped, lambda pairs, peer: processor(rows, pairs, peer)))
    parts += scaling_tables(rows) + elementwise_report.tables(rows)
    said = [f"- {text}" for text in (*absences(found), *readiness(rows))]
    return "\n\n".join([*parts, "\n".join(said)] if said else parts)


def heading(found: dict) -> str:
    machine = found["machine"]
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    threads = "one thread" if found["threads"] == 1 else f"{found['threads']} threads"
    vectors = "with AVX-512" if machine["avx512"] else "without AVX-512"
    return (
        "Milliseconds an iteration, median / minimum; in brackets how many times as long as minigan compiled, or eager "
        f"where that is missing. {found['date']}, {machine['processor']} {vectors}, "
        f"{machine['processors']} processors, {threads} a peer, backend {found['backend']}, load {machine['load']} at the "
        f"start{', quick' if found['quick'] else ''}. {versions}."
    )


def table(grouped: dict[str, list[tuple[str, str]]], cell) -> str:
    """A row a peer, a column a workload; peers with nothing to say are left out."""
    lines = [f"| | {' | '.join(grouped)} |", "|---" * (len(grouped) + 1) + "|"]
    for peer in TITLES:
        cells = [cell(pairs, peer) or "-" for pairs in grouped.values()]
        if set(cells) != {"-"}:
            lines.append(f"| {TITLES[peer]} | {' | '.join(cells)} |")
    return "\n".join(lines)


def wall(rows: dict, pairs: list[tuple[str, str]], peer: str) -> str:
    median, base = total(rows, pairs, peer), baseline(rows, pairs)
    if median is None:
        return ""
    text = f"{milliseconds(median)} / {milliseconds(total(rows, pairs, peer, 'minimum'))}"
    return text if base in (None, peer) else f"{text} ({ratio(rows, pairs, peer, base):.2f})"


def processor(rows: dict, pairs: list[tuple[str, str]], peer: str) -> str:
    mine, base = total(rows, pairs, peer, "processor"), baseline(rows, pairs)
    text = milliseconds(mine)
    return (
        text if mine is None or base in (None, peer) else f"{text} ({mine / total(rows, pairs, base, 'processor'):.2f})"
    )


def readiness(rows: dict) -> list[str]:
    """How long whatever compiles took to its first iteration."""
    said = []
    for peer in ("minigan-compiled", "torch-compile", "jax"):
        trained = (row for key, row in rows.items() if key[2] == peer and key[0] not in ("W7", "W8"))
        seconds = [row["opened"] for row in trained if row["opened"]]
        if seconds:
            said.append(f"{TITLES[peer]}: at most {max(seconds):.1f} s a case to build, compile and check")
    return said


def scaling(rows: dict) -> dict[str, list[str]]:
    """The axes of W7, each with its cases: ``{"batch": ["batch 32", ...], ...}``."""
    axes: dict[str, list[str]] = {}
    for id, case, _ in rows:
        if id == "W7" and case not in axes.setdefault(case.split()[0], []):
            axes[case.split()[0]].append(case)
    return axes


def scaling_tables(rows: dict) -> list[str]:
    """W7: one table an axis, medians in milliseconds."""
    found = []
    for axis, cases in scaling(rows).items():
        grouped = {case.removeprefix(axis + " "): [("W7", case)] for case in cases}
        found.append(f"W7, {axis}:\n\n{table(grouped, lambda pairs, peer: milliseconds(total(rows, pairs, peer)))}")
    return found


def absences(found: dict) -> list[str]:
    """Who is missing where and why, each reason once; nothing is left out silently."""
    where: dict[tuple[str, str], dict[str, None]] = {}
    for row in found["results"]:
        if "median" not in row:
            reason = f"missing: {row['missing']}" if "missing" in row else f"FAILED: {row['failed']}"
            case = (row["case"] or "").removesuffix(" float32").removesuffix(" float64")  # missing in both, mostly
            where.setdefault((TITLES[row["peer"]], reason), {})[f"{row['workload']} {case}".strip()] = None
    texts = [f"{peer} ({', '.join(names)}) {reason}" for (peer, reason), names in where.items()]
    return texts + found["notes"]


def draw(found: dict, path: Path) -> list[Path]:
    """The pictures of a run, at ``path`` and beside it: bars of ratios to minigan, W7's lines. Returns their paths."""
    from matplotlib.figure import Figure

    rows, drawn = measured(found), []
    grouped = {name: pairs for name, pairs in columns(found).items() if baseline(rows, pairs)}
    axes = scaling(rows)
    if grouped:
        figure = Figure(figsize=(1.7 * len(grouped) + 2.5, 4.2), layout="constrained")
        bars(figure.subplots(), rows, grouped)
        figure.savefig(path, dpi=150)
        drawn.append(path)
    if axes:
        figure = Figure(figsize=(4.0 * len(axes), 3.6), layout="constrained")
        for panel, (axis, cases) in zip(figure.subplots(1, len(axes), squeeze=False)[0], axes.items()):
            lines(panel, rows, axis, cases)
        drawn.append(path.with_stem(path.stem + "_scaling"))
        figure.savefig(drawn[-1], dpi=150)
    return drawn


def colour(peer: str) -> str:
    return f"C{list(TITLES).index(peer)}"


def bars(panel, rows: dict, grouped: dict[str, list[tuple[str, str]]]) -> None:
    """Ratios to minigan, one group of bars a workload, on a logarithmic axis."""
    peers = [peer for peer in TITLES if any(total(rows, pairs, peer) is not None for pairs in grouped.values())]
    width = 0.8 / len(peers)
    for i, peer in enumerate(peers):
        ratios = [ratio(rows, pairs, peer, baseline(rows, pairs)) for pairs in grouped.values()]
        places = [(j + (i - (len(peers) - 1) / 2) * width, r - 1.0) for j, r in enumerate(ratios) if r is not None]
        panel.bar(*zip(*places), bottom=1.0, width=width, label=TITLES[peer], color=colour(peer))
    panel.axhline(1.0, color="black", linewidth=1)
    panel.set_yscale("log")
    panel.set_xticks(range(len(grouped)), [name.replace(" ", "\n", 1) for name in grouped], fontsize=8)
    panel.set_ylabel("times as long as minigan")
    panel.legend(fontsize=8, ncols=5, loc="lower center", bbox_to_anchor=(0.5, 1.0), frameon=False)


def lines(panel, rows: dict, axis: str, cases: list[str]) -> None:
    """Milliseconds an iteration against one size, both logarithmic; a size that may be 0, linear."""
    for peer in TITLES:
        points = [(int(case.split()[1]), rows.get(("W7", case, peer))) for case in cases]
        points = [(n, 1e3 * row["median"]) for n, row in points if row]
        if points:
            panel.plot(*zip(*points), marker=".", label=TITLES[peer], color=colour(peer))
    if min(int(case.split()[1]) for case in cases):
        panel.set_xscale("log", base=2)
    panel.set(yscale="log", xlabel=axis, ylabel="milliseconds an iteration")
    panel.legend(fontsize=7)


def written(text: str, tables: str) -> str:
    """``text`` with the tables between its markers. Raises `ValueError` where it has none."""
    before, found, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (found and end):
        raise ValueError(f"the file needs the lines {BEGIN} and {END}, and the tables go between them")
    return f"{before}{BEGIN}\n{tables}\n{END}{after}"


def tables(paths: list[Path]) -> str:
    return "\n\n".join(markdown(json.loads(path.read_text())) for path in paths)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.report", description=__doc__.splitlines()[0])
    parser.add_argument("results", nargs="*", type=Path, help="by default benchmarks/results/numpy_*.json")
    parser.add_argument("--write", type=Path, metavar="FILE", help="put the tables between the markers of this file")
    options = parser.parse_args(arguments)
    paths = options.results or sorted(RESULTS.glob("numpy_*.json"))
    if not paths:
        parser.error("no results yet: run python -m benchmarks first")
    found = tables(paths)
    if options.write:
        options.write.write_text(written(options.write.read_text(), found))
    else:
        print(found)


if __name__ == "__main__":
    main()
