"""The figures that have a name: what `minigan figure NAME` draws, each the same at every call, but for what is timed."""

from __future__ import annotations

import math
from collections.abc import Callable
from importlib import import_module
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


def from_file(module: str, function: str, **given) -> Callable:
    """That function of a file of this folder, imported when it is first called; ``given`` unless it is told otherwise."""

    def drawn(**options):
        return getattr(import_module(f".{module}", __package__), function)(**{**given, **options})

    return drawn


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


FIGURES = {
    "f-divergences": NamedFigure(
        "the f-GAN table: f, its conjugate, activation and best critic of every row",
        from_file("sheet", "sheet_of_rows"),
    ),
    "gaussian-fits": NamedFigure("the Gaussian each row likes best, against the f-GAN paper's mixture", gaussian_fits),
    "bound-tightening": NamedFigure(
        "a critic's bound while it is trained, below the exact divergence", bound_tightening
    ),
    "optimal-discriminator": NamedFigure("D* = p_data / (p_data + p_model) of two densities", optimal_discriminator),
    "concrete-simplex": NamedFigure(
        "Gumbel-softmax samples and their density on the triangle, over temperatures",
        from_file("simplex", "concrete_on_the_simplex"),
    ),
    "errata": NamedFigure(
        "where the lecture's f-GAN table does not hold: printed beside true", from_file("errata", "printed_and_true")
    ),
    "bias-variance": NamedFigure(
        "estimators of a discrete gradient: bias against variance",
        from_file("bias_variance", "estimators_of_rising_digits"),
    ),
    "saddle": NamedFigure(
        "six methods on V(x, y) = xy, with the spectral radius of each", from_file("phase", "saddle_paths")
    ),
    "dirac-gan": NamedFigure(
        "phase portraits of the Dirac-GAN under eight regularisers, with eigenvalues",
        from_file("phase", "dirac_portraits"),
    ),
    "ring-unrolled": NamedFigure(
        "mode collapse: the ring without and with unrolling, step by step (trains for half a minute)",
        from_file("mode_collapse", "ring_unrolled"),
    ),
    "landscape": NamedFigure(
        "the value at the best D on the way out of collapse, and how many holes there are",
        from_file("landscape", "landscape"),
    ),
    "remedies": NamedFigure(
        "which remedy against mode collapse: thirteen, none, and the default, on three benches (trains for half an hour)",
        from_file("remedies", "remedies"),
    ),
    "batch-norm": NamedFigure(
        "a generated sample and the rest of its batch, under three normalisations",
        from_file("batch_norm", "batch_norm_effect"),
    ),
    "sampling-cost": NamedFigure(
        "what a sample costs that is drawn bit by bit: counted, and timed", from_file("autoregressive", "sampling_cost")
    ),
    "explicit-models": NamedFigure(
        "every explicit model on the same digits: nats, samples and their price (trains for five minutes)",
        from_file("explicit_models", "explicit_models"),
    ),
    "density-ratios": NamedFigure(
        "the log-ratio of two densities as nine estimators learn it, and their errors by region (trains for two minutes)",
        from_file("density_ratios", "density_ratios", steps=2000),
    ),
    "likelihood-free": NamedFigure(
        "a lighthouse's place from four flashes: learned posteriors beside a grid's (trains for half a minute)",
        from_file("posteriors", "likelihood_free", steps=4000),
    ),
    "lotka-volterra": NamedFigure(
        "rates of prey and predators: the learned posterior, and series replicated from it (trains for half a minute)",
        from_file("lotka_volterra", "lotka_volterra", steps=3000),
    ),
    "weights-posterior": NamedFigure(
        "a prior on a generator's weights: what it predicts of ten observations, beside the likeliest (half a minute)",
        from_file("bayesian_generator", "weights_posterior"),
    ),
    "bayesian-gan": NamedFigure(
        "ten generators from a posterior, taken apart: number, heat, a D they share (trains for two minutes)",
        from_file("bayesian_gan", "what_the_posterior_adds"),
    ),
    "bayesian-digits": NamedFigure(
        "generators of digits from a posterior: quality, coverage and how far apart (trains for five minutes)",
        from_file("bayesian_digits", "digits_of_a_posterior"),
    ),
    "bayesian-regression": NamedFigure(
        "a line and networks of tanh units by chains over their weights: bands beside the exact ones",
        from_file("bayesian_regression", "bayesian_regression"),
    ),
    "hips-example": NamedFigure(
        "why HIPS autograd's GAN example collapses, and what cures it (trains for half a minute)",
        from_file("hips_example", "hips_story"),
    ),
    "sprinkler": NamedFigure(
        "an implicit q(z | x) by two contrastive games, beside five posteriors on a grid (trains for half a minute)",
        from_file("sprinkler", "sprinkler"),
    ),
    "relation-to-vaes": NamedFigure(
        "one generator by a VAE's bound, the exact likelihood, and the game: densities (trains for half a minute)",
        from_file("relation_to_vaes", "relation_to_vaes", steps=2000),
    ),
    "families": NamedFigure(
        "the wrap-up as a map: special case, limit, family, and what was measured on the way",
        from_file("families", "families"),
    ),
    "family-k-means": NamedFigure(
        "k-means as EM of a mixture whose common variance goes to 0", from_file("families_k_means", "k_means_limit")
    ),
    "family-kernel-density": NamedFigure(
        "kernel density estimation as a mixture: components, leave-one-out likelihood, draws",
        from_file("families_kernel_density", "mixture_at_points"),
    ),
    "family-neighbours": NamedFigure(
        "nearest neighbours as the class posterior of mixtures",
        from_file("families_neighbours", "neighbours_as_limits"),
    ),
    "family-forests": NamedFigure(
        "random forests as adaptive neighbours, and as a kernel", from_file("families_forests", "forests_as_neighbours")
    ),
    "avb": NamedFigure(
        "an implicit q(z | x) beside a Gaussian one: four points, and eight schools' funnel (trains for half a minute)",
        from_file("adversarial_bayes", "adversarial_bayes"),
    ),
    "family-support-vectors": NamedFigure(
        "a support vector machine as a Gaussian process's mode, and its margin as the limit of logistic regression",
        from_file("families_support_vectors", "family_support_vectors"),
    ),
    "family-boosting": NamedFigure(
        "AdaBoost as descent in the space of functions, and a boosted discriminator on its way to D*",
        from_file("families_boosting", "family_boosting"),
    ),
    "family-regularisers": NamedFigure(
        "early stopping, ensembling, L2, gradient noise, dropout and EM as corners of one inference",
        from_file("families_regularisers", "family_regularisers"),
    ),
    "family-language": NamedFigure(
        "mixtures, regressions and chains as sentences of one language, drawn, and a new one that is learned",
        from_file("sentences", "family_language"),
    ),
    "family-latent": NamedFigure(
        "principal components as the noiseless limit of a latent-variable model",
        from_file("latent_linear", "family_latent"),
    ),
    "family-inference": NamedFigure(
        "one posterior of two modes by quadrature, chains, a Gaussian q and an implicit one (trains for some seconds)",
        from_file("inference", "family_inference"),
    ),
    "family-wide-networks": NamedFigure(
        "random networks of more and more units: their law, kernel and predictions beside a Gaussian process",
        from_file("wide_networks", "family_wide_networks"),
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
