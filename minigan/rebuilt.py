"""What crosses to another process is the call that made it: a factory's name and its arguments.

Layers, optimisers, games and methods hold functions that were defined inside their factories, which `pickle` cannot
write down. `rebuilt_by_name` lets what a factory returns remember the call, and `Rebuilt`, the base class of all these,
pickles and copies that call instead. The other process (`multiprocessing`, a cluster's worker) imports the factory and
calls it again. This is for such messages alone: nothing here reads a pickle from a file.
"""

from __future__ import annotations

import copy
import dataclasses
import functools
import importlib
import inspect
import pickle
import types
from collections.abc import Callable, Iterator
from operator import attrgetter
from typing import ParamSpec, TypeVar

import numpy as np

P = ParamSpec("P")
R = TypeVar("R")


class Rebuilt:
    """An object that pickles as the call that made it; one put together by hand, a dataclass, as its fields.

    Nothing about it changes, so `copy.copy` is the object itself. `copy.deepcopy` makes the call again, with copies of
    the arguments. Pickling raises `TypeError` where an argument is a function without a name in a module, such as a
    lambda.
    """

    _made_by: tuple[Callable, tuple, dict] | None = None  # a factory, and what it was called with

    def _call(self) -> tuple[Callable, tuple, dict]:
        """The call that makes this object again."""
        if self._made_by is not None:
            return self._made_by
        return type(self), (), {field.name: getattr(self, field.name) for field in dataclasses.fields(self)}

    def __reduce__(self):
        factory, args, kwargs = self._call()
        for where, value in _leaves(inspect.signature(factory).bind(*args, **kwargs).arguments):
            if not isinstance(value, Rebuilt):  # which looks at its own arguments
                self._refuse_unless_it_pickles(value, where, by_hand=factory is type(self))
        return _called, (factory, args, kwargs)

    def _refuse_unless_it_pickles(self, value, where: str, by_hand: bool) -> None:
        try:
            pickle.dumps(value)
        except Exception as error:
            if isinstance(value, types.FunctionType) and "<" in value.__qualname__:
                reason = "which no module has a name for; define it with def at the top level of a module"
            else:
                reason = f"which pickle refuses ({error})"
            if by_hand:
                reason += ", or make the whole in a factory under minigan.rebuilt.rebuilt_by_name"
            what, kind = getattr(self, "name", self), "field" if by_hand else "argument"
            raise TypeError(f"{what} cannot be pickled: its {kind} {where} is {value!r}, {reason}") from None

    def __copy__(self):
        return self

    def __deepcopy__(self, memo):
        factory, args, kwargs = self._call()
        return factory(*copy.deepcopy(args, memo), **copy.deepcopy(kwargs, memo))


class NamedFunction(Rebuilt):
    """A function that a factory made, such as a schedule or an initialiser; printed as the call that made it.

    >>> from minigan import optim
    >>> schedule = optim.cosine(0.1, steps=100)
    >>> schedule, round(float(schedule(50)), 12)
    (cosine(0.1, steps=100), 0.05)
    """

    def __init__(self, function: Callable):
        self.function = function

    def __call__(self, *args, **kwargs):
        return self.function(*args, **kwargs)

    @property
    def __name__(self) -> str:
        return self._made_by[0].__name__

    def __repr__(self) -> str:
        _, args, kwargs = self._made_by
        shown = [*map(repr, args), *(f"{key}={value!r}" for key, value in kwargs.items())]
        return f"{self.__name__}({', '.join(shown)})"


def rebuilt_by_name(factory: Callable[P, R]) -> Callable[P, R]:
    """A decorator: what ``factory`` returns, a `Rebuilt` or a function, pickles as the factory's name and arguments.

    The factory stands at the top level of a module. A function that it returns becomes a `NamedFunction`. Of factories
    that call each other the outermost is remembered; what was there before the call keeps what it remembers.

    >>> import pickle
    >>> from minigan import nn
    >>> again = pickle.loads(pickle.dumps(nn.mlp([64, 1], "relu")))
    >>> again, len(pickle.dumps(again)) < 200
    (sequential(dense(64), relu, dense(1)), True)
    """

    @functools.wraps(factory)
    def remembered(*args: P.args, **kwargs: P.kwargs) -> R:
        made = factory(*args, **kwargs)
        if isinstance(made, types.FunctionType):
            made = NamedFunction(made)
        if not isinstance(made, Rebuilt):
            raise TypeError(f"rebuilt_by_name is for factories of layers and their like, and {made!r} is none")
        if not (_is_module_constant(made) or any(made is given for given in (*args, *kwargs.values()))):
            _remember(made, remembered, tuple(map(_as_it_is, args)), {k: _as_it_is(v) for k, v in kwargs.items()})
        return made

    return remembered


def module_constant(module: str, name: str, made: R) -> R:
    """``made``, a `Rebuilt` that ``module`` has under ``name``; its copies and pickles are that object itself."""
    _remember(made, _found, (module, name), {})
    return made


def _is_module_constant(made: Rebuilt) -> bool:
    return made._made_by is not None and made._made_by[0] is _found


def _remember(made, factory, args, kwargs) -> None:
    object.__setattr__(made, "_made_by", (factory, args, kwargs))  # most of them are frozen


def _called(factory, args, kwargs):
    return factory(*args, **kwargs)


def _found(module, name):
    return attrgetter(name)(importlib.import_module(module))


def _as_it_is(value):
    """An argument as it is now, where its owner may change it later."""
    if type(value) in (list, tuple):
        return type(value)(map(_as_it_is, value))
    if type(value) is dict:
        return {key: _as_it_is(part) for key, part in value.items()}
    return value.copy() if type(value) is np.ndarray else value


def _leaves(value, where: str = "") -> Iterator[tuple[str, object]]:
    """What stands in a tree of containers, each with its place as one would write it."""
    if type(value) is dict:
        for key, part in value.items():
            yield from _leaves(part, f"{where}[{key!r}]" if where else key)
    elif isinstance(value, list | tuple):
        fields = getattr(value, "_fields", None)  # a named tuple's
        for i, part in enumerate(value):
            yield from _leaves(part, f"{where}.{fields[i]}" if fields else f"{where}[{i}]")
    else:
        yield where, value

