"""The rows of the lecture's last slides in their order, as `minigan figure families` draws them."""

from __future__ import annotations

from . import (
    bayesian_linear,
    boosting,
    dropout,
    early_stopping,
    ensembling,
    expectation_maximisation,
    forests,
    gradient_noise,
    inference,
    k_means,
    kernel_density,
    l2,
    latent_linear,
    maximum_margin,
    neighbours,
    sentences,
    support_vectors,
    variational,
    wide_networks,
)
from .row import Row

ROWS: dict[str, tuple[Row, ...]] = {
    "ML as a bag of tricks": tuple(
        file.ROW
        for file in (
            k_means,
            kernel_density,
            support_vectors,
            maximum_margin,
            boosting,
            forests,
            neighbours,
            latent_linear,
            bayesian_linear,
            wide_networks,
        )
    ),
    "Regularization as a bag of tricks": tuple(
        file.ROW
        for file in (
            early_stopping,
            ensembling,
            l2,
            gradient_noise,
            dropout,
            expectation_maximisation,
            variational,
            inference,
        )
    ),
    "A language of models": (sentences.ROW,),
}
