"""The words of a command whose options depend on the system it is for: parsed, and explained by the options themselves."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ..names import nearest
from ..options import Option


class Words(NamedTuple):
    """What was typed: bare words, and option name -> value, a text, or ``True`` for a switch; lists where repeated."""

    bare: list[str]
    values: dict[str, Any]


def first_word(words: list[str], common: Mapping[str, Option], is_name: Callable[[str], bool]) -> str | None:
    """The first word that is neither an option nor the value of one: the system's name, if there is one.

    Which system's options there are is not known yet, so a word after an option that is none of ``common`` counts as its
    value, unless ``is_name`` knows it.
    """
    waiting, waiting_for = False, None
    for word in words:
        if waiting and not word.startswith("--"):
            waiting = False
            if waiting_for is not None or not is_name(word):
                continue
        if not word.startswith("-"):
            return word
        waiting_for = common.get(_plain(word.partition("=")[0]))
        waiting = "=" not in word and (waiting_for is None or waiting_for.type is not bool)
    return None


def parsed(words: list[str], options: Mapping[str, Option], what: str, short=None, repeated=()) -> Words:
    """Words as bare ones and options; `ValueError`, with the nearest, for an option that ``what`` does not have.

    ``short`` maps ``-n`` to an option's name; those of ``repeated`` may be given several times, and are lists.
    """
    bare: list[str] = []
    values: dict[str, Any] = {}
    waiting = list(words)
    while waiting:
        word = waiting.pop(0)
        if word == "--":
            bare += waiting
            break
        if not word.startswith("-") or word == "-":
            bare.append(word)
            continue
        flag, equals, value = word.partition("=")
        name = (short or {}).get(flag, _plain(flag))
        option = options.get(name)
        if option is None:
            close = nearest(name, options)
            told = f"; the nearest is {options[close].flag}" if close else ""
            raise ValueError(f"{what} has no option {flag}{told} (--help tells them all)")
        if option.type is bool and not equals:
            found: Any = True
        elif equals:
            found = value
        elif not waiting:
            raise ValueError(f"{flag} needs a value")
        else:
            found = waiting.pop(0)
        if name in repeated:
            values.setdefault(name, []).append(found)
        elif name in values:
            raise ValueError(f"{flag} is given twice")
        else:
            values[name] = found
    return Words(bare, values)


def valued(values: Mapping[str, Any], options: Mapping[str, Option]) -> dict[str, Any]:
    """The values of ``options`` among ``values``, each of its option's own type, defaults for those that are missing."""
    found = {}
    for name, option in options.items():
        value = values.get(name)
        found[name] = option.default if value is None else option.parsed(value) if isinstance(value, str) else value
    return found


def helped(title: str, usage: str, groups: Mapping[str, Mapping[str, Option]], short=None) -> None:
    """Print what a command takes: options by group, each with its type or choices, its default and its help."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    console = Console(highlight=False)
    letters = {name: letter for letter, name in (short or {}).items()}
    console.print(escape(f"Usage: {usage}"))
    console.print()
    console.print(escape(title))
    for group, options in groups.items():
        if not options:
            continue
        console.print()
        console.print(f"[bold]{escape(group)}[/bold]")
        table = Table(show_header=False, box=None, pad_edge=False, padding=(0, 2, 0, 0))
        table.add_column(no_wrap=True)
        table.add_column(overflow="fold")
        for option in options.values():
            kind = "" if option.type is bool else " " + {int: "N", float: "X", str: "WORD"}[option.type]
            letter = f"{letters[option.name]}, " if option.name in letters else ""
            table.add_row(escape(f"  {letter}{option.flag}{kind}"), escape(_explained(option)))
        console.print(table)


def _explained(option: Option) -> str:
    told = option.help
    if option.allowed and len(option.allowed) > 1:
        told += f"{': ' if told else ''}{', '.join(map(str, option.allowed))}"
    if option.default is not None and option.type is not bool and not option.given_only:
        told += f"{'; ' if told else ''}{option.default} by default"
    return told


def _plain(flag: str) -> str:
    return flag.lstrip("-").replace("-", "_")
