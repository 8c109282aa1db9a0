"""A choice between two arrays of floats without a branch.

NumPy's ``where`` and masked copies jump at every element, and on data in no order a processor takes every other jump
wrong: 4 to 14 ns an element. Bits picked by a mask take 0.25 to 0.8, and stay what they are: signs of zeros,
infinities and NaN.
"""

LONG_ENOUGH = 1024  # elements from which on three more calls cost less than the jumps


def chosen(np, condition, x, y, out=None):
    """``x`` where ``condition`` (an array of truth values) holds, else ``y``; ``None`` for one of them is zero.

    Both are arrays of the same dtype, float32 or float64; ``out`` may be x or y itself. With ``mask`` all ones where the
    condition holds, that is y ^ ((x ^ y) & mask).
    """
    if x is None or (out is y and y is not None):
        mask, x, y = condition.view(np.int8) - np.int8(1), y, x  # the other way round
    else:
        mask = np.negative(condition.view(np.int8))
    dtype = x.dtype
    word = np.int32 if dtype.itemsize == 4 else np.int64
    x, bits = x.view(word), None if out is None else out.view(word)
    if y is None:
        bits = np.bitwise_and(mask, x, bits)
    else:
        y = y.view(word)
        bits = np.bitwise_xor(x, y, bits)
        bits = np.bitwise_and(mask, bits, bits if bits.shape == mask.shape or out is not None else None)
        np.bitwise_xor(y, bits, bits)
    return bits.view(dtype) if out is None else out
