"""What may enter and leave a transformation, and the sentences that refuse the rest."""

from __future__ import annotations

from ..backend import active, backend_of_type, dtype_name, is_elsewhere, kind_of
from .tracer import Leaving, Tracer, describe, innermost
from .trees import LEAF, flatten


def as_input(x, transformation):
    """``x`` as a real or complex floating-point array; Python numbers become arrays of the backend."""
    if type(x) is Tracer or backend_of_type(type(x)) is not None:
        name = dtype_name(x.dtype)
    elif isinstance(x, float | complex):
        return active().asarray(x)
    elif is_elsewhere(type(x)):
        raise TypeError(
            f"{transformation} was given {kind_of(x)}, and derivatives are of arrays of NumPy and CuPy: bring it over "
            "with mnp.asarray(x)"
        )
    else:
        name = type(x).__name__
    if name in ("float64", "float32", "float16", "longdouble", "float128") or name.startswith("complex"):
        return x
    raise TypeError(
        f"{transformation} was given {describe(x)} of type {name}, which has no derivative: pass floating-point arrays "
        "(write 2.0 for 2, mnp.asarray(x, dtype=mnp.float64) for integers), or leave the argument out of argnums"
    )


def tell_leaving(error: ValueError) -> None:
    """NumPy answers ``y[0] = traced`` with a sentence about sequences; ours, on what to do, is its cause: it is raised."""
    cause = error.__cause__
    if isinstance(cause, Leaving):
        raise type(cause)(*cause.args) from error


def check_cotangents(g, values, structure):
    """The leaves of a cotangent ``g``, made arrays like ``values``; refuses another structure or shape."""
    if structure is LEAF and hasattr(g, "dtype"):
        value = values[0]
        if hasattr(value, "dtype") and g.shape == value.shape and g.dtype == value.dtype:
            return [g]
    leaves, found = flatten(g)
    if found != structure:
        raise ValueError(f"the cotangent has the structure {found} and the function's value {structure}")
    return [_like(leaf, value, "cotangent") for leaf, value in zip(leaves, values)]


def check_tangents(tangents, primals, structure):
    """The leaves of ``tangents``, made arrays like ``primals``; refuses another structure or shape."""
    leaves, found = flatten(tangents)
    if found != structure:
        raise ValueError(f"the tangents have the structure {found} and the primals {structure}")
    return [_like(leaf, value, "tangent") for leaf, value in zip(leaves, primals)]


def _like(x, value, role):
    if isinstance(x, int | float) or (type(x) is not Tracer and backend_of_type(type(x)) is None):
        base = innermost(value)
        backend = backend_of_type(type(base)) or active()
        x = backend.asarray(x, dtype=base.dtype if hasattr(base, "dtype") else None)
    shape = getattr(value, "shape", ())
    if x.shape != shape:
        raise ValueError(f"the {role} has shape {x.shape} and what it belongs to {shape}")
    if hasattr(value, "dtype") and x.dtype != value.dtype:
        from .primitive import cast

        x = cast(x, value)
    return x


def check_scalar(y, transformation):
    """Refuse an output that is not one real number, whatever its shape, with the line to write instead."""
    if isinstance(y, float):
        return
    shape = getattr(y, "shape", None)
    if shape is None or any(n != 1 for n in shape):
        leaves, structure = flatten(y)
        what = describe(y) if structure is LEAF else f"a tree of {len(leaves)} arrays"
        raise TypeError(
            f"{transformation} differentiates a scalar and the function returned {what}: "
            "reduce it with mnp.sum or mnp.mean, return (loss, aux) with has_aux=True, or take mg.jacobian(f)"
        )
    if dtype_name(y.dtype)[:5] != "float":
        raise TypeError(f"{transformation} needs a real-valued function, and it returned {describe(y)}")
