"""A transposed convolution in fewer products, for kernels of twice the stride: Winograd's minimal filtering.

Cut the padded input into cells of one stride. A window is then two cells wide, and along one axis the cotangents g0, g1
of two neighbouring windows reach three cells. With the two halves w0, w1 of the kernel,

    (g0 w0, g0 w1 + g1 w0, g1 w1) = (a, b - a - c, c),    a = g0 w0,  b = (g0 + g1) (w0 + w1),  c = g1 w1:

three products for four, and over both axes nine for sixteen. An odd last window needs a and b alone. The sums cost some
roundings: in float32 the error of a layer of 48 features measured 1.1 times that of plain products. Source: Winograd
(1980), Arithmetic Complexity of Computations; Lavin & Gray (2016), Fast Algorithms for Convolutional Neural Networks,
whose F(2, 2) this is, transposed.

The functions follow the conventions of `image_kernels`, which calls them where they are faster.
"""

import math

# Bytes of the input's gradient that are worked on at once; all that belongs to them is about four times that.
WINOGRAD_BLOCK = 1 << 21


def minimal_input_gradient(xp, g, w, shape, padding, out):
    """The transpose of a convolution in its input of ``shape`` (h, w), at ``g`` (n, p, q, o); the stride is half of
    the kernel ``w`` (kh, kw, c, o)."""
    stride, channels = (w.shape[0] // 2, w.shape[1] // 2), w.shape[2]
    covered = ((places + 1) * s - low for places, s, (low, _) in zip(g.shape[1:3], stride, padding))
    if any(reach < size for reach, size in zip(covered, shape)):
        out[...] = 0  # rows or columns at the end that no window reaches
    kernels = mixed_kernels(xp, w)
    length = max(1, WINOGRAD_BLOCK // (math.prod(out.shape[1:]) * out.dtype.itemsize or 1))
    for start in range(0, g.shape[0], length):
        part = slice(start, start + length)
        rows = []
        for down, row in zip(mixed_pairs(xp, g[part], 1), kernels):
            products = [pointwise(xp, across, kernel) for across, kernel in zip(mixed_pairs(xp, down, 2), row)]
            rows.append(three_cells(xp, *products, 2))
        for parity, products in enumerate(zip(*rows)):
            even, odd = three_cells(xp, *products, 1)
            put_cells(xp, even, (0, parity), stride, channels, padding, out[part])
            put_cells(xp, odd, (1, parity), stride, channels, padding, out[part])
    return out


def mixed_pairs(xp, g, axis):
    """g0, g0 + g1 and g1 of every pair of neighbours along an axis; an odd last one has no g1."""
    before = (slice(None),) * axis
    first = xp.ascontiguousarray(g[(*before, slice(0, None, 2))])
    second = xp.ascontiguousarray(g[(*before, slice(1, None, 2))])
    both = xp.empty_like(first)
    paired, single = ((*before, part) for part in (slice(0, second.shape[axis]), slice(second.shape[axis], None)))
    xp.add(first[paired], second, out=both[paired])
    both[single] = first[single]
    return first, both, second


def mixed_kernels(xp, w):
    """w0, w0 + w1 and w1 of the kernel's halves, on both axes: nine matrices (o, s s c)."""
    rows, columns, channels, features = w.shape[0] // 2, w.shape[1] // 2, *w.shape[2:]
    halves = xp.reshape(w, (2, rows, 2, columns, channels, features))
    mixed = []
    for down in (halves[0], halves[0] + halves[1], halves[1]):
        three = (down[:, 0], down[:, 0] + down[:, 1], down[:, 1])
        mixed.append([xp.reshape(part, (rows * columns * channels, features)).T for part in three])
    return mixed


def pointwise(xp, g, matrix):
    """The last axis times a matrix."""
    rows = xp.reshape(g, (math.prod(g.shape[:3]), g.shape[3]))
    return xp.reshape(xp.dot(rows, matrix), (*g.shape[:3], matrix.shape[1]))


def three_cells(xp, a, b, c, axis):
    """Along an axis, what lands in the even cells, a with the c of the pair before, and in the odd ones, b - a - c."""
    pairs, whole = c.shape[axis], a.shape[axis]
    before = (slice(None),) * axis
    paired, later = (*before, slice(0, pairs)), (*before, slice(1, None))
    b -= a
    b[paired] -= c
    if whole > pairs:
        a[later] += c[(*before, slice(0, whole - 1))]
        return a, b
    even = xp.empty((*a.shape[:axis], pairs + 1, *a.shape[axis + 1 :]), dtype=a.dtype)
    even[paired] = a
    even[(*before, slice(pairs, None))] = 0
    even[later] += c
    return even, b


def put_cells(xp, cells, parity, stride, channels, padding, out):
    """Write every other cell (n, t, u, s s c), from ``parity`` on, to its pixels of ``out``, if it is inside."""
    cells = xp.reshape(cells, (*cells.shape[:3], *stride, channels))
    for i in range(stride[0]):
        t, into_rows = every_other(parity[0] * stride[0] + i - padding[0][0], cells.shape[1], stride[0], out.shape[1])
        for j in range(stride[1]):
            u, into_columns = every_other(
                parity[1] * stride[1] + j - padding[1][0], cells.shape[2], stride[1], out.shape[2]
            )
            out[:, into_rows, into_columns] = cells[:, t, u, i, j]


def every_other(offset, count, stride, size):
    """Which of ``count`` numbers ``offset`` + 2 ``stride`` k are inside ``size``, and where."""
    step = 2 * stride
    first = max(0, -(offset // step))
    stop = max(first, min(count, (size - 1 - offset) // step + 1))
    if stop == first:
        return slice(0, 0), slice(0, 0)
    start = first * step + offset
    return slice(first, stop), slice(start, start + step * (stop - first - 1) + 1, step)
