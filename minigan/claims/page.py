"""The results as one self-contained HTML page."""

from __future__ import annotations

from html import escape


def as_html(results: dict) -> str:
    """What `as_json` makes of outcomes, as a page with nothing to load.

    >>> from minigan.claims import Run, as_json
    >>> as_html(as_json([], Run(seed=3))).count("seed 3")
    1
    """
    rows = []
    for one in results["claims"]:
        rows.append(
            f'<tr class="claim"><td colspan="4"><b>{escape(one["id"])}</b> {escape(one["statement"])}'
            f'<br><code>{escape(one["latex"])}</code></td><td class="{one["verdict"]}">{one["verdict"]}</td></tr>'
        )
        for check in one["checks"]:
            sign = "" if check["relation"] == "=" else escape(check["relation"]) + " "
            numbers = "".join(
                f"<td>{sign if i == 0 else ''}{check[k]}</td>"
                for i, k in enumerate(("stated", "measured", "tolerance"))
            )
            verdict = "ok" if check["holds"] else "fails"
            rows.append(f'<tr><td>{escape(check["what"])}</td>{numbers}<td class="{verdict}">{verdict}</td></tr>')
        if one["error"]:
            rows.append(f'<tr><td colspan="5" class="fails">{escape(one["error"])}</td></tr>')
    style = (
        "body{font:15px/1.45 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em}"
        "table{border-collapse:collapse;width:100%}td,th{padding:.25em .6em;text-align:left;vertical-align:top;"
        "font-variant-numeric:tabular-nums}.claim td{border-top:1px solid #999;padding-top:.7em}"
        ".verified,.ok{color:#187a3c}.refuted,.error,.fails{color:#b3261e}"
    )
    heading = f"minigan {results['minigan']}, backend {results['backend']}, seed {results['seed']}"
    head = "".join(f"<th>{name}</th>" for name in ("claim", "stated", "measured", "tolerance", "verdict"))
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>minigan verify</title><style>{style}</style>'
        f"<h1>The lecture's claims, checked</h1><p>{escape(heading)}</p>"
        f"<table><tr>{head}</tr>{''.join(rows)}</table></html>\n"
    )
