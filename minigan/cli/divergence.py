"""``minigan divergence``: every row of the f-GAN table between two densities, or the Gaussian each row likes best."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Annotated

import typer

SMALLEST_SAMPLE = 20
ESTIMATES = {"critic": "critic", "neighbours": "nearest_neighbour"}


def divergence(
    p: Annotated[str, typer.Option("--p", help='the data, such as "mix(0.33, N(-1, 0.255), 0.67, N(2, 1.414))"')] = "",
    q: Annotated[str, typer.Option("--q", help='the model, such as "N(1.01, 1.83)"; N(mean, standard deviation)')] = "",
    fit: Annotated[
        str, typer.Option("--fit", help="find the Gaussian that minimises each row against this density")
    ] = "",
    row: Annotated[
        list[str] | None, typer.Option("--row", help="only these rows: alpha(a) for any a, my_file.py:name of your own")
    ] = None,
    bound: Annotated[bool, typer.Option("--bound", help="train a critic and print the bound it reaches")] = False,
    samples: Annotated[
        int, typer.Option("--samples", help="estimate each row from samples of this many points, and show the bias")
    ] = 0,
    seeds: Annotated[int, typer.Option("--seeds", help="how many such samples")] = 5,
    seed: Annotated[int, typer.Option(help="of the critic, and the first of the samples")] = 0,
    json_file: Annotated[Path | None, typer.Option("--json", help="write the values to this file")] = None,
    plot: Annotated[Path | None, typer.Option("--plot", help="draw the densities and the rows into this file")] = None,
) -> None:
    """Print exact divergences between two densities: value, error estimate, closed form where there is one."""
    from rich.console import Console
    from rich.table import Table

    from ..divergences import TABLE
    from ..divergences.language import parse_density

    if bool(fit) == bool(p or q) or bool(p) != bool(q):
        raise ValueError("give two densities, --p and --q, or one to fit a Gaussian to, --fit")
    if samples and (fit or bound):
        raise ValueError("--samples estimates D_f(P || Q) from points of both; leave --fit and --bound away")
    if samples < 0 or (samples and samples < SMALLEST_SAMPLE):
        raise ValueError(f"--samples needs at least {SMALLEST_SAMPLE} points, and is {samples}")
    rows = [_row(name) for name in row] if row else list(TABLE.values())
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=118)
    table = Table(box=None, pad_edge=False)
    if fit:
        data = parse_density(fit)
        found, columns = _fits(rows, data), ("row", "mean", "deviation", "value", "error", "other minima")
        told = f"argmin over Gaussians of D_f({fit} || N(mean, deviation^2))"
    else:
        data, model = parse_density(p), parse_density(q)
        found = _values(rows, data, model, bound, seed)
        columns = ("row", "value", "error", "closed form") + (("bound", "gap") if bound else ())
        told = f"D_f({p} || {q}), in nats"
        if samples:
            _add_estimates(found, rows, data, model, samples, range(seed, seed + seeds))
            columns = ("row", "value", *ESTIMATES)
            told += f", and what {seeds} samples of {samples} points tell of it: mean +/- standard error (bias)"
    for column in columns:
        table.add_column(column, justify="left" if column == "row" else "right", no_wrap=True)
    for one in found:
        table.add_row(*(_estimate(one, c) if c in ESTIMATES else _cell(one.get(c.replace(" ", "_"))) for c in columns))
    console.print(told)
    console.print(table)
    if json_file is not None:
        json_file.parent.mkdir(parents=True, exist_ok=True)
        request = {"fit": fit} if fit else {"p": p, "q": q}
        request |= {"samples": samples, "seeds": seeds} if samples else {}
        json_file.write_text(json.dumps({**request, "rows": [_finite(one) for one in found]}, indent=1) + "\n")
        console.print(f"values in {json_file}")
    if plot is not None:
        from ..plots.divergences import fits_of_rows, values_of_rows

        plot.parent.mkdir(parents=True, exist_ok=True)
        drawn = fits_of_rows(data, found, fit) if fit else values_of_rows(data, model, found, p, q)
        drawn.savefig(plot)
        console.print(f"picture in {plot}")


def _row(name):
    """The row of the table that is called so, or that a file of one's own defines."""
    from ..divergences import FDivergence, named
    from ..own_file import defined, is_own_file

    if is_own_file(name):
        return defined(name, "row", lambda one: isinstance(one, FDivergence))
    return named(name)


def _values(rows, p, q, bound, seed) -> list[dict]:
    found = []
    for row in rows:
        exact = row.between_densities(p, q)
        one = {"row": row.name, "value": float(exact), "error": exact.error, "closed_form": _closed_form(row, p, q)}
        one["smallest"] = row.smallest
        if bound:
            from ..gan.critic import reached_bound

            one["bound"] = float(reached_bound(row, p, q, seed=seed)) if math.isfinite(one["value"]) else None
            one["gap"] = None if one["bound"] is None else one["value"] - one["bound"]
        found.append(one)
    return found


def _add_estimates(found, rows, p, q, samples, seeds) -> None:
    """What each estimator says, beside the exact values; nothing where those are infinite."""
    from ..divergences.bias import estimator_bias

    for one, row in zip(found, rows):
        told = estimator_bias(row, p, q, samples, seeds) if math.isfinite(one["value"]) else {}
        for column, estimator in ESTIMATES.items():
            mean, error, bias = told.get(estimator, (None, None, None))
            one |= {column: mean, f"{column}_standard_error": error, f"{column}_bias": bias}


def _estimate(one, column) -> str:
    if one[column] is None:
        return "-"
    return f"{one[column]:.5g} +/- {one[f'{column}_standard_error']:.2g} ({one[f'{column}_bias']:+.2g})"


def _closed_form(row, p, q):
    from ..backend import to_numpy
    from ..densities import Normal

    if not (isinstance(p, Normal) and isinstance(q, Normal)):
        return None
    try:
        return float(to_numpy(row.between_gaussians(p.mean, p.deviation, q.mean, q.deviation)))
    except ValueError:  # the Jensen-Shannon rows have none
        return None


def _fits(rows, data) -> list[dict]:
    from ..divergences.fit import fit_gaussian

    found = []
    for row in rows:
        best = fit_gaussian(row, data)
        others = "; ".join(f"N({g.mean:.4g}, {g.deviation:.4g}) {float(v):.5g}" for g, v in best.others)
        found.append(
            {
                "row": row.name,
                "mean": float(best.gaussian.mean),
                "deviation": float(best.gaussian.deviation),
                "value": float(best.divergence),
                "error": best.divergence.error,
                "other_minima": others or None,
                "smallest": row.smallest,
            }
        )
    return found


def _cell(value) -> str:
    if value is None:
        return "-"
    return value if isinstance(value, str) else f"{value:.12g}" if abs(value) > 1e-9 or value == 0 else f"{value:.3g}"


def _finite(one: dict) -> dict:
    return {k: str(v) if isinstance(v, float) and not math.isfinite(v) else v for k, v in one.items()}
