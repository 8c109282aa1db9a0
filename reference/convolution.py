"""What a convolutional generator and discriminator are made of, by loops over the places of the image.

Images have shape (samples, rows, columns, channels), weights (rows, columns, channels of the image / groups,
features). `stride` and `dilation` are pairs, `padding` is ((top, bottom), (left, right)). The lecture draws
the architecture and leaves the formulas to Radford et al. (2015).
"""

import autograd.numpy as np

NO_PADDING = ((0, 0), (0, 0))


def conv2d(x, w, stride=(1, 1), padding=NO_PADDING, dilation=(1, 1), groups=1):
    """y[n, p, q, o] = sum over i, j, c of x[n, p s + i d - top, q s + j d - left, c] w[i, j, c, o].

    Outside the image x is 0. With `groups`, the g-th part of the features o sees the g-th part of the channels.
    Lecture, "DCGAN Architecture".

    >>> print(conv2d(np.arange(9.0).reshape(1, 3, 3, 1), np.ones((2, 2, 1, 1)))[0, :, :, 0])
    [[ 8. 12.]
     [20. 24.]]
    """
    (top, bottom), (left, right) = padding
    x = np.pad(x, ((0, 0), (top, bottom), (left, right), (0, 0)), "constant")
    rows, columns, channels, features = w.shape
    high = (x.shape[1] - dilation[0] * (rows - 1) - 1) // stride[0] + 1
    wide = (x.shape[2] - dilation[1] * (columns - 1) - 1) // stride[1] + 1
    y = []
    for p in range(high):
        for q in range(wide):
            for o in range(features):
                g = o // (features // groups)
                total = 0.0
                for i in range(rows):
                    for j in range(columns):
                        for c in range(channels):
                            pixel = x[
                                :, p * stride[0] + i * dilation[0], q * stride[1] + j * dilation[1], g * channels + c
                            ]
                            total = total + pixel * w[i, j, c, o]
                y.append(total)
    return np.moveaxis(np.reshape(np.array(y), (high, wide, features, len(x))), 3, 0)


def conv_transpose2d(x, w, stride=(1, 1), padding=NO_PADDING, output_padding=(0, 0), dilation=(1, 1), groups=1):
    """y <- y + x[n, p, q, o] w[i, j, c, o] at row p s + i d - top, column q s + j d - left, channel c.

    There are (rows - 1) s + d (kernel - 1) + 1 + output_padding rows, less the padding, and so many columns;
    what falls outside is lost. Lecture, "DCGAN Architecture".

    >>> x = np.array([1.0, 10.0]).reshape(1, 1, 2, 1)
    >>> print(conv_transpose2d(x, np.ones((1, 3, 1, 1)), stride=(1, 2))[0, 0, :, 0])
    [ 1.  1. 11. 10. 10.]
    """
    (top, bottom), (left, right) = padding
    rows, columns, channels, features = w.shape
    high = (x.shape[1] - 1) * stride[0] + dilation[0] * (rows - 1) + 1 + output_padding[0]
    wide = (x.shape[2] - 1) * stride[1] + dilation[1] * (columns - 1) + 1 + output_padding[1]
    pixels = {}
    for p in range(x.shape[1]):
        for q in range(x.shape[2]):
            for o in range(features):
                g = o // (features // groups)
                for i in range(rows):
                    for j in range(columns):
                        for c in range(channels):
                            at = (p * stride[0] + i * dilation[0], q * stride[1] + j * dilation[1], g * channels + c)
                            pixels[at] = pixels.get(at, 0.0) + x[:, p, q, o] * w[i, j, c, o]
    nothing = np.zeros(len(x))
    channels = channels * groups
    y = [pixels.get((r, s, c), nothing) for r in range(high) for s in range(wide) for c in range(channels)]
    y = np.moveaxis(np.reshape(np.array(y), (high, wide, channels, len(x))), 3, 0)
    return y[:, top : high - bottom, left : wide - right, :]


def windows(x, kernel, stride, padding, border):
    """[[a, b], ...]: for each place (p, q) what a window of the padded image holds, a list of (n, c) arrays.

    Lecture, "DCGAN Architecture".

    >>> print([float(a[0, 0]) for a in windows(np.arange(4.0).reshape(1, 1, 4, 1), (1, 2), (1, 2), NO_PADDING, 0.0)[1]])
    [2.0, 3.0]
    """
    (top, bottom), (left, right) = padding
    widths = ((0, 0), (top, bottom), (left, right), (0, 0))
    x = np.pad(x, widths, "constant", constant_values=border)
    high, wide = (x.shape[1] - kernel[0]) // stride[0] + 1, (x.shape[2] - kernel[1]) // stride[1] + 1
    return [
        [x[:, p * stride[0] + i, q * stride[1] + j, :] for i in range(kernel[0]) for j in range(kernel[1])]
        for p in range(high)
        for q in range(wide)
    ]


