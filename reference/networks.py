"""Networks: x = G(z; theta^(G)) and D(x; theta^(D)), both tanh networks.

Parameters are a list of layers (W, b), W of shape (inputs, outputs) and b of shape (outputs,).
"""

import autograd.numpy as np


def sigmoid(x):
    """sigma(x) = 1 / (1 + exp(-x)), elementwise.

    Lecture, "f-GAN [Nowozin et al, 2016]", row "GAN": log D = -log(1 + exp(-v)), that is D = sigma(v).

    >>> print(f"{sigmoid(np.log(3.0)):.6f}")
    0.750000
    """
    return 1 / (1 + np.exp(-x))


def mlp(params, x):
    """h_0 = x, h_i = tanh(h_(i-1) W_i + b_i), the last layer without tanh.

    `x` has shape (batch, inputs of the first layer); the result has shape (batch, outputs of the last).
    Lecture, "Generator Network".

    >>> params = [(np.array([[1.0], [2.0]]), np.array([0.5])), (np.array([[3.0]]), np.array([-1.0]))]
    >>> print(f"{mlp(params, np.array([[0.1, 0.2]]))[0, 0]:.6f}")
    1.284782
    """
    *hidden, (W_last, b_last) = params
    for W, b in hidden:
        x = np.tanh(x @ W + b)
    return x @ W_last + b_last


def generator(params, z):
    """x = G(z; theta^(G)), here G = mlp.

    `z` has shape (batch, latent), the result (batch, visible). Lecture, "Generator Network".

    >>> print(generator([(np.array([[2.0]]), np.array([1.0]))], np.array([[3.0]])))
    [[7.]]
    """
    return mlp(params, z)


def discriminator(params, x):
    """D(x; theta^(D)) = sigma(mlp(x)), a probability that x is data.

    `x` has shape (batch, visible), the result (batch, 1). Lecture, "Minimax Game".

    >>> print(discriminator([(np.array([[0.0]]), np.array([0.0]))], np.array([[3.0]])))
    [[0.5]]
    """
    return sigmoid(mlp(params, x))
