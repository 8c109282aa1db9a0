"""The figures that have a name: what `minigan figure NAME` draws, each the same at every call, but for what is timed."""

from __future__ import annotations

import math
from collections.abc import Callable
from inspect import Parameter, getdoc, isfunction, signature
from pathlib import Path
from typing import NamedTuple

from ..densities import Mixture, Normal
from ..names import unknown
from ..own_file import defined, is_own_file, line_of, load, split

# The f-GAN paper does not print its mixture; with these variances the exact minima are those of its table 2.
PAPER = Mixture((0.33, 0.67), (Normal(-1.0, math.sqrt(0.065)), Normal(2.0, math.sqrt(2.0))))
PAPER_NAME = "0.33 N(-1, 0.065) + 0.67 N(2, 2), variances"


class NamedFigure(NamedTuple):
    """A sentence on what is seen, and the function that draws it."""

    about: str
    draw: Callable


def f_divergences():
    """The sheet of all rows."""
    from .sheet import sheet_of_rows

    return sheet_of_rows()


def gaussian_fits():
    """The best Gaussian of every row against the f-GAN paper's mixture."""
    from ..divergences import TABLE
    from ..divergences.fit import fit_gaussian
    from .divergences import fits_of_rows

    found = []
    for row in TABLE.values():
        best = fit_gaussian(row, PAPER)
        found.append(
            {
                "row": row.name,
                "mean": float(best.gaussian.mean),
                "deviation": float(best.gaussian.deviation),
                "value": float(best.divergence),
            }
        )
    return fits_of_rows(PAPER, found, PAPER_NAME)


def bound_tightening(steps: int = 600, every: int = 20):
    """The bound of a critic during its training, row by row, below the exact divergence."""
    from ..divergences import named
    from ..divergences.fit import moments
    from .bounds import bounds_in_training, critic_bound_curves

    model = Normal(*moments(PAPER))
    bounds, exact = {}, {}
    for name in ("kl", "reverse_kl", "pearson", "squared_hellinger", "jeffreys", "jensen_shannon"):
        row = named(name)
        exact[name] = float(row.between_densities(PAPER, model))
        bounds[name] = bounds_in_training(row, PAPER, model, steps, every)
    title = f"P = {PAPER_NAME};  Q = N({model.mean:.2f}, {model.deviation**2:.3f})"
    return critic_bound_curves(range(0, steps + 1, every), bounds, exact, title)


def optimal_discriminator():
    """The lecture's 1-dimensional example halfway: data, model, and the discriminator that is best against it."""
    from .one_dimensional import densities_and_discriminator

    drawn = densities_and_discriminator(
        Normal(2.0, 0.6), Normal(0.8, 0.9), low=-2.0, high=4.5, title="the best discriminator of two densities"
    )
    drawn.axes[0].set_title(r"$D^*$ is 1/2 where the densities cross", fontsize=11)
    return drawn


def concrete_simplex():
    """The Concrete law of three categories, from nearly a draw to nearly the centre."""
    from .simplex import concrete_on_the_simplex

    return concrete_on_the_simplex((0.5, 0.3, 0.2), (0.1, 0.5, 1.0, 2.0, 5.0))


def errata():
    """What the lecture's f-GAN table prints, beside what holds."""
    from .errata import printed_and_true

    return printed_and_true()


def bias_variance():
    """The estimators of a discrete gradient, judged by the enumerated one."""
    from .bias_variance import estimators_of_rising_digits

    return estimators_of_rising_digits()


def saddle():
    """Six methods on the canonical saddle."""
    from .phase import saddle_paths

    return saddle_paths()


def dirac_gan():
    """The smallest GAN with and without regularisers."""
    from .phase import dirac_portraits

    return dirac_portraits()


def ring_unrolled(steps: int = 1500):
    """The ring's samples during training, without and with a look ahead."""
    from .mode_collapse import ring_unrolled

    return ring_unrolled(steps=steps)


def batch_norm():
    """Batch normalisation's intra-batch correlation."""
    from .batch_norm import batch_norm_effect

    return batch_norm_effect()


def hips_example(steps: int = 4000):
    """HIPS autograd's example, published and corrected."""
    from .hips_example import hips_story

    return hips_story(steps)


