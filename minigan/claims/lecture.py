"""The lecture, statement by statement in its order, each with the claims that check it.

A statement is *checkable*, and then claims stand beside it, or an *opinion* (or a picture of somebody's results), which no
program can bear out. The words are ours. `missing` names the checkable ones that nothing checks yet.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from ..names import unknown
from .registry import Claim, all_claims


class Statement(NamedTuple):
    """What the lecture says under a ``heading``, in our ``words``; the ids of the ``claims`` that check it.

    ``checkable`` is False for an opinion, an outlook, or somebody else's picture.
    """

    heading: str
    words: str
    claims: tuple[str, ...] = ()
    checkable: bool = True


OPINION = "opinion"


def _under(heading: str, *rows: tuple[str, ...]) -> tuple[Statement, ...]:
    """Rows of words and the ids of claims, or `OPINION` in their place."""
    return tuple(Statement(heading, words, *((), False) if ids == [OPINION] else (tuple(ids),)) for words, *ids in rows)


STATEMENTS: tuple[Statement, ...] = (
    *_under(
        "Generative Modeling",
        (
            "A model can be judged by the density that it estimates and by the samples that it makes.",
            "density-and-samples-agree",
        ),
    ),
    *_under(
        "Fully Visible Belief Nets",
        (
            "The chain rule gives an explicit, normalised density.",
            "chain-rule-normalised",
            "no-bit-sees-a-later-one",
            "tables-fit-parity-does-not",
        ),
        ("Generating a sample costs O(n) steps.", "a-sample-takes-n-evaluations"),
        ("Generation is not controlled by a latent code.", "no-latent-code"),
        ("PixelCNN draws images of a class that is named, pixel by pixel.", "pixelcnn-named-class", "blind-spot"),
    ),
    *_under(
        "WaveNet",
        ("The quality of its sound is amazing.", OPINION),
        ("Generating is slow: two minutes for a second of sound.", "wavenet-slow-generation"),
        ("Its convolutions are causal and dilated (a picture), over quantised sound.", "wavenet-field", "mu-law-error"),
        ("Its likelihood is explicit, and comes to the entropy rate of a signal.", "wavenet-entropy-rate"),
    ),
    *_under(
        "Change of Variables",
        ("p_x(x) = p_y(g(x)) |det dg/dx|.", "change-of-variables"),
        ("The transformation must be invertible.", "must-be-invertible"),
        ("The latent dimension must match the visible one.", "must-be-invertible"),
        ("Nonlinear independent component analysis is an example.", "nonlinear-ica", "linear-ica"),
    ),
    *_under(
        "Variational Autoencoder",
        (
            "log p(x) is bounded from below, in both of the printed forms.",
            "evidence-bound",
            "importance-weighted-bound",
            "iaf-closes-the-gap",
        ),
        ("It is not asymptotically consistent unless q is perfect.", "vae-not-consistent"),
        ("Samples tend to have lower quality.", "vae-sample-quality"),
    ),
    *_under(
        "Boltzmann Machines",
        ("p(x) is given by an energy, normalised over x and z.", "boltzmann-normalised", "boltzmann-sum-over-z"),
        (
            "The partition function is intractable; Markov chain methods may estimate it.",
            "annealed-importance-sampling",
            "contrastive-divergence-bias",
        ),
        ("Generating samples requires Markov chains too.", "gibbs-spectral-gap"),
    ),
    *_under(
        "GANs",
        ("They use a latent code.", "generator-not-invertible", "any-size-of-code"),
        ("They are asymptotically consistent, unlike variational methods.", "gan-consistent"),
        ("They need no Markov chains.", "gan-consistent", "one-dimensional-game"),
        ("They are often regarded as producing the best samples; there is no good way to quantify this.", OPINION),
    ),
    *_under(
        "Generator Network",
        ("G must be differentiable.", "must-be-differentiable"),
        ("G need not be invertible.", "generator-not-invertible"),
        ("G is trainable for any size of z.", "any-size-of-code"),
        ("Some guarantees require z to have as many dimensions as x.", "code-smaller-than-data"),
        ("x can be made conditionally Gaussian given z, but need not be.", "conditionally-gaussian"),
    ),
    *_under(
        "Generative Adversarial Networks: a 1-dimensional example",
        ("Updating D, then G, moves the samples onto the data.", "one-dimensional-game"),
    ),
    *_under(
        "Training Procedure",
        ("Adam, or the like, on a minibatch of data and one of samples.", "minibatch-unbiased"),
        ("Either player may make k steps for one of the other's.", "two-time-scales"),
    ),
    *_under(
        "Minimax Game",
        ("J^(G) = -J^(D).", "zero-sum"),
        ("The equilibrium is a saddle point of the discriminator's loss.", "saddle", "jensen-shannon"),
        ("The game resembles Jensen-Shannon divergence.", "jensen-shannon"),
        ("G minimises the log-probability of D being correct.", "zero-sum"),
    ),
    *_under(
        "Solution",
        ("This is the canonical example of a saddle point.", "saddle"),
        ("There is an equilibrium at x = 0, y = 0.", "saddle", "conserved-energy"),
    ),
    *_under(
        "Discriminator Strategy",
        (
            "The optimal D is p_data / (p_data + p_model), whatever both are.",
            "optimal-discriminator",
            "pairing-best-discriminator",
            "half-at-equality",
            "one-sided-smoothing",
        ),
        ("Estimating this ratio by supervised learning is the key approximation.", "optimal-discriminator-learned"),
    ),
    *_under(
        "Non-Saturating Game",
        ("The equilibrium is no longer describable with a single loss.", "no-single-loss"),
        ("G maximises the log-probability of D being mistaken.", "non-saturating-divergence"),
        ("G can learn even when D rejects all of its samples.", "saturation"),
    ),
    *_under(
        "DCGAN Architecture",
        ("Most deconvolutions are batch normalised.",),
        ("Bedrooms drawn by it.", OPINION),
    ),
    *_under(
        "Vector Space Arithmetic",
        ("Man with glasses - man + woman = woman with glasses, in codes.",),
    ),
    *_under(
        "Batch norm in G can cause strong intra-batch correlation",
        ("Batch normalisation in G ties the samples of a batch together.", "intra-batch-correlation"),
    ),
    *_under(
        "Non-convergence in GANs",
        ("Training is guaranteed to converge where densities themselves are modified.", "function-space"),
        (
            "We modify G and D, not densities, and both are parametric and far from convex.",
            "function-space",
            "network-spectrum",
            "penalty-second-order",
        ),
        (
            "Oscillation: training may go on for long without better samples.",
            "saddle-spiral",
            "saddle-methods",
            "saddle-thresholds",
            "alternating-cycle",
            "iterate-averages",
            "dirac-eigenvalues",
            "dirac-steps",
            "dirac-who-rests",
            "penalty-factor",
            "pairing-on-dirac",
            "non-saturating-rests-slowly",
        ),
        ("Mode collapse is the most severe form of it.", "unrolled-ring", "hips-example-unbounded"),
    ),
    *_under(
        "Mode Collapse",
        (
            "min max V is not max min V.",
            "minimax-is-not-maximin",
            "landscape-of-points",
            "landscape-with-slopes",
        ),
        ("With D in the inner loop G converges to the right distribution.", "function-space", "unrolled-gradient"),
        ("With G in the inner loop all mass goes to the most likely point.", "generator-in-inner-loop"),
        ("On a ring of Gaussians G hops from mode to mode; unrolling cures it.", "unrolled-ring"),
        (
            "A published example collapses, and why.",
            "hips-example-unbounded",
            "hips-example-bounded",
            "hips-example-corrected",
        ),
    ),
    *_under(
        "Mode collapse causes low output diversity",
        ("Captions become birds and flowers of little variety; with key-points there is more.",),
        ("How much variety samples have can be measured.", "perfect-generator", "distances-between-samples"),
    ),
    *_under(
        "Minibatch GAN on ImageNet",
        ("Features of a minibatch let D see a collapse.", "minibatch-features", "minibatch-discriminator"),
        ("Images drawn by it.", OPINION),
    ),
    *_under("Problems with Counting", ("Images hold the wrong number of things.", "counting")),
    *_under("Problems with Global Structure", ("Images miss what holds them together as a whole.", "global-structure")),
    *_under(
        "Discrete outputs",
        ("G must be differentiable, and is not if its output is discrete.", "must-be-differentiable"),
        ("A way around: REINFORCE.", "reinforce-unbiased", "rebar-unbiased", "discrete-gans"),
        (
            "A way around: the Concrete distribution, or Gumbel-softmax.",
            "gumbel-max",
            "relaxed-argmax",
            "relaxed-mean",
            "concrete-density",
            "concrete-convexity",
            "straight-through-bias",
            "straight-through-gumbel-bias",
            "relaxation-trade-off",
            "discrete-gans",
        ),
        ("A way around: a distribution over continuous embeddings, decoded.",),
    ),
    *_under(
        "Can train GANs with any divergence",
        ("GANs can be trained with any f-divergence.", "f-gan-training", "f-gan-gaussian-fit"),
        ("Divergences differ: KL covers, reverse KL seeks.", "f-gan-covers-seeks"),
    ),
    *_under(
        "f-GAN [Nowozin et al, 2016]",
        ("Twelve rows: activation, domain, conjugate, f'(1).", "f-gan-table", "f-gan-errata"),
        ("Each row's divergence has a best Gaussian of its own.", "f-gan-gaussian-fit"),
    ),
    *_under(
        "Loss does not seem to explain why GAN samples are sharp",
        ("The approximation matters more than the loss.", "approximation-matters-more"),
        ("Samples are sharp by KL and by reverse KL alike.",),
    ),
    *_under(
        "Relation to VAEs",
        ("Both have the same graphical model, z -> x.", "one-model-three-trainings"),
        ("VAEs have an explicit likelihood p(x | z), GANs have none.", "no-likelihood-at-width-zero"),
        (
            "The same trick serves for an implicit q(z | x).",
            "avb-log-ratio",
            "bidirectional-inverts",
            "sprinkler-posteriors",
        ),
    ),
    *_under(
        "Generalizing these ideas",
        (
            "Adversarial variational Bayes: the VAE's bound with an implicit q.",
            "adaptive-contrast",
            "avb-beats-gaussian-vae",
            "avb-eight-schools",
        ),
        (
            "Learning in implicit generative models: density ratios and more.",
            "unequal-priors-shift-the-logit",
            "gaussians-of-one-covariance",
            "every-row-one-ratio",
            "least-variance-ratio",
            "bound-below-divergence",
            "ratio-matching",
            "likelihood-free-posterior",
        ),
        (
            "Variational inference using implicit distributions.",
            "contrastive-objectives",
            "sprinkler-posteriors",
        ),
        (
            "Deep and hierarchical implicit models.",
            "hierarchical-posterior",
            "lotka-volterra-posterior",
            "posterior-predictive-check",
            "weights-posterior-linear",
            "weights-posterior-few-data",
        ),
        (
            "Weights have a posterior, which samplers draw from.",
            "hamiltonian-any-step",
            "langevin-stationary",
            "sghmc-stationary",
            "regression-posterior",
            "network-posterior",
            "bayesian-gan",
            "bayesian-digits",
        ),
        ("A latent code may be discrete, and its posterior has a gradient all the same.", "mixture-assignments"),
    ),
    *_under(
        "Takeaways",
        ("A latent-variable model can be trained without a likelihood at the last layer.",),
        ("Most likelihoods are nonsense that was only added to smooth the objective.", OPINION),
        ("Do not restrict the model to make inference easy; let a network clean up after.", OPINION),
    ),
    *_under("Image to Image Translation", ("Labels become a street scene, an aerial view a map.",)),
    *_under("iGAN", ("Strokes are turned into images on the manifold of a GAN.",)),
    *_under("Single Image Super-Resolution", ("PSNR and SSIM rank other images highest than eyes do.",)),
    *_under(
        "Semi-Supervised Classification",
        ("Fewer labels are needed with a GAN: error rates on CIFAR-10 and SVHN.",),
    ),
    *_under(
        "Learning interpretable latent codes",
        ("Codes that are kept informative control one factor each.",),
    ),
    *_under("PPGN for caption to image", ("Images are drawn by a chain that follows gradients of a condition.",)),
    *_under(
        "ML as a bag of tricks",
        (
            "K-means, kernel density estimation, SVMs, boosting, forests, neighbours: fast special cases.",
            "k-means-objective",
            "k-means-assignments",
            "kernel-density-mixture",
            "kernel-density-leave-one-out",
            "kernel-density-draws",
            "nearest-neighbour-limit",
            "k-neighbours-adapted",
            "forest-weights",
            "mondrian-kernel",
            "svm-is-a-mode",
            "gp-classification-mode",
            "margin-of-endless-descent",
            "adaboost-is-functional-descent",
            "boosted-discriminator",
        ),
        (
            "Mixtures, latent variable models, Gaussian processes, nets: extensible families.",
            "pca-is-a-noiseless-latent-model",
            "factor-analysis-by-its-evidence",
            "bayesian-regression-is-a-gaussian-process",
            "wide-network-is-a-gaussian-process",
        ),
    ),
    *_under(
        "Regularization as a bag of tricks",
        (
            "Early stopping, ensembling, L2, gradient noise, dropout, EM: fast special cases.",
            "early-stopping-filter",
            "ensembling-draws-the-posterior",
            "l2-gaussian-prior",
            "gradient-noise-settles",
            "dropout-is-ridge",
            "dropout-geometric-mean",
            "em-is-coordinate-ascent",
        ),
        (
            "Stochastic variational inference: the extensible family.",
            "variational-inference-contains-them",
            "exact-chains-variational",
        ),
    ),
    *_under(
        "A language of models",
        (
            "Hidden Markov models, mixtures, logistic regression are sentences of one language.",
            "sentences-of-a-language",
            "a-kalman-filter-is-the-same-chain",
            "a-new-sentence",
        ),
    ),
    *_under(
        "AI as a bag of tricks",
        ("Deep latent-variable models and decision theory would be the extensible family.", OPINION),
    ),
    *_under("Where are we now?", ("Open areas of research.", OPINION)),
)


def missing() -> list[Statement]:
    """The checkable statements that no claim checks yet."""
    return [one for one in STATEMENTS if one.checkable and not one.claims]


def statements(headings: Iterable[str] = ()) -> list[Statement]:
    """Those under these headings, in capitals or not; all for none. `ValueError` for unknown ones, with the nearest.

    >>> [one.claims for one in statements(["solution"])]
    [('saddle',), ('saddle', 'conserved-energy')]
    """
    known = dict.fromkeys(one.heading for one in STATEMENTS)
    plain = {_plain(one): one for one in known}
    for name in headings:
        if _plain(name) not in plain:
            raise unknown("heading of the lecture", name, known, "'minigan lecture --list' names them all")
    wanted = {plain[_plain(name)] for name in headings}
    return [one for one in STATEMENTS if not wanted or one.heading in wanted]


def claims_of(chosen: Iterable[Statement]) -> list[Claim]:
    """The claims that check these statements, each once, in the order of the registry."""
    ids = {id for one in chosen for id in one.claims}
    return [claim for id, claim in all_claims().items() if id in ids]


def verdict(statement: Statement, verdicts: dict[str, str]) -> str:
    """``verified`` if all its claims are; ``refuted``, ``error``, ``not run``; ``opinion``; ``nothing checks it yet``.

    ``verdicts`` has those of claims by id.

    >>> verdict(Statement("Solution", "There is a saddle.", ("saddle",)), {"saddle": "verified"})
    'verified'
    """
    if not statement.checkable:
        return "opinion"
    if not statement.claims:
        return "nothing checks it yet"
    found = [verdicts.get(id, "not run") for id in statement.claims]
    return next((one for one in ("refuted", "error", "not run") if one in found), "verified")


def _plain(name: str) -> str:
    return " ".join(name.split()).casefold()
