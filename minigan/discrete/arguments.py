"""What enters at the door of this room: logits, temperatures and noise, each checked where its value can be seen.

Inside `mg.grad` and its kin a value is at hand and is checked; a program being recorded (`mg.compile`, `mg.trace`)
is for every value, so there only shapes, dtypes and Python numbers are.
"""

from __future__ import annotations

import math
import operator
from numbers import Real

import minigan.numpy as mnp

from ..arrays import real_array
from ..autodiff.program import seen
from ..autodiff.tracer import Tracer, describe
from ..backend import dtype_name, to_numpy
from ..random import as_generator
from ..validation import is_number


def as_floats(x, what: str):
    """``x`` as an array of floats; refuses integers, booleans and complex numbers with a `TypeError`."""
    x = real_array(x, what)
    if not dtype_name(x.dtype).startswith("float"):
        raise TypeError(
            f"{what} must be floating-point numbers, and were given as {describe(x)}: write 2.0 for 2, "
            "or mnp.asarray(x, dtype=mnp.float64)"
        )
    return x


def as_axis(axis, x, what: str) -> int:
    """``axis`` of ``x``, counted from the end, where further leading axes do not move it."""
    try:
        axis = operator.index(None if isinstance(axis, bool) else axis)
    except TypeError:
        raise TypeError(f"the axis of the {what} is one integer, and was {axis!r}") from None
    if not -x.ndim <= axis < x.ndim:
        raise ValueError(f"{what} of shape {tuple(x.shape)} have no axis {axis}")
    return axis % x.ndim - x.ndim


def as_logits(logits, axis=-1):
    """Logits of categories along ``axis``, and that axis counted from the end."""
    logits = as_floats(logits, "logits")
    if logits.ndim == 0:
        raise ValueError("logits lie along an axis, one a category, and a single number was given")
    axis = as_axis(axis, logits, "logits")
    if logits.shape[axis] == 0:
        raise ValueError(f"an empty alphabet: logits of shape {tuple(logits.shape)} hold no category along axis {axis}")
    values = seen(logits)
    if values is not None and not bool(mnp.all(mnp.isfinite(mnp.max(values, axis)))):
        raise ValueError(
            "logits with NaN, +inf, or nothing but -inf along their axis are no distribution: "
            "each is finite or -inf (never drawn), and at least one is finite"
        )
    return logits, axis


def as_binary_logits(logits):
    """Logits of switches, log p / (1 - p) each: any shape, infinite where p is 0 or 1."""
    logits = as_floats(logits, "logits")
    values = seen(logits)
    if values is not None and bool(mnp.any(mnp.isnan(values))):
        raise ValueError("logits with NaN are no distribution")
    return logits


def as_temperature(temperature, like, smallest_is_zero: bool = True):
    """A finite temperature >= 0: a Python float where its value is known, else a traced number in ``like``'s dtype.

    Below the smallest normal number of that dtype, where 1 / temperature overflows, it counts as 0.
    Without ``smallest_is_zero`` a temperature of 0 is refused.
    """
    if callable(temperature):
        raise TypeError(
            f"the temperature is a number, and {temperature!r} is a function: evaluate a schedule at the step, "
            "as in temperature=schedule(step)"
        )
    if not (is_number(temperature) or hasattr(temperature, "shape")):
        raise TypeError(f"the temperature is a number, and was {temperature!r}")
    if getattr(temperature, "shape", ()) != ():
        raise ValueError(f"the temperature is one number, and was {describe(temperature)}")
    value = seen(temperature)
    if value is not None:
        value = float(value) if isinstance(value, Real) else float(to_numpy(value))
        if not (value >= 0 and math.isfinite(value)):
            raise ValueError(f"a temperature is a finite number >= 0, and was {value!r}")
        if not smallest_is_zero and value < smallest(like):
            raise ValueError(f"at temperature {value!r} the law sits on the vertices and has no density")
    if type(temperature) is not Tracer:
        return 0.0 if value < smallest(like) else value
    temperature = mnp.astype(temperature, like.dtype)
    return mnp.where(temperature >= 0, temperature, float("nan"))  # a program cannot refuse, and must not go on


def smallest(like) -> float:
    """The smallest normal number in the dtype of ``like``; its reciprocal is finite."""
    return float(mnp.finfo(dtype_name(like.dtype)).smallest_normal)


def noise_for(logits, axes, rng, noise, draw):
    """``draw(rng, shape, dtype)`` for logits, or the ``noise`` given, in their dtype; exactly one of the two.

    ``noise`` has the shape of the logits, or one to which they broadcast: more leading axes are more draws. The axes in
    ``axes``, counted from the end, do not broadcast.
    """
    if (rng is None) == (noise is None):
        raise ValueError(
            "exactly one of rng and noise is given: rng=mg.random.generator(seed) to draw here, "
            f"or noise drawn outside (inside mg.compile the only way); {'neither was' if rng is None else 'both were'}"
        )
    shape = tuple(logits.shape)
    if noise is None:
        return draw(as_generator(rng), shape, dtype_name(logits.dtype))
    noise = as_floats(noise, "noise")
    found = tuple(noise.shape)
    fits = len(found) >= len(shape) and all(
        n == m or (n == 1 and i - len(shape) not in axes)
        for i, (n, m) in enumerate(zip(shape, found[len(found) - len(shape) :]))
    )
    if not fits:
        raise ValueError(
            f"noise of shape {found} does not fit logits of shape {shape}: it has their shape, or more axes in front"
        )
    values = seen(noise)
    if values is not None and not bool(mnp.all(mnp.isfinite(values))):
        raise ValueError("noise must be finite, and holds NaN or an infinity")
    return mnp.astype(noise, logits.dtype)
