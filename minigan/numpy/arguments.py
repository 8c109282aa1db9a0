"""NumPy's arguments, where a rule of ours answers a call: by position or by name, as NumPy takes them.

Plain arrays go to NumPy itself, with every argument that it has. A traced array, or one of another library, meets a
function of ours, which takes those that change the value and its derivative. Of the others some are of no consequence
(how results lie in memory), and the rest are refused by a sentence that says what to write instead.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from ..backend import dtype_name

_OF_GUFUNCS = frozenset(("axes", "axis", "keepdims"))
_ADDRESSES = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)

# How arrays lie in memory, and whether it is used again: of no consequence to values, which nobody can write into.
OF_NO_CONSEQUENCE = frozenset(("order", "subok", "copy", "overwrite_input"))

INSTEAD = {
    "out": "its result is a new array, and an existing one would lose the derivative: leave out= away",
    "where": "elsewhere NumPy leaves what was in memory: write mnp.where(mask, f(x), other)",
    "device": "leave device= away, and choose where arrays stand with mg.use(...)",
    "like": "leave like= away: the result is of its arguments' library",
    "ndmax": "write the array with mnp.stack, as deep as it is meant",
    "mean": "with the mean m at hand, write mnp.mean((x - m) ** 2)",
    "weights": "repeat what counts more than once, mnp.repeat(x, counts)",
    "fweights": "repeat what counts more than once, mnp.repeat(m, fweights, axis=1)",
    "aweights": "write (w * (m - mean)) @ (m - mean).T / sum(w) with mean = mnp.average(m, axis=1, weights=w)",
    "hermitian": "leave hermitian= away, or take mnp.linalg.eigh, which reads one triangle",
    **dict.fromkeys(
        ("rtol", "rcond"),
        "its derivative is that of matrices of the same rank; write u, s, vh = mnp.linalg.svd(a, full_matrices=False) "
        "and divide by those s that count",
    ),
    "dtype": "convert with mnp.astype(x, dtype)",
    "casting": "convert with mnp.astype(x, dtype), which casts without asking",
    "axis": "move the axes with mnp.moveaxis",
    "keepdims": "put the axis back with mnp.expand_dims",
    "order of fields": "a traced array has no fields: leave order= away",
    "order in memory": "a traced array has no order in memory: order= is 'C' or 'F'",
}


def refuse(name: str, parameter: str, advice: str | None = None):
    """Raise `TypeError` that ``parameter`` of minigan.numpy's ``name`` is NumPy's alone, and say what to do instead."""
    advice = advice or INSTEAD.get(parameter, f"leave {parameter}= away, or compose it of functions of minigan.numpy")
    raise TypeError(
        f"minigan.numpy.{name} has no derivative rule with {parameter}=, which plain NumPy arrays alone take: {advice}"
    )


def allowed(x, dtype, casting: str) -> None:
    """Raise `TypeError` where ``casting`` does not let ``x`` become a ``dtype``."""
    given, asked = np.dtype(dtype_name(x.dtype)), np.dtype(dtype_name(dtype))
    if not np.can_cast(given, asked, casting):
        raise TypeError(
            f"{given} is not converted to dtype={asked} by casting={casting!r}: write casting='unsafe', or mnp.astype"
        )


def signature_of(function) -> inspect.Signature | None:
    """A function's signature; ``None`` of those few that have none."""
    try:
        return inspect.signature(function)
    except (TypeError, ValueError):
        return None


class Taken(NamedTuple):
    """How a function of ours is called with NumPy's arguments.

    call       with any of them
    alike      up to how many arguments by position mean the same to both, and
    accepted   which names, so that such a call needs no translation
    """

    call: Callable
    alike: float
    accepted: frozenset


def as_numpy_takes_them(name: str, ours, numpys) -> Taken:
    """``ours`` as `Taken`, with the arguments of ``numpys``."""
    own, signature = inspect.signature(ours), signature_of(numpys)
    accepted = frozenset(own.parameters)
    if isinstance(numpys, np.ufunc):
        return Taken(functools.partial(_through_ufunc, name, ours, numpys), numpys.nin, accepted & _OF_GUFUNCS)
    if signature is None:
        return Taken(ours, float("inf"), accepted)

    def call(*args, **kwargs):
        args, kwargs = _translated(name, signature, own, args, kwargs)
        return ours(*args, **kwargs)

    return Taken(call, _places_alike(signature, own), accepted)


def _places_alike(signature, own) -> float:
    """How many arguments by position mean the same in both signatures."""
    count = 0
    for numpys, ours in zip(signature.parameters.values(), own.parameters.values()):
        if numpys.kind is ours.kind is inspect.Parameter.VAR_POSITIONAL:
            return float("inf")
        if numpys.kind not in _ADDRESSES or ours.kind not in _ADDRESSES:
            break
        if numpys.name != ours.name and numpys.kind is not inspect.Parameter.POSITIONAL_ONLY:
            break
        count += 1
    return count


