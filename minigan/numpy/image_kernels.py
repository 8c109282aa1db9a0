"""Convolution of images over raw arrays, each map with its transposes beside it.

Convolution is a matrix product. With P the padded input, s the stride, d the dilation and everything laid out
(sample, row, column, channel),

    y[n, p, q, o] = sum over i, j, c of P[n, p s + i d, q s + j d, c] w[i, j, c, o].

`conv2d` lays the windows of P out as the rows of a matrix and multiplies once; `conv2d_kernel_gradient` multiplies
by the same matrix transposed; `conv2d_input_gradient` either multiplies first and adds the windows back where they came
from, or lays out windows of the cotangent for each sub-pixel phase of the input, or saves products as `winograd` says.
What is faster depends on the shape, and each function says by what it decides. On a CPU samples are taken a few
at a time, so that their windows stay in its cache.

Every function takes the library's namespace ``xp`` first; besides `math` the file imports only `winograd`, which
is written alike, so that their source runs by itself. Static arguments are pairs, ``padding`` a pair of pairs,
and have been checked; ``out`` is a contiguous array of the result's shape and dtype to write into (NumPy and CuPy).
"""

import math

from .winograd import minimal_convolution, minimal_input_gradient, minimal_kernel_gradient

# Bytes that the windows of one product may take: on CPUs with 1 MB of second-level cache, 1 to 4 MB measure
# alike; a GPU wants few large products.
CPU_BLOCK, GPU_BLOCK = 3 << 19, 1 << 29
# With fewer channels, windows are copied faster if neighbouring pixels, not channels, lie next to one another.
FEW_CHANNELS = 4
# With fewer channels, adding windows back beats gathering windows for each phase.
PHASE_CHANNELS = 16
# Multiplications, and channels of the input, from which on saving a quarter and more of the first outweighs the sums
# that it takes; on the way back, where the alternative is slower, a quarter of the channels will do.
MINIMAL_WORK, MINIMAL_CHANNELS = 1 << 25, 64


def conv2d(xp, x, w, stride, padding, dilation, groups, out=None):
    """The convolution of ``x`` (n, h, w, c) with ``w`` (kh, kw, c / groups, o); a cross-correlation."""
    if groups > 1:
        pairs = zip(channel_groups(x, groups), channel_groups(w, groups))
        parts = [conv2d(xp, x_part, w_part, stride, padding, dilation, 1) for x_part, w_part in pairs]
        return copied(xp.concat(parts, axis=3), out)
    kernel, n = w.shape[:2], x.shape[0]
    places = window_places(x.shape[1:3], kernel, stride, padding, dilation)
    if minimal(xp, x, w, (n, *places), w.shape, stride, dilation, MINIMAL_CHANNELS):
        return minimal_convolution(xp, x, w, padding, empty(xp, (n, *places, w.shape[3]), x) if out is None else out)
    shape, matrix = (n, *places, w.shape[3]), xp.reshape(w, (math.prod(w.shape[:3]), w.shape[3]))
    blocks = sample_blocks(xp, x, math.prod(places) * matrix.shape[0])
    if len(blocks) == 1:
        return product(xp, window_matrix(xp, x, kernel, stride, padding, dilation, places), matrix, shape, out)
    out = empty(xp, shape, x) if out is None else out
    for block in blocks:
        rows = window_matrix(xp, x[block], kernel, stride, padding, dilation, places)
        product(xp, rows, matrix, out[block].shape, out[block])
    return out