def pool(x, kernel, stride, padding, border, one):
    """y[n, p, q, c] = one(values of the window at (p, q)).

    Lecture, "DCGAN Architecture".

    >>> print(pool(np.arange(4.0).reshape(1, 1, 4, 1), (1, 2), (1, 2), NO_PADDING, 0.0, sum)[0, 0, :, 0])
    [1. 5.]
    """
    high = (x.shape[1] + sum(padding[0]) - kernel[0]) // stride[0] + 1
    y = np.array([one(values) for values in windows(x, kernel, stride, padding, border)])
    return np.moveaxis(np.reshape(y, (high, -1, x.shape[0], x.shape[3])), 2, 0)


def max_pool2d(x, kernel, stride, padding=NO_PADDING):
    """y[n, p, q, c] = max over i, j of x[n, p s + i - top, q s + j - left, c].

    Lecture, "DCGAN Architecture".

    >>> print(max_pool2d(np.arange(16.0).reshape(1, 4, 4, 1), (2, 2), (2, 2))[0, :, :, 0])
    [[ 5.  7.]
     [13. 15.]]
    """

    def largest(values):
        best = values[0]
        for value in values[1:]:
            best = np.where(value > best, value, best)
        return best

    return pool(x, kernel, stride, padding, -np.inf, largest)


def avg_pool2d(x, kernel, stride, padding=NO_PADDING):
    """y[n, p, q, c] = (1 / (kh kw)) sum over i, j of x[n, p s + i - top, q s + j - left, c], x = 0 outside.

    Lecture, "DCGAN Architecture".

    >>> print(avg_pool2d(np.arange(16.0).reshape(1, 4, 4, 1), (2, 2), (2, 2))[0, :, :, 0])
    [[ 2.5  4.5]
     [10.5 12.5]]
    """
    return pool(x, kernel, stride, padding, 0.0, lambda values: sum(values) / len(values))


def upsample_nearest2d(x, scale):
    """y[n, p, q, c] = x[n, floor(p / s), floor(q / s), c].

    Lecture, "DCGAN Architecture".

    >>> print(upsample_nearest2d(np.array([1.0, 2.0]).reshape(1, 1, 2, 1), (1, 3))[0, 0, :, 0])
    [1. 1. 1. 2. 2. 2.]
    """
    high, wide = x.shape[1] * scale[0], x.shape[2] * scale[1]
    y = [x[:, p // scale[0], q // scale[1], :] for p in range(high) for q in range(wide)]
    return np.moveaxis(np.reshape(np.array(y), (high, wide, x.shape[0], x.shape[3])), 2, 0)


def upsample_bilinear2d(x, size):
    """y[n, p, q, c] = (1 - a) (1 - b) x00 + (1 - a) b x01 + a (1 - b) x10 + a b x11.

    The new pixel p lies at u = (p + 1/2) old / new - 1/2 among the old rows, moved inside them; x0. is row
    floor(u), x1. the next (or the last) one and a = u - floor(u). Columns likewise, with b.
    Lecture, "DCGAN Architecture".

    >>> print(upsample_bilinear2d(np.array([0.0, 4.0]).reshape(1, 1, 2, 1), (1, 4))[0, 0, :, 0])
    [0. 1. 3. 4.]
    """

    def neighbours(new, old, total):
        u = min(max((new + 0.5) * old / total - 0.5, 0.0), old - 1.0)
        first = int(u)
        return first, min(first + 1, old - 1), u - first

    y = []
    for p in range(size[0]):
        r0, r1, a = neighbours(p, x.shape[1], size[0])
        for q in range(size[1]):
            s0, s1, b = neighbours(q, x.shape[2], size[1])
            upper = (1 - b) * x[:, r0, s0, :] + b * x[:, r0, s1, :]
            lower = (1 - b) * x[:, r1, s0, :] + b * x[:, r1, s1, :]
            y.append((1 - a) * upper + a * lower)
    return np.moveaxis(np.reshape(np.array(y), (*size, x.shape[0], x.shape[3])), 2, 0)
