"""What `benchmarks.gpu` found, as Markdown. ``python -m benchmarks.gpu_report RESULTS.json`` prints it once more."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from . import report


def markdown(found: dict) -> str:
    """The heading, a table of the steps, one of the losses, the times, failures, and what was skipped."""
    parts = [heading(found), steps(found)]
    if found["training"]:
        parts.append(trainings(found["training"]))
    if found["times"] is not None:
        parts.append(report.markdown(found["times"]))
    failures = (found["tests"] or {}).get("failures", [])
    if failures:
        parts.append("Failed tests:\n\n" + "\n".join(f"- {one['test']}: {one['message']}" for one in failures))
    if found["skipped"]:
        parts.append("Skipped:\n\n" + "\n".join(f"- {one['what']}: {one['why']}" for one in found["skipped"]))
    return "\n\n".join(parts)


def heading(found: dict) -> str:
    versions = ", ".join(f"{name} {version}" for name, version in found["versions"].items())
    device = found["gpu"]
    if device is None:
        where = "no GPU here: small steps on NumPy, to try the script"
    else:
        where = (
            f"{device['name']}, {device['memory']}, compute capability {device['capability']}, CUDA {device['runtime']} "
            f"(driver {device['driver']}), CuPy {device['cupy']}"
        )
    return f"{found['date']}, {where}; {found['machine']['processor']}; {found.get('seconds', 0):.0f} s. {versions}."


def steps(found: dict) -> str:
    lines = ["| step | outcome | seconds |", "|---|---|---|"]
    lines.append(f"| pytest tests/gpu | {tested(found['tests'])} | {seconds(found['tests'] or {})} |")
    for row in found["training"]:
        lines.append(f"| training {row['training']} by {row['by']} | {compared(row)} | {seconds(row)} |")
    for row in found["command"]:
        lines.append(f"| `{row['by']}` | {ended(row)} | {seconds(row)} |")
    rows = (found["times"] or {}).get("results", [])
    measured, failed = (sum(key in row for row in rows) for key in ("median", "failed"))
    lines.append(f"| times | {measured} measured, {failed} failed | {seconds(found['times'] or {})} |")
    return "\n".join(lines)


def tested(one: dict | None) -> str:
    if one is None:
        return "skipped"
    if "error" in one:
        return f"FAILED: {one['error']}"
    text = f"{one['passed']} passed, {one['failed']} failed, {one['skipped']} skipped"
    text += f" ({'; '.join(one['reasons'])})" if one["reasons"] else ""
    return text + (f"; no time was left after {one['stopped']}" if one["stopped"] else "")


def compared(row: dict) -> str:
    if "failed" in row:
        return f"FAILED: {row['failed']}"
    far = "not finite" if row["difference"] is None else f"{row['difference']:.1e}"
    verdict = "agrees with NumPy's" if row["agrees"] else "DIFFERS from NumPy's"
    return f"{verdict}: {len(row['losses']) // 2} steps, largest difference {far}, allowed {row['tolerance']:.0e}"


def ended(row: dict) -> str:
    if "failed" in row:
        return f"FAILED: {row['failed']}"
    told = (
        f"{key.replace('_', ' ')} {row[key]}" for key in ("discriminator_loss", "generator_loss", "frechet_distance")
    )
    return f"done: {', '.join(told)}"


def seconds(one: dict) -> str:
    return f"{one['seconds']:.1f}" if "seconds" in one else "-"


def trainings(rows: list[dict]) -> str:
    """D's and G's losses in the first and the last step, beside NumPy's."""
    lines = ["| losses of D, G | first step | by NumPy | last step | by NumPy |", "|---|---|---|---|---|"]
    for row in rows:
        if "losses" in row:
            pairs = (row["losses"][:2], row["reference"][:2], row["losses"][-2:], row["reference"][-2:])
            cells = (", ".join(f"{loss:.6f}" for loss in pair) for pair in pairs)
            lines.append(f"| {row['training']} by {row['by']} | {' | '.join(cells)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    for path in sys.argv[1:]:
        print(markdown(json.loads(Path(path).read_text())))