def conv2d_kernel_gradient(xp, x, g, kernel, stride, padding, dilation, groups, out=None):
    """The transpose of `conv2d` in its weights, whose first two axes have shape ``kernel``, at ``g``."""
    if groups > 1:
        pairs = zip(channel_groups(x, groups), channel_groups(g, groups))
        parts = [conv2d_kernel_gradient(xp, *pair, kernel, stride, padding, dilation, 1) for pair in pairs]
        return copied(xp.concat(parts, axis=3), out)
    places, features = g.shape[1:3], g.shape[3]
    shape = (*kernel, x.shape[3], features)
    if minimal(xp, x, g, g.shape[:3], shape, stride, dilation, MINIMAL_CHANNELS):
        return minimal_kernel_gradient(xp, x, g, kernel, padding, empty(xp, shape, x) if out is None else out)
    total = None
    for block in sample_blocks(xp, x, math.prod(places) * math.prod(shape[:3])):
        rows = window_matrix(xp, x[block], kernel, stride, padding, dilation, places)
        cotangent = xp.reshape(g[block], (rows.shape[0], features))
        if total is None:
            total = product(xp, rows.T, cotangent, shape, out)
        else:
            total += product(xp, rows.T, cotangent, shape)
    return total


def conv2d_input_gradient(xp, g, w, shape, stride, padding, dilation, groups, out=None):
    """The transpose of `conv2d` in its input of ``shape`` (h, w), at ``g`` (n, p, q, o)."""
    if groups > 1:
        pairs = zip(channel_groups(g, groups), channel_groups(w, groups))
        parts = [conv2d_input_gradient(xp, *pair, shape, stride, padding, dilation, 1) for pair in pairs]
        return copied(xp.concat(parts, axis=3), out)
    kernel, channels = w.shape[:2], w.shape[2]
    whole = (g.shape[0], *shape, channels)
    if minimal(xp, g, w, g.shape[:3], w.shape, stride, dilation, PHASE_CHANNELS):
        return minimal_input_gradient(xp, g, w, shape, padding, empty(xp, whole, g) if out is None else out)
    # Phases multiply by the zeros around g, too, and write every s-th row and column: both must be cheap.
    wasteful = math.prod(shape) > 1.4 * math.prod(stride) * math.prod(g.shape[1:3])
    if wasteful or channels < PHASE_CHANNELS or kernel == (1, 1):
        return add_windows(xp, g, w, whole, stride, padding, dilation, out)
    return fill_phases(xp, g, w, whole, stride, padding, dilation, out)


def minimal(xp, a, b, places, kernel, stride, dilation, least_channels):
    """Whether `winograd` is faster for operands ``a`` and ``b``, windows at ``places`` (n, p, q)
    and a ``kernel`` (kh, kw, c, o)."""
    twice = tuple(kernel[:2]) == (2 * stride[0], 2 * stride[1]) and dilation == (1, 1)
    large = math.prod(places) * math.prod(kernel) >= MINIMAL_WORK and kernel[2] >= least_channels
    return twice and large and xp.__name__ == "numpy" and a.dtype == b.dtype and a.dtype.kind == "f"


# -- windows -------------------------------------------------------------------------------------------------