def sampling_cost():
    """Evaluations and seconds that a sample takes, bit by bit."""
    from .autoregressive import sampling_cost

    return sampling_cost()


def explicit_models(share: float = 1.0):
    """Nats, and what they are, of all explicit models on the same held-out digits, with what a sample costs."""
    from .explicit_models import explicit_models

    return explicit_models(share)


def density_ratios(steps: int = 2000):
    """Density ratios by nine estimators, beside the true one."""
    from .density_ratios import density_ratios

    return density_ratios(steps=steps)


def likelihood_free(steps: int = 4000):
    """Posteriors without a likelihood, beside a grid's."""
    from .posteriors import likelihood_free

    return likelihood_free(steps)


def bayesian_gan(steps: int = 2000, seeds=(0, 1, 2)):
    """Six ways to train generators, with a posterior and without one."""
    from .bayesian_gan import what_the_posterior_adds

    return what_the_posterior_adds(steps, seeds)


def sprinkler(steps: int = 3000):
    """The sprinkler's posteriors by both contrastive games."""
    from .sprinkler import sprinkler

    return sprinkler(steps)


def relation_to_vaes(steps: int = 2000):
    """One generator, trained with and without a likelihood."""
    from .relation_to_vaes import relation_to_vaes

    return relation_to_vaes(steps)


def family_language():
    """Sentences of the language of models, drawn."""
    from .sentences import family_language

    return family_language()


def family_latent():
    """PCA and factor analysis as latent-variable models."""
    from .latent_linear import family_latent

    return family_latent()


def family_wide_networks():
    """Wide random networks beside the Gaussian process."""
    from .wide_networks import family_wide_networks

    return family_wide_networks()


def family_inference(steps: int = 1000):
    """One posterior by exact inference, chains and variational inference."""
    from .inference import family_inference

    return family_inference(steps)


FIGURES = {
    "f-divergences": NamedFigure(
        "the f-GAN table: f, its conjugate, activation and best critic of every row", f_divergences
    ),
    "gaussian-fits": NamedFigure("the Gaussian each row likes best, against the f-GAN paper's mixture", gaussian_fits),
    "bound-tightening": NamedFigure(
        "a critic's bound while it is trained, below the exact divergence", bound_tightening
    ),
    "optimal-discriminator": NamedFigure("D* = p_data / (p_data + p_model) of two densities", optimal_discriminator),
    "concrete-simplex": NamedFigure(
        "Gumbel-softmax samples and their density on the triangle, over temperatures", concrete_simplex
    ),
    "errata": NamedFigure("where the lecture's f-GAN table does not hold: printed beside true", errata),
    "bias-variance": NamedFigure("estimators of a discrete gradient: bias against variance", bias_variance),
    "saddle": NamedFigure("six methods on V(x, y) = xy, with the spectral radius of each", saddle),
    "dirac-gan": NamedFigure("phase portraits of the Dirac-GAN under eight regularisers, with eigenvalues", dirac_gan),
    "ring-unrolled": NamedFigure(
        "mode collapse: the ring without and with unrolling, step by step (trains for half a minute)", ring_unrolled
    ),
    "batch-norm": NamedFigure("a generated sample and the rest of its batch, under three normalisations", batch_norm),
    "sampling-cost": NamedFigure("what a sample costs that is drawn bit by bit: counted, and timed", sampling_cost),
    "explicit-models": NamedFigure(
        "every explicit model on the same digits: nats, samples and their price (trains for five minutes)",
        explicit_models,
    ),
    "density-ratios": NamedFigure(
        "the log-ratio of two densities as nine estimators learn it, and their errors by region (trains for two minutes)",
        density_ratios,
    ),
    "likelihood-free": NamedFigure(
        "a lighthouse's place from four flashes: learned posteriors beside a grid's (trains for half a minute)",
        likelihood_free,
    ),
    "bayesian-gan": NamedFigure(
        "ten generators from a posterior, taken apart: number, heat, a D they share (trains for two minutes)",
        bayesian_gan,
    ),
    "hips-example": NamedFigure(
        "why HIPS autograd's GAN example collapses, and what cures it (trains for half a minute)", hips_example
    ),
    "sprinkler": NamedFigure(
        "an implicit q(z | x) by two contrastive games, beside five posteriors on a grid (trains for half a minute)",
        sprinkler,
    ),
    "relation-to-vaes": NamedFigure(
        "one generator by a VAE's bound, the exact likelihood, and the game: densities (trains for half a minute)",
        relation_to_vaes,
    ),
    "family-language": NamedFigure(
        "mixtures, regressions and chains as sentences of one language, drawn, and a new one that is learned",
        family_language,
    ),
    "family-latent": NamedFigure("principal components as the noiseless limit of a latent-variable model", family_latent),
    "family-wide-networks": NamedFigure(
        "random networks of more and more units: their law, kernel and predictions beside a Gaussian process",
        family_wide_networks,
    ),
    "family-inference": NamedFigure(
        "one posterior of two modes by quadrature, chains, a Gaussian q and an implicit one (trains for some seconds)",
        family_inference,
    ),
}
FORMATS = ("png", "pdf", "svg")
VARIADIC = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def known(name: str) -> NamedFigure:
    """The entry of `FIGURES`, or the figure that ``name``, written ``my_file.py:name``, stands for.

    Raises `ValueError` for any other, with the nearest name.
    """
    if is_own_file(name):
        return own(name)
    if name not in FIGURES:
        raise unknown("figure", name, FIGURES, "'minigan figure' lists them all")
    return FIGURES[name]


