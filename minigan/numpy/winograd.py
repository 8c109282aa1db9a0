"""Convolution in fewer products, for kernels of twice the stride: Winograd's minimal filtering.

Cut the padded input into cells of one stride. A window is then two cells wide, and along one axis two neighbouring
windows see three cells x0, x1, x2. With the two halves w0, w1 of the kernel,

    (x0 w0 + x1 w1, x1 w0 + x2 w1) = (a + b, b + c),    a = (x0 - x1) w0,  b = x1 (w0 + w1),  c = (x2 - x1) w1:

three products for four, and over both axes nine for sixteen. An odd last window needs a and b alone. The transpose
in the input takes the cotangents g0, g1 of the two windows to the three cells, in the same three products,

    (g0 w0, g0 w1 + g1 w0, g1 w1) = (a, b - a - c, c),    a = g0 w0,  b = (g0 + g1) (w0 + w1),  c = g1 w1,

and the one in the kernel takes x0 - x1, x1, x2 - x1 and g0, g0 + g1, g1 to w0 = a + b and w1 = b + c.
The sums cost some roundings: in float32, from 64 channels to 32 features, the errors of the three measured
1.7, 1.1 and 2.2 times those of plain products. A value that is infinite, or all but, makes its neighbours NaN.
Source: Winograd (1980), Arithmetic Complexity of Computations; Lavin & Gray (2016), Fast Algorithms for Convolutional
Neural Networks, whose F(2, 2) this is.

The functions follow the conventions of `image_kernels`, which calls them where they are faster.
"""

import math

# Bytes of the input that are worked on at once; all that belongs to them is about four times that.
WINOGRAD_BLOCK = 1 << 21


def minimal_convolution(xp, x, w, padding, out):
    """The convolution of ``x`` (n, h, w, c) with ``w`` (kh, kw, c, o) into ``out`` (n, p, q, o);
    the stride is half of the kernel."""
    kernels = mixed_kernels(xp, w)
    for part in samples_at_once(x):
        rows = []
        for cells, row in zip(mixed_cells(xp, x[part], w.shape[:2], padding, out.shape[1:3]), kernels):
            a, b, c = (pointwise(xp, each, kernel) for each, kernel in zip(cells, row))
            c += b[:, :, : c.shape[2]]
            a += b
            rows.append((a, c))
        for parity, (a, b, c) in enumerate(zip(*rows)):
            into = out[part, :, parity::2]
            xp.add(a, b, out=into[:, 0::2])
            xp.add(b[:, : c.shape[1]], c, out=into[:, 1::2])
    return out