def _translated(name, signature, own, args, kwargs):
    """NumPy's arguments as ours: positions up to any ``*args``, names from there on."""
    try:
        given = signature.bind(*args, **kwargs).arguments
    except TypeError as error:
        raise TypeError(f"minigan.numpy.{name}{signature}: {error}") from None
    places, names = [], {}
    by_place = any(p.kind is inspect.Parameter.VAR_POSITIONAL for p in signature.parameters.values())
    for parameter in signature.parameters.values():
        if parameter.name not in given:
            continue
        value = given[parameter.name]
        if parameter.kind is inspect.Parameter.VAR_POSITIONAL:
            places += value
            by_place = False
        elif parameter.kind is inspect.Parameter.VAR_KEYWORD:
            for key, part in value.items():
                _take(name, own, key, part, None, names)
        elif by_place or parameter.kind is inspect.Parameter.POSITIONAL_ONLY:
            places.append(value)
        else:
            _take(name, own, parameter.name, value, parameter.default, names)
    return places, names


def _take(name, own, key, value, default, names) -> None:
    if key in own.parameters or inspect.Parameter.VAR_KEYWORD in [p.kind for p in own.parameters.values()]:
        names[key] = value
    elif not (_is_default(value, default) or key in OF_NO_CONSEQUENCE):
        refuse(name, key)


def _is_default(value, default) -> bool:
    return value is None or value is default or (isinstance(value, bool | int | float | str) and value == default)


# -- ufuncs --------------------------------------------------------------------------------------------------


def _through_ufunc(name, ours, ufunc, *args, **kwargs):
    """``ours`` with the keywords that every ufunc has: computed in the dtypes that NumPy would convert to."""
    inputs, outs = list(args[: ufunc.nin]), list(args[ufunc.nin :])
    out = kwargs.pop("out", None)
    if any(part is not None for part in [*outs, *(out if isinstance(out, tuple) else (out,))]):
        refuse(name, "out")
    if kwargs.pop("where", True) is not True:
        refuse(name, "where")
    for key in ("order", "subok"):
        kwargs.pop(key, None)
    dtype, signature = kwargs.pop("dtype", None), kwargs.pop("signature", None)
    casting = kwargs.pop("casting", "same_kind")
    own = signature_of(ours).parameters
    for key, value in list(kwargs.items()):
        if key in _OF_GUFUNCS:
            if value is np._NoValue or value is False or value is None:
                del kwargs[key]
            elif key not in own:
                refuse(name, key)
        else:
            raise TypeError(f"minigan.numpy.{name} takes no {key}=, and neither has NumPy's ufunc it")
    if dtype is not None or signature is not None or casting != "same_kind":
        inputs = _converted(ufunc, inputs, dtype, signature, casting)
    return ours(*inputs, **kwargs)


def _converted(ufunc, inputs, dtype, signature, casting):
    """The inputs in the dtypes of the loop that NumPy would choose; its own error where there is none."""
    from .elementwise import astype
    from .shape import _array

    inputs = [_array(x) if isinstance(x, list | tuple | bool) else x for x in inputs]
    if dtype is not None:
        if signature is not None:
            raise TypeError(f"{ufunc.__name__} takes dtype= or signature=, and was given both")
        signature = (None,) * ufunc.nin + (np.dtype(dtype_name(dtype)),) * ufunc.nout
    kinds = [np.dtype(dtype_name(x.dtype)) if hasattr(x, "dtype") else _weak(x) for x in inputs]
    asked = {} if signature is None else {"signature": signature}
    loop = ufunc.resolve_dtypes((*kinds, *(None,) * ufunc.nout), casting=casting, **asked)
    if all(isinstance(kind, type) for kind in kinds):  # numbers alone have nothing to follow
        inputs = [_array(x) for x in inputs]
        kinds = [np.dtype(dtype_name(x.dtype)) for x in inputs]
    return [x if isinstance(kind, type) or kind == t else astype(x, t.name) for x, kind, t in zip(inputs, kinds, loop)]


def _weak(x):
    """The type of a Python number, which follows the arrays beside it; a truth value is an array of its own."""
    return np.dtype(bool) if isinstance(x, bool) else type(x)


# -- primitives ----------------------------------------------------------------------------------------------


def let_primitive_take(primitive, name: str, numpys) -> None:
    """Let an exported ``primitive`` take the arguments of NumPy's function of its name."""
    if isinstance(numpys, np.ufunc):
        ours = _bare(primitive, [f"x{i}" for i in range(numpys.nin)])
    elif signature_of(numpys) is None:
        return
    else:
        ours = _bare(primitive, list(signature_of(numpys).parameters)[: primitive.arity])
    taken = as_numpy_takes_them(name, ours, numpys).call

    def further(args, params):
        from .plain import is_numpys

        return (numpys if is_numpys(args, params) else taken)(*args, **params)

    if signature := signature_of(numpys):
        further.__signature__ = signature
    primitive.further = further


def _bare(primitive, names):
    """A function of ``names`` that calls ``primitive`` with arrays alone."""
    from .plain import plain_function

    def ours(*args, **kwargs):
        if len(args) + len(kwargs) < len(names):  # where(condition) alone, the positions of what is true
            return plain_function("nonzero")(*args)
        return primitive(*args, *(kwargs[name] for name in names[len(args) :]))

    ours.__signature__ = inspect.Signature(
        [inspect.Parameter(name, inspect.Parameter.POSITIONAL_OR_KEYWORD) for name in names]
    )
    return ours