def draw(name: str):
    """The Matplotlib figure called ``name``; raises `ValueError` where there is none.

    >>> [axes.get_xlabel() for axes in draw("optimal-discriminator").axes][0]
    'x'
    """
    return known(name).draw()


def own(spec: str) -> NamedFigure:
    """The figure of a file of one's own, ``my_file.py:name``: a function without required arguments that returns one.

    Raises `ValueError` where the file has no such function; drawing does where it fails or returns something else.
    """
    file, name = split(spec)
    module = load(file)
    made = defined(spec, "figure", lambda one: isfunction(one) and (name or one.__module__ == module.__name__))
    wanted = signature(made).parameters.values()
    required = [one.name for one in wanted if one.default is one.empty and one.kind not in VARIADIC]
    if required:
        raise ValueError(f"{made.__name__} of {file} is to draw without arguments, and wants {', '.join(required)}")

    def drawn():
        from matplotlib.figure import Figure

        try:
            found = made()
        except Exception as error:
            where = line_of(error, Path(file).resolve())
            told = f"{type(error).__name__}: {error}"
            raise ValueError(f"{file}{where} failed to draw {made.__name__}: {told}") from error
        if not isinstance(found, Figure):
            what = "nothing" if found is None else f"a {type(found).__name__}"
            raise ValueError(f"{made.__name__} of {file} is to return a Matplotlib figure, and returned {what}")
        return found

    return NamedFigure((getdoc(made) or made.__name__).partition("\n")[0], drawn)


def write(drawn, path) -> None:
    """Write a Matplotlib figure to ``path``, as its suffix says: the same bytes every time, for it holds no date.

    Raises `ValueError` for a suffix other than png, pdf and svg.
    """
    from io import BytesIO

    from matplotlib import rc_context

    kind, path = format_of(path), Path(path)
    undated = {"png": {}, "pdf": {"CreationDate": None}, "svg": {"Date": None}}[kind]
    drawn_bytes = BytesIO()
    with rc_context({"svg.hashsalt": "minigan", "svg.fonttype": "path"}):
        drawn.savefig(drawn_bytes, format=kind, metadata=undated)
    path.write_bytes(drawn_bytes.getvalue())  # only now: a drawing that fails leaves no half a file


def format_of(path) -> str:
    """``"png"``, ``"pdf"`` or ``"svg"``, from a file name; raises `ValueError` for any other suffix."""
    suffix = Path(path).suffix
    if suffix.lower().removeprefix(".") not in FORMATS:
        wrong = f"its suffix is {suffix!r}" if suffix else "it has none"
        raise ValueError(f"the suffix of the file says how to draw, .png, .pdf or .svg; of {str(path)!r} {wrong}")
    return suffix.lower().removeprefix(".")