def minimal_input_gradient(xp, g, w, shape, padding, out):
    """The transpose of `minimal_convolution` in its input of ``shape`` (h, w), at ``g`` (n, p, q, o)."""
    stride, channels = (w.shape[0] // 2, w.shape[1] // 2), w.shape[2]
    covered = ((places + 1) * s - low for places, s, (low, _) in zip(g.shape[1:3], stride, padding))
    if any(reach < size for reach, size in zip(covered, shape)):
        out[...] = 0  # rows or columns at the end that no window reaches
    kernels = [[kernel.T for kernel in row] for row in mixed_kernels(xp, w)]
    for part in samples_at_once(out):
        rows = []
        for across, row in zip(mixed_cotangents(xp, g[part]), kernels):
            rows.append(three_cells(xp, *(pointwise(xp, each, kernel) for each, kernel in zip(across, row)), 2))
        for parity, products in enumerate(zip(*rows)):
            even, odd = three_cells(xp, *products, 1)
            put_cells(xp, even, (0, parity), stride, channels, padding, out[part])
            put_cells(xp, odd, (1, parity), stride, channels, padding, out[part])
    return out


def minimal_kernel_gradient(xp, x, g, kernel, padding, out):
    """The transpose of `minimal_convolution` in its weights, of shape (kh, kw, c, o), at ``g`` (n, p, q, o)."""
    totals = None
    for part in samples_at_once(x):
        cells = mixed_cells(xp, x[part], kernel, padding, g.shape[1:3])
        pairs = [pair for row in zip(cells, mixed_cotangents(xp, g[part])) for pair in zip(*row)]
        products = [xp.dot(flat(xp, a).T, flat(xp, b)) for a, b in pairs]
        if totals is None:
            totals = products
        else:
            for total, more in zip(totals, products):
                total += more
    rows, columns, channels, features = kernel[0] // 2, kernel[1] // 2, x.shape[3], g.shape[3]
    into = xp.reshape(out, (2, rows, 2, columns, channels, features))
    halves = [(a + b, b + c) for a, b, c in (totals[:3], totals[3:6], totals[6:])]
    for j, three in enumerate(zip(*halves)):
        a, b, c = (xp.reshape(each, (rows, columns, channels, features)) for each in three)
        xp.add(a, b, out=into[0, :, j])
        xp.add(b, c, out=into[1, :, j])
    return out


def samples_at_once(x):
    """Slices that take the samples of ``x`` a few at a time; one that is empty where there are none."""
    n = x.shape[0]
    length = max(1, WINOGRAD_BLOCK // (math.prod(x.shape[1:]) * x.dtype.itemsize or 1))
    return [slice(start, min(start + length, n)) for start in range(0, max(n, 1), length)]


def flat(xp, a):
    """All places of all samples as the rows of a matrix."""
    return xp.reshape(a, (math.prod(a.shape[:3]), a.shape[3]))


def pointwise(xp, a, matrix):
    """The last axis times a matrix."""
    return xp.reshape(xp.dot(flat(xp, a), matrix), (*a.shape[:3], matrix.shape[1]))


# -- sums and differences of neighbours ----------------------------------------------------------------------


def mixed_cells(xp, x, kernel, padding, places):
    """x0 - x1, x1 and x2 - x1 of the cells that each pair of windows sees, on both axes: nine arrays (n, t, u, s s c)."""
    (corner, right), (below, across) = every_other_cell(xp, x, (kernel[0] // 2, kernel[1] // 2), padding, places)
    (t, u), (pairs, columns) = ((p + 1) // 2 for p in places), (p // 2 for p in places)
    below, across = below[:, :t], across[:, :t]
    third = corner[:, 1 : pairs + 1] - below[:, :pairs], right[:, 1 : pairs + 1] - across[:, :pairs]
    first = corner[:, :t] - below, right[:, :t] - across
    mixed = []
    for even, odd in (first, (below, across), third):
        last = even[:, :, 1 : columns + 1] - odd[:, :, :columns]
        even, odd = even[:, :, :u], odd[:, :, :u]
        even -= odd
        mixed.append((even, odd, last))
    return mixed


def every_other_cell(xp, x, stride, padding, places):
    """The cells (n, t, u, s s c) of the padded ``x`` that have even and odd numbers, on both axes."""
    n, height, width, channels = x.shape
    (top, _), (left, _) = padding
    t, u = ((p + 2) // 2 for p in places)
    padded = xp.zeros((n, 2 * t * stride[0], 2 * u * stride[1], channels), dtype=x.dtype)
    rows, columns = min(height, padded.shape[1] - top), min(width, padded.shape[2] - left)
    padded[:, top : top + rows, left : left + columns] = x[:, :rows, :columns]
    split = xp.reshape(padded, (n, t, 2, stride[0], u, 2, stride[1] * channels))
    return [
        [
            xp.reshape(xp.permute_dims(split[:, :, i, :, :, j], (0, 1, 3, 2, 4)), (n, t, u, math.prod(stride) * channels))
            for j in (0, 1)
        ]
        for i in (0, 1)
    ]


def mixed_cotangents(xp, g):
    """g0, g0 + g1 and g1 of every pair of windows, on both axes: nine arrays (n, t, u, o)."""
    return [mixed_pairs(xp, down, 2) for down in mixed_pairs(xp, g, 1)]


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
    """w0, w0 + w1 and w1 of the kernel's halves, on both axes: nine matrices (s s c, o)."""
    rows, columns, channels, features = w.shape[0] // 2, w.shape[1] // 2, *w.shape[2:]
    halves = xp.reshape(w, (2, rows, 2, columns, channels, features))
    mixed = []
    for down in (halves[0], halves[0] + halves[1], halves[1]):
        three = (down[:, 0], down[:, 0] + down[:, 1], down[:, 1])
        mixed.append([xp.reshape(part, (rows * columns * channels, features)) for part in three])
    return mixed


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
