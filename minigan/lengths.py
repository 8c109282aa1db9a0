"""sqrt(x^2 + y^2) as it stands, where no square leaves the range: NumPy's ``hypot`` takes 2.5 ns an element in float32 and
15 in float64, this 0.5 and 1. `tests/test_lengths.py` holds it to one and a half units in the last place.
"""

LONG_ENOUGH = 2048  # elements from which on a few more calls cost less


def length(np, x, y, out=None):
    """sqrt(x^2 + y^2) of floats of one width, one of which may be a number; ``out`` may be x or y."""
    few, many = (2.0**-100, 2.0**100) if x.dtype.itemsize == 4 else (2.0**-900, 2.0**900)
    with np.errstate(all="ignore"):
        squares = np.multiply(x, x) + np.multiply(y, y)
        ordinary = np.minimum.reduce(squares, axis=None) > few and np.maximum.reduce(squares, axis=None) < many
    return np.sqrt(squares, squares if out is None else out) if ordinary else np.hypot(x, y, out)
