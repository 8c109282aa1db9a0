"""Fully visible belief nets: the chain rule, Frey's logistic conditionals, a masked network, and a masked convolution."""

import autograd.numpy as np

from reference.networks import sigmoid


def chain_rule(conditional, x):
    """p(x) = product over i of p(x_i | x_1, ..., x_(i-1)).

    `x` is one vector of bits; `conditional(i, earlier)` is the probability that x_i = 1, given the bits before it; the
    result is a number. Lecture, "Fully Visible Belief Nets".

    >>> print(chain_rule(lambda i, earlier: 0.75 if sum(earlier) else 0.5, [1, 0, 1]))
    0.09375
    """
    p = 1.0
    for i in range(len(x)):
        p_one = conditional(i, x[:i])
        p = p * (p_one if x[i] == 1 else 1 - p_one)
    return p


def logistic_conditional(b, W):
    """p(x_i = 1 | x_1, ..., x_(i-1)) = sigma(b_i + sum over j < i of W_ij x_j), for `chain_rule`.

    `b` has shape (n,), `W` (n, n), of which only j < i is read. Lecture, "Fully Visible Belief Nets".

    >>> p = logistic_conditional(np.array([0.0, 0.0]), np.array([[9.0, 9.0], [np.log(3.0), 9.0]]))
    >>> print(f"{p(1, [1]):.6f}")
    0.750000
    """

    def conditional(i, earlier):
        total = b[i]
        for j in range(i):
            total = total + W[i, j] * earlier[j]
        return sigmoid(total)

    return conditional


def masked_logit(i, x, place, layers, degrees):
    """logit of p(x_i = 1 | those before) = b_i + sum over units k of a degree below place[i] of V_ki h_k, in MADE.

    h_k = max(0, c_k + sum over inputs j of a degree up to its own of W_jk x_j), and so on for further layers. `place[j]`,
    1 for the first, is the degree of bit j, `degrees` has those of each hidden layer, `layers` (W, c) of each and then
    (V, b). Lecture, "Fully Visible Belief Nets".

    >>> layers = [(np.array([[2.0], [9.0]]), np.array([0.0])), (np.array([[9.0, 3.0]]), np.array([0.0, 0.5]))]
    >>> print(masked_logit(1, [1.0, 1.0], [1, 2], layers, [[1]]))
    6.5
    """
    below, h = place, x
    for (W, c), own in zip(layers, degrees):
        units = []
        for k in range(len(own)):
            total = c[k]
            for j in range(len(below)):
                if below[j] <= own[k]:
                    total = total + W[j, k] * h[j]
            units.append(max(0.0, total))
        below, h = own, units
    V, b = layers[-1]
    total = b[i]
    for k in range(len(below)):
        if below[k] < place[i]:
            total = total + V[k, i] * h[k]
    return total


def masked_convolution(x, w, b, sees):
    """y[r, c] = b + sum over places (i, j) of a window that `sees(i, j)` allows of x[r + i, c + j] w[i, j].

    `x` is one image (rows, columns, channels), 0 outside; `w` has shape (height, width, channels, features), both sides
    odd, and (i, j) = (0, 0) is its centre. PixelCNN's masks A and B are `(i, j) < (0, 0)` and `(i, j) <= (0, 0)`.
    Lecture, "Fully Visible Belief Nets".

    >>> y = masked_convolution(np.ones((2, 2, 1)), np.ones((3, 3, 1, 1)), np.zeros(1), lambda i, j: (i, j) < (0, 0))
    >>> print(y[:, :, 0])
    [[0. 1.]
     [2. 3.]]
    """
    rows, columns, _ = x.shape
    height, width, _, features = w.shape
    y = np.zeros((rows, columns, features))
    for r in range(rows):
        for c in range(columns):
            y[r, c] = b
            for i in range(-(height // 2), height // 2 + 1):
                for j in range(-(width // 2), width // 2 + 1):
                    if sees(i, j) and 0 <= r + i < rows and 0 <= c + j < columns:
                        y[r, c] += x[r + i, c + j] @ w[height // 2 + i, width // 2 + j]
    return y
