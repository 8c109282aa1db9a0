"""Options of a function, read from its signature: name, type, default, choices and one line of help each.

    def ring(*, batch: Annotated[int, "examples a step"] = 256, game: Literal["minimax", "hinge"] = "minimax"): ...

An annotation is ``int``, ``float``, ``str``, ``bool`` or a ``Literal``, possibly ``... | None``; ``Annotated`` adds the
help, `Above` a bound, and `Choices` names that are only known when the program runs. ``**more: Unpack[GameOptions]`` takes
all options of a ``TypedDict``, which are left out unless they are given.
"""

from __future__ import annotations

import inspect
import math
import operator
import types
import typing
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Annotated, Any, Literal

from .names import nearest
from .validation import is_number

KINDS = {int: "integer", float: "number", str: "word", bool: "switch"}


@dataclass(frozen=True)
class Above:
    """An option's value is above this number."""

    least: float


Batch = Annotated[int, Above(0), "examples a step"]
Rate = Annotated[float, Above(0), "learning rate"]


@dataclass(frozen=True)
class Choices:
    """What an option may be, as names; ``names()`` is called when they are asked for."""

    names: Callable[[], Iterable[str]]


@dataclass(frozen=True)
class Option:
    """One option: ``type`` is ``int``, ``float``, ``str`` or ``bool``; with ``optional`` it may be ``None`` as well.

    ``given_only`` options have no default of their own: where they are not given, nothing is passed on.
    """

    name: str
    type: type
    default: Any = None
    choices: Any = None
    help: str = ""
    optional: bool = False
    given_only: bool = False
    above: float | None = None

    @property
    def flag(self) -> str:
        """As the command line has it, ``--discriminator-steps``."""
        return "--" + self.name.replace("_", "-")

    @property
    def allowed(self) -> tuple[str, ...] | None:
        """The choices as a tuple; ``None`` where anything of the type will do."""
        if self.choices is None:
            return None
        return tuple(self.choices.names()) if isinstance(self.choices, Choices) else tuple(self.choices)

    def parsed(self, text: str):
        """The value that a word of the command line stands for; `ValueError` where it stands for none."""
        if self.optional and text == "none":
            return None
        if self.type is bool:
            if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
                raise ValueError(f"{self.flag} is a switch, true or false, and was {text!r}")
            return text.lower() in ("true", "yes", "1")
        try:
            return self.checked(self.type(text) if self.type is not str else text)
        except ValueError as error:
            if str(error).startswith(self.flag):
                raise
            raise ValueError(f"{self.flag} is {_an(KINDS[self.type])}, and was {text!r}") from None

    def given(self, value):
        """The value that was given, as a word of the command line or as itself."""
        return self.parsed(value) if isinstance(value, str) else self.checked(value)

    def checked(self, value):
        """``value``, as the option's own type; `ValueError` for one of another kind and for what is no choice."""
        if value is None and (self.optional or self.given_only):
            return None
        if self.type is bool:
            if not isinstance(value, bool):
                raise ValueError(f"{self.flag} is a switch, True or False, and was {value!r}")
            return value
        if self.type is str:
            if not isinstance(value, str):
                raise ValueError(f"{self.flag} is a word, and was {value!r}")
            self._among(value)
            return value
        try:
            if isinstance(value, bool | str) or (self.type is float and not is_number(value)):
                raise TypeError
            number = operator.index(value) if self.type is int else float(value)
        except TypeError:
            raise ValueError(f"{self.flag} is {_an(KINDS[self.type])}, and was {value!r}") from None
        if not math.isfinite(number):
            raise ValueError(f"{self.flag} is a finite number, and was {value!r}")
        if self.above is not None and not number > self.above:
            bound = f"at least {self.above + 1:g}" if self.type is int else f"above {self.above:g}"
            raise ValueError(f"{self.flag} is {bound}, and was {value!r}")
        self._among(number)
        return number

    def _among(self, value) -> None:
        allowed = self.allowed
        if allowed is None or value in allowed:
            return
        close = nearest(value, allowed) if isinstance(value, str) else None
        told = f"the nearest of its choices is {close!r} ({', '.join(allowed)})" if close else f"it is {_or(allowed)}"
        raise ValueError(f"{self.flag} cannot be {value!r}; {told}")


def options_of(function) -> dict[str, Option]:
    """The options of a system's function by name, in the order of its signature.

    Raises `TypeError` for a parameter that is no keyword with a default, for an annotation that is none of ours, and for a
    default that the option could not be given.
    """
    hints = typing.get_type_hints(function, include_extras=True)
    found: dict[str, Option] = {}
    for name, parameter in inspect.signature(function).parameters.items():
        hint = hints.get(name, inspect.Parameter.empty)
        if name == "data":
            continue
        if parameter.kind is parameter.VAR_KEYWORD:
            inner = typing.get_args(hint)
            if not inner:
                raise TypeError(f"{function.__name__}(**{name}) says what it takes as {name}: Unpack[SomeTypedDict]")
            for key, one in typing.get_type_hints(inner[0], include_extras=True).items():
                found[key] = _option(function, key, one, None, given_only=True)
            continue
        if parameter.default is parameter.empty or parameter.kind is parameter.VAR_POSITIONAL:
            raise TypeError(
                f"the options of a system are keywords with a default, and {name} of {function.__name__} is not"
            )
        if hint is inspect.Parameter.empty:
            hint = type(parameter.default)
        found[name] = _option(function, name, hint, parameter.default)
    return found


def _option(function, name, hint, default, given_only=False) -> Option:
    told, choices, above = "", None, None
    if typing.get_origin(hint) is Annotated:
        hint, *extras = typing.get_args(hint)
        told = next((extra for extra in extras if isinstance(extra, str)), "")
        choices = next((extra for extra in extras if isinstance(extra, Choices)), None)
        above = next((extra.least for extra in extras if isinstance(extra, Above)), None)
    optional = False
    if typing.get_origin(hint) in (typing.Union, types.UnionType):
        members = [one for one in typing.get_args(hint) if one is not type(None)]
        optional = len(members) < len(typing.get_args(hint))
        hint = members[0] if len(members) == 1 else hint
    if typing.get_origin(hint) is Literal:
        choices = typing.get_args(hint)
        hint = type(choices[0])
    if hint not in KINDS:
        raise TypeError(
            f"option {name} of {function.__name__} is annotated {hint!r}: int, float, str, bool or a Literal of words"
        )
    made = Option(name, hint, default, choices, told, optional, given_only, above)
    if isinstance(choices, Choices):  # known when the program runs, and not yet
        return made
    try:
        return replace(made, default=made.checked(default))
    except ValueError as error:
        raise TypeError(f"the default of option {name} of {function.__name__} is none of its values: {error}") from None


def _an(word: str) -> str:
    return f"an {word}" if word[0] in "aeiou" else f"a {word}"


def _or(names) -> str:
    return " or ".join([", ".join(map(str, names[:-1])), str(names[-1])]) if len(names) > 1 else str(names[0])