def window_places(size, kernel, stride, padding, dilation):
    """How many windows fit: floor((size + padding - dilation (kernel - 1) - 1) / stride) + 1, on each axis."""
    axes = zip(size, kernel, stride, padding, dilation)
    return tuple((n + low + high - d * (k - 1) - 1) // s + 1 for n, k, s, (low, high), d in axes)


def window_matrix(xp, x, kernel, stride, padding, dilation, places):
    """The windows of ``x`` as the rows of a matrix, (n p q, kh kw c)."""
    n, _, _, channels = x.shape
    shape = (n * places[0] * places[1], kernel[0] * kernel[1] * channels)
    x = padded(xp, x, padding)
    if kernel == (1, 1):
        return xp.reshape(tap(x, 0, 0, stride, dilation, places), shape)
    view = windows(xp, x, kernel, stride, dilation, places)
    if channels < FEW_CHANNELS:
        return xp.reshape(xp.permute_dims(view, (3, 4, 5, 0, 1, 2)), shape[::-1]).T
    return xp.reshape(view, shape)


def windows(xp, x, kernel, stride, dilation, places):
    """The windows of ``x``, (n, p, q, kh, kw, c): a view where the library has strides, else a copy."""
    shape = (x.shape[0], *places, *kernel, x.shape[3])
    if hasattr(xp, "lib"):
        n, row, column, channel = x.strides
        strides = (n, row * stride[0], column * stride[1], row * dilation[0], column * dilation[1], channel)
        return xp.lib.stride_tricks.as_strided(x, shape, strides)
    taps = [tap(x, i, j, stride, dilation, places) for i in range(kernel[0]) for j in range(kernel[1])]
    return xp.reshape(xp.stack(taps, axis=3), shape)


def tap(x, i, j, stride, dilation, places):
    """What every window has at its place (i, j), (n, p, q, c)."""
    top, left = i * dilation[0], j * dilation[1]
    bottom, right = top + stride[0] * (places[0] - 1) + 1, left + stride[1] * (places[1] - 1) + 1
    return x[:, top : bottom : stride[0], left : right : stride[1], :]


def sample_blocks(xp, x, size):
    """Indices that take the samples of ``x`` a few at a time, if the windows of one have ``size`` elements."""
    n = x.shape[0]
    limit = CPU_BLOCK if xp.__name__ == "numpy" else GPU_BLOCK
    count = min(n, -(-n * size * x.dtype.itemsize // limit)) if hasattr(xp, "lib") else 1
    length = -(-n // max(count, 1)) or 1
    return [(slice(start, min(start + length, n)), ...) for start in range(0, max(n, 1), length)]


# -- the two ways back ---------------------------------------------------------------------------------------


def add_windows(xp, g, w, whole, stride, padding, dilation, out=None):
    """One product makes every window's share of the input; each place in the window is added in one step."""
    _, rows, columns, features = g.shape
    kernel, channels = w.shape[:2], w.shape[2]
    matrix = xp.reshape(w, (math.prod(w.shape[:3]), features)).T
    out = zeros_in(xp, whole, g, out)
    # few adjacent channels make a short inner loop: NumPy does better over the pixels of one channel
    single = xp.__name__ == "numpy" and 1 < channels <= FEW_CHANNELS
    per_channel = range(channels) if single else (slice(None),)
    for block in sample_blocks(xp, g, rows * columns * matrix.shape[1]):
        part = g[block]
        flat = xp.reshape(part, (part.shape[0] * rows * columns, features))
        shares = product(xp, flat, matrix, (part.shape[0], rows, columns, *kernel, channels))
        for i in range(kernel[0]):
            p, into_rows = inside(i, rows, whole[1], stride[0], padding[0], dilation[0])
            for j in range(kernel[1]):
                q, into_columns = inside(j, columns, whole[2], stride[1], padding[1], dilation[1])
                for channel in per_channel:
                    out[block[0], into_rows, into_columns, channel] += shares[:, p, q, i, j, channel]
    return out


def inside(i, places, size, stride, padding, dilation):
    """Which windows have their place ``i`` inside the input, and where there, on one axis."""
    offset = i * dilation - padding[0]
    first = max(0, -(offset // stride))
    stop = max(first, min(places, (size - 1 - offset) // stride + 1))
    start = first * stride + offset
    if stop == first:
        return slice(0, 0), slice(0, 0)
    return slice(first, stop), slice(start, start + stride * (stop - first - 1) + 1, stride)


def fill_phases(xp, g, w, whole, stride, padding, dilation, out=None):
    """Every s-th row and column of the input is a convolution, of stride one, of ``g`` with some of ``w``."""
    features, channels = w.shape[3], w.shape[2]
    vertical, horizontal = (
        axis_phases(*numbers) for numbers in zip(whole[1:3], w.shape[:2], stride, padding, dilation)
    )
    border = (axis_border(vertical, g.shape[1]), axis_border(horizontal, g.shape[2]))
    if out is None:
        out = empty(xp, whole, g)
    if len(vertical) < min(stride[0], whole[1]) or len(horizontal) < min(stride[1], whole[2]):
        out[...] = 0  # a stride wider than the kernel leaves rows or columns out
    phases = []
    for down in vertical:
        for across in horizontal:
            matrix = xp.permute_dims(w[down[1], across[1], :, :], (0, 1, 3, 2))
            phases.append((down, across, xp.reshape(matrix, (down[3] * across[3] * features, channels))))
    # the windows of one phase
    size = max([0, *(d[3] * d[5] * a[3] * a[5] * features for d, a, _ in phases)])
    for block in sample_blocks(xp, g, size):
        bordered = padded(xp, g[block], border)
        for (into_rows, _, top, *down), (into_columns, _, left, *across), matrix in phases:
            kernel, spread, places = zip(down, across)
            part = bordered[:, top + border[0][0] :, left + border[1][0] :, :]
            lines = window_matrix(xp, part, kernel, (1, 1), ((0, 0), (0, 0)), spread, places)
            shape = (part.shape[0], *places, channels)
            out[block[0], into_rows, into_columns, :] = product(xp, lines, matrix, shape)
    return out


def axis_phases(size, kernel, stride, padding, dilation):
    """On one axis, each residue modulo the stride that has places of the window, as

    (its indices in the input, its places in the window backwards, the first index that it reads of the cotangent,
    the number of places, the distance between what two of them read, how many indices).
    """
    low, common = padding[0], math.gcd(stride, dilation)
    phases = []
    for first in range(min(stride, size)):
        count = -(-(size - first) // stride)
        places = [i for i in range(kernel) if (first + low - i * dilation) % stride == 0]
        if places:
            backwards = slice(places[-1], None, -(stride // common))
            reads = (first + low - places[-1] * dilation) // stride
            into = slice(first, first + stride * (count - 1) + 1, stride)
            phases.append((into, backwards, reads, len(places), dilation // common, count))
    return phases


def axis_border(phases, places):
    """How many zeros the phases read before and after a cotangent of so many ``places``."""
    low = max([0, *(-reads for _, _, reads, *_ in phases)])
    high = max([0, *(r + (k - 1) * d + count - places for _, _, r, k, d, count in phases)])
    return low, high


# -- what the libraries call differently ---------------------------------------------------------------------


def product(xp, a, b, shape, out=None):
    """The matrix product in another ``shape``; NumPy's ``dot`` is faster than its ``matmul`` at small sizes."""
    if out is None:
        return xp.reshape(xp.dot(a, b) if hasattr(xp, "dot") else a @ b, shape)
    xp.dot(a, b, out=xp.reshape(out, (a.shape[0], b.shape[1])))
    return out


def padded(xp, x, padding, value=0.0):
    """``x`` with a border of one ``value`` on its rows and columns."""
    (top, bottom), (left, right) = padding
    if not (top or bottom or left or right):
        return x
    n, rows, columns, channels = x.shape
    out = zeros(xp, (n, rows + top + bottom, columns + left + right, channels), x)
    if value != 0:
        out[...] = value
    out[:, top : top + rows, left : left + columns, :] = x
    return out


def channel_groups(x, groups):
    """``x`` cut into equal parts of its last axis."""
    width = x.shape[-1] // groups
    return [x[..., i * width : (i + 1) * width] for i in range(groups)]


def copied(x, out):
    """``x``, in ``out`` if there is one."""
    if out is None:
        return x
    out[...] = x
    return out


def empty(xp, shape, like):
    """An array whose values mean nothing yet, in the dtype and on the device of ``like``."""
    return created(xp, xp.empty, shape, like)


def zeros(xp, shape, like):
    """Zeros in the dtype and on the device of ``like``."""
    return created(xp, xp.zeros, shape, like)


def zeros_in(xp, shape, like, out):
    """Zeros in ``out``, or in an array of its own."""
    if out is None:
        return zeros(xp, shape, like)
    out[...] = 0
    return out


def created(xp, create, shape, like):
    """What ``create`` makes, where ``like`` lives."""
    if xp.__name__ == "numpy":
        return create(shape, dtype=like.dtype)
    if xp.__name__ == "cupy":
        with like.device:
            return create(shape, dtype=like.dtype)
    return create(shape, dtype=like.dtype, device=like.device)
