"""Every door of the package: what is given there, under which name its errors tell of it, and what it is to be.

A door is ``(name of the argument as errors write it, function of the value given)``; the tables are read by
tests/test_doors.py. Counts, numbers and switches are told apart, so that what each refuses is stated once.
"""

import numpy as np

import minigan as mg
import minigan.numpy as mnp
from minigan import data, discrete, dynamics, metrics, nn, optim
from minigan.densities import Normal
from minigan.divergences.estimators import bumps, polynomials
from minigan.gan import (
    Players,
    Pushforward,
    f_gan,
    feature_matching,
    fit,
    gradient_penalty,
    initial_state,
    label_smoothing,
    make_step,
    minimax,
    r1,
    r2,
    scheduled,
    sensitivity_to_batch,
    smoothed_discriminator,
    variance_from_batch,
)
from minigan.training import Checkpoints, Learner, Player, averaged, players_learner, train

ROWS = np.linspace(-1.0, 1.0, 16).reshape(8, 2) ** 3
LOGITS = [0.5, 0.25, -1.0]
SGD, METHOD, GAME = optim.sgd(0.1), dynamics.simultaneous(0.1), dynamics.bilinear()
COUNTING = Learner(
    lambda rng: {"x": mnp.asarray(0.0)}, lambda rng, s: None, lambda s, batch: ({"x": s["x"] + 1.0}, {"x": s["x"]})
)


def rows():
    return mnp.asarray(ROWS)


def trained(**options):
    given = {"data": rows(), "steps": 1, "batch": 4, "generator": nn.dense(2), "discriminator": nn.mlp([4, 1]), **options}
    return fit(given.pop("generator"), given.pop("discriminator"), given.pop("data"), **given)


def linear(x):
    return x @ mnp.asarray([1.0, 2.0, 3.0])


def image(side=4):
    return mnp.asarray(np.sign(np.linspace(-1.0, 0.9, 3 * side * side)).reshape(3, side * side))


def players():
    return Players(minimax(), nn.dense(2), nn.dense(1), SGD, SGD)


def normals(rng, n):
    return rng.standard_normal((n,))


# positive integers; most take 2
COUNTS = {
    "fit batch": ("batch", lambda v: trained(batch=v)),
    "fit noise": ("noise", lambda v: trained(noise=v)),
    "fit discriminator_steps": ("discriminator_steps", lambda v: trained(discriminator_steps=v)),
    "fit check_every": ("check_every", lambda v: trained(check_every=v)),
    "scheduled every": ("every", lambda v: scheduled(r1(1.0), every=v)),
    "sensitivity samples": ("samples", lambda v: sensitivity_to_batch(mnp.tanh, rows(), v)),
    "pushforward points": ("points", lambda v: Pushforward(mnp.exp, 8.0, v)),
    "variance batch": ("batch", lambda v: variance_from_batch(mnp.tanh, 1, v, samples=2, redraws=2)),
    "variance samples": ("samples", lambda v: variance_from_batch(mnp.tanh, 1, 2, samples=v, redraws=2)),
    "variance redraws": ("redraws", lambda v: variance_from_batch(mnp.tanh, 1, 2, samples=2, redraws=v)),
    "dense": ("width of a dense layer", nn.dense),
    "embedding count": ("count of an embedding", lambda v: nn.embedding(v, 2)),
    "embedding width": ("width of an embedding", lambda v: nn.embedding(2, v)),
    "conv2d features": ("features of conv2d", lambda v: nn.conv2d(v, 3)),
    "conv2d groups": ("groups of conv2d", lambda v: nn.conv2d(2, 3, groups=v)),
    "minibatch kernels": ("kernels of minibatch", lambda v: nn.minibatch_discrimination(v, 2)),
    "minibatch width": ("width of minibatch", lambda v: nn.minibatch_discrimination(2, v)),
    "packing": ("packing puts together", lambda v: nn.packing(nn.dense(1), v)),
    "spectral iterations": ("iterations", lambda v: nn.spectral_norm(nn.dense(1), v)),
    "spectral at_first": ("at_first", lambda v: nn.spectral_norm(nn.dense(1), 1, v)),
    "with_reference": ("with_reference", lambda v: nn.with_reference(nn.dense(1), v)),
    "virtual_batch_norm": ("virtual_batch_norm", nn.virtual_batch_norm),
    "neighbours": ("neighbours", lambda v: metrics.precision_recall(ROWS, ROWS, v)),
    "directions": ("directions", lambda v: metrics.sliced_wasserstein(rows(), rows(), directions=v)),
    "degree": ("degree", metrics.polynomial_kernel),
    "null n": ("n must", lambda v: metrics.null_distribution(mnp.mean, normals, v, repetitions=2)),
    "null repetitions": ("repetitions", lambda v: metrics.null_distribution(mnp.mean, normals, 2, repetitions=v)),
    "mmd_null": ("repetitions", lambda v: metrics.mmd_null(ROWS, ROWS, metrics.gaussian_kernel(1.0), repetitions=v)),
    "expected_biased_mmd": ("n must", lambda v: metrics.expected_biased_mmd(v, 3, 0.5)),
    "dimension": ("dimension", metrics.high_quality_ceiling),
    "expected_mode_kl n": ("n must", lambda v: metrics.expected_mode_kl(v, 8)),
    "expected_mode_kl modes": ("modes", lambda v: metrics.expected_mode_kl(8, v)),
    "mode_kl_quantile": ("modes", lambda v: metrics.mode_kl_quantile(0.5, 8, v)),
    "chance_of_missing": ("modes", lambda v: metrics.chance_of_missing_a_mode(8, v)),
    "median most": ("most", lambda v: metrics.median_bandwidth(ROWS, v)),
    "ring": ("modes of a ring", data.ring),
    "grid": ("points a side of a grid", data.grid),
    "blobs": ("blobs", data.blobs),
    "symmetric": ("side", data.symmetric),
    "brackets": ("longest", data.brackets),
    "bumps": ("count of bumps", lambda v: bumps(v)(ROWS)),
    "gumbel_top_k": ("k must", lambda v: discrete.gumbel_top_k(LOGITS, v, 0)),
    "sinkhorn": ("iterations", lambda v: discrete.sinkhorn(mnp.zeros((2, 2)), v)),
    "one_hot": ("size", lambda v: discrete.one_hot([0, 1], v)),
    "reinforce samples": ("samples", lambda v: discrete.reinforce(linear, LOGITS, 0, samples=_word_for_none(v))),
    "tune_rebar steps": ("steps", lambda v: discrete.tune_rebar(linear, LOGITS, 0, steps=v, samples=2)),
    "tune_rebar samples": ("samples", lambda v: discrete.tune_rebar(linear, LOGITS, 0, steps=1, samples=v)),
    "report": ("samples", lambda v: discrete.estimator_report({"r": discrete.reinforce}, linear, LOGITS, samples=v)),
    "alternating": ("x_steps", lambda v: dynamics.alternating(0.1, x_steps=v)),
    "proximal_point": ("iterations", lambda v: dynamics.proximal_point(0.1, iterations=v)),
    "spectrum": ("leading", lambda v: dynamics.spectrum(GAME, (mnp.ones(4), mnp.ones(4)), _word_for_none(v))),
    "maximin": ("rounds", lambda v: dynamics.maximin([0.5, 0.5], v)),
    "moves": ("moves", lambda v: players_learner({"a": Player(len, len, SGD, moves=v)}, lambda rng, state: ())),
    "checkpoints": ("keep", lambda v: Checkpoints("unwritten", keep=v)),
    "checkpoints every": ("steps between", lambda v: Checkpoints("unwritten", every=v)),
    "check_grads": ("order", lambda v: mg.check_grads(mnp.sin, (0.5,), order=v)),
}

# integers from 0 on
COUNTS_FROM_ZERO = {
    "fit steps": ("steps", lambda v: trained(steps=v)),
    "fit unroll": ("unroll", lambda v: trained(unroll=v)),
    "sample": ("number of samples", lambda v: trained().sample(v)),
    "train": ("steps", lambda v: train(COUNTING, v)),
    "averaged": ("start", lambda v: averaged(COUNTING, ["x"], start=v)),
    "blob_judgement": ("count of blobs", lambda v: metrics.blob_judgement(image(), v, 4)),
    "play": ("steps", lambda v: dynamics.play(METHOD, GAME, (1.0, 0.0), v)),
    "trajectory": ("steps", lambda v: dynamics.trajectory(METHOD, GAME, (1.0, 0.0), v)),
    "ring n": ("n must", lambda v: data.ring()(0, v)),
    "grid n": ("n must", lambda v: data.grid()(0, v)),
    "blobs n": ("n must", lambda v: data.blobs()(0, v)),
    "symmetric n": ("n must", lambda v: data.symmetric()(0, v)),
    "language n": ("n must", lambda v: data.brackets(3).sample(0, v)),
    "polynomials": ("degree of polynomials", lambda v: polynomials(v)(ROWS)),
    "donate": ("donate", lambda v: mg.compile(mnp.sin, donate=v)),
}

# positive, finite numbers; all take 0.5
POSITIVE = {
    "sgd": ("learning rate of sgd", optim.sgd),
    "adam": ("learning rate of adam", optim.adam),
    "rmsprop": ("learning rate of rmsprop", optim.rmsprop),
    "langevin": ("learning rate of langevin", optim.langevin),
    "sghmc": ("learning rate of sghmc", optim.sghmc),
    "friction": ("friction of sghmc", lambda v: optim.sghmc(0.1, v)),
    "clip_by_norm": ("norm to clip", optim.clip_by_norm),
    "clip_by_value": ("value to clip", optim.clip_by_value),
    "clip_weights": ("limit of clip_weights", lambda v: optim.clip_weights(SGD, v)),
    "historical_averaging": ("weight of historical", lambda v: optim.historical_averaging(SGD, v)),
    "constant": ("lr", optim.constant),
    "cosine": ("steps", lambda v: optim.cosine(0.1, v)),
    "exponential_decay": ("rate of exponential_decay", lambda v: optim.exponential_decay(0.1, 10, v)),
    "warmup": ("steps", lambda v: optim.warmup(0.1, v)),
    "simultaneous": ("learning rate", dynamics.simultaneous),
    "tolerance": ("tolerance", lambda v: dynamics.proximal_point(0.1, tolerance=v)),
    "radius": ("time t", dynamics.non_saturating_radius),
    "gaussian_kernel": ("bandwidths", metrics.gaussian_kernel),
    "deviation of modes": ("deviation of modes", lambda v: metrics.mode_coverage(ROWS, ROWS, v)),
    "radius of modes": ("radius of modes", lambda v: metrics.mode_coverage(ROWS, ROWS, 0.1, v)),
    "deviation of a ring": ("deviation of a ring", lambda v: data.ring(deviation=v)),
    "spacing": ("spacing", lambda v: data.grid(spacing=v)),
    "normal": ("std", nn.normal),
    "glorot_normal": ("gain", nn.glorot_normal),
    "orthogonal": ("gain", nn.orthogonal),
    "reach": ("reach", lambda v: Pushforward(mnp.exp, v)),
    "label": ("label", label_smoothing),
    "smoothed": ("label", lambda v: smoothed_discriminator(Normal(0.0, 1.0), Normal(0.0, 1.0), v)),
}

# finite numbers from 0 on; all take 0.5
NON_NEGATIVE = {
    "temperature of langevin": ("temperature of langevin", lambda v: optim.langevin(0.1, v)),
    "temperature of sghmc": ("temperature of sghmc", lambda v: optim.sghmc(0.1, temperature=v)),
    "epsilon of adam": ("epsilon of adam", lambda v: optim.adam(0.1, epsilon=v)),
    "beta1": ("beta1", lambda v: optim.adam(0.1, v)),
    "mass": ("mass", lambda v: optim.momentum(0.1, v)),
    "r1": ("gamma of r1", r1),
    "r2": ("gamma of r2", r2),
    "gradient_penalty": ("weight of gradient_penalty", gradient_penalty),
    "drift": ("drift", lambda v: f_gan("kl", drift=v)),
    "dropout": ("rate of dropout", nn.dropout),
    "instance_noise": ("deviation of instance_noise", nn.instance_noise),
    "batch_norm": ("epsilon of batch_norm", nn.batch_norm),
    "leaky_relu": ("slope of leaky_relu", nn.leaky_relu),
    "he_normal": ("slope of he_normal", nn.he_normal),
    "consensus": ("gamma of consensus", lambda v: dynamics.consensus(0.1, gamma=v)),
    "dirac_gan": ("r1 of dirac_gan", lambda v: dynamics.dirac_gan(r1=v)),
    "deviations": ("deviations", lambda v: metrics.high_quality_ceiling(2, v)),
    "momentum of statistics": (
        "momentum",
        lambda v: nn.update_statistics(nn.batch_norm(), nn.batch_norm().init(None, (None, 2)), rows(), v),
    ),
    "decay of an average": ("decay", lambda v: averaged(COUNTING, ["x"], v)),
    "decay of a moving average": ("decay", lambda v: dynamics.exponential_moving_average(METHOD, v)),
}

# generators or seeds
SOURCES = {
    "fit": lambda v: trained(rng=v),
    "train": lambda v: train(COUNTING, 1, rng=v),
    "initial_state": lambda v: initial_state(players(), v, (1, 2), (1, 2)),
    "init of a layer": lambda v: nn.mlp([4, 1]).init(v, (None, 2)),
    "init of a convolution": lambda v: nn.conv2d(2, 3).init(v, (None, 8, 8, 1)),
    "init of branches": lambda v: nn.branches(nn.dense(2), a=nn.dense(1)).init(v, (None, 2)),
    "init beside a reference": lambda v: nn.with_reference(nn.dense(1), 2).init(v, (None, 2)),
    "initialiser": lambda v: nn.glorot_uniform()(v, (2, 3)),
    "dropout": lambda v: nn.dropout(0.5).apply(None, rows(), train=True, rng=v),
    "instance_noise": lambda v: nn.instance_noise(0.5).apply(None, rows(), train=True, rng=v),
    "ring": lambda v: data.ring()(v, 3),
    "grid": lambda v: data.grid()(v, 3),
    "blobs": lambda v: data.blobs()(v, 3),
    "symmetric": lambda v: data.symmetric()(v, 3),
    "language": lambda v: data.brackets(3).sample(v, 3),
    "sliced_wasserstein": lambda v: metrics.sliced_wasserstein(rows(), rows(), rng=v),
    "null": lambda v: metrics.null_distribution(mnp.mean, normals, 2, repetitions=2, rng=v),
    "gumbel": lambda v: discrete.gumbel(v, 3),
    "logistic": lambda v: discrete.logistic(v, 3),
    "gumbel_softmax": lambda v: discrete.gumbel_softmax(LOGITS, 1.0, v),
    "binary_concrete": lambda v: discrete.binary_concrete(LOGITS, 1.0, v),
    "gumbel_max": lambda v: discrete.gumbel_max(LOGITS, v),
    "reinforce": lambda v: discrete.reinforce(linear, LOGITS, v),
    "rebar": lambda v: discrete.rebar(linear, LOGITS, v),
    "conditional_gumbel": lambda v: discrete.conditional_gumbel(LOGITS, 0, v),
    "pushforward": lambda v: Pushforward(mnp.exp).sample(v, 3),
    "variance_from_batch": lambda v: variance_from_batch(mnp.tanh, 1, 2, v, samples=2, redraws=2),
}

# functions, and objects of one class: none of these is a number, a word or a list
OBJECTS = {
    "generator": ("generator is a layer", lambda v: trained(generator=v)),
    "discriminator": ("discriminator is a layer", lambda v: trained(discriminator=v)),
    "generator_optimizer": ("generator_optimizer", lambda v: trained(generator_optimizer=v)),
    "discriminator_optimizer": ("discriminator_optimizer", lambda v: trained(discriminator_optimizer=v)),
    "penalty": ("penalty", lambda v: trained(penalty=v)),
    "callbacks": ("callback", lambda v: trained(callbacks=v)),
    "history": ("history", lambda v: trained(history=v)),
    "state": ("state", lambda v: trained(state=v)),
    "compiled": ("compiled", lambda v: trained(compiled=v)),
    "progress": ("progress", lambda v: trained(progress=v)),
    "updates": ("updates", lambda v: trained(updates=v)),
    "players of a step": ("Players", make_step),
    "features": ("features", feature_matching),
    "scheduled": ("penalty", scheduled),
    "game of smoothing": ("game", lambda v: label_smoothing(0.9, v)),
    "row of f_gan": ("row|divergence", f_gan),
    "learner": ("Learner", lambda v: train(v, 1)),
    "watch": ("watch", lambda v: train(COUNTING, 1, watch=v)),
    "averaged learner": ("Learner", lambda v: averaged(v, ["x"])),
    "players": ("players", lambda v: players_learner(v, lambda rng, state: ())),
    "draw of players": ("draw", lambda v: players_learner({"a": Player(len, len, SGD)}, v)),
    "layer in a row": ("layer 0 of sequential", nn.sequential),
    "trunk": ("trunk", lambda v: nn.branches(v, a=nn.dense(1))),
    "activation": ("activation", lambda v: nn.mlp([2], output=v)),
    "initialiser": ("initialiser of the weight", lambda v: nn.dense(2, weight=v)),
    "kernel": ("kernel", lambda v: metrics.mmd(rows(), rows(), v)),
    "metric": ("metric", lambda v: metrics.null_distribution(v, normals, 2)),
    "draw of a metric": ("draw", lambda v: metrics.null_distribution(mnp.mean, v, 2)),
    "clip": ("clip", lambda v: optim.sgd(0.1, clip=v)),
    "projection": ("projection", lambda v: optim.projected(SGD, v)),
    "wrapped optimiser": ("optimiser", optim.clip_weights),
    "boundaries": ("boundar", lambda v: optim.piecewise(v, [0.1])),
    "method": ("method", lambda v: dynamics.play(v, GAME, (1.0, 0.0), 1)),
    "game of dynamics": ("game", lambda v: dynamics.play(METHOD, v, (1.0, 0.0), 1)),
    "game of a field": ("game", lambda v: dynamics.vector_field(v, (1.0, 0.0))),
    "value": ("value", dynamics.zero_sum),
    "point": ("point", lambda v: dynamics.spectrum(GAME, v)),
    "averaged method": ("method", dynamics.iterate_average),
    "f": ("calls f", lambda v: discrete.expectation(v, LOGITS)),
    "surrogate": ("surrogate", lambda v: discrete.relax(linear, LOGITS, v, 0)),
    "estimators": ("estimator", lambda v: discrete.estimator_report(v, linear, LOGITS, samples=2)),
    "rules": ("rules|start", lambda v: data.language(v, 3)),
    "compile": ("compile", mg.compile),
    "grad": ("differentiated", mg.grad),
    "jvp": ("differentiated", lambda v: mg.jvp(v, (1.0,), (1.0,))),
    "custom_vjp": ("rule", lambda v: mg.custom_vjp(mnp.sin, v)),
    "trace": ("traced", mg.trace),
}

# rows of samples, (n, 2) or one axis of numbers
SAMPLES = {
    "training data": ("training data", lambda v: trained(data=v)),
    "data set": ("mine", lambda v: data.from_array(v, "mine")),
    "mmd": ("mmd", lambda v: metrics.mmd(v, rows(), metrics.gaussian_kernel(1.0))),
    "mmd_null": ("samples", lambda v: metrics.mmd_null(rows(), v, metrics.gaussian_kernel(1.0), repetitions=2)),
    "median_bandwidth": ("reference samples", metrics.median_bandwidth),
    "sliced_wasserstein": ("sliced_wasserstein|samples on the line", lambda v: metrics.sliced_wasserstein(rows(), v)),
    "on the line": ("samples on the line", lambda v: metrics.wasserstein_on_the_line(v, rows())),
    "frechet_distance": ("generated samples", lambda v: metrics.frechet_distance(v, rows())),
    "precision_recall": ("real samples", lambda v: metrics.precision_recall(rows(), v)),
    "mode_coverage": ("samples", lambda v: metrics.mode_coverage(v, rows(), 0.1)),
    "centres": ("centres", lambda v: metrics.mode_coverage(rows(), v, 0.1)),
}


def _word_for_none(v):
    """Where ``None`` is the default, another value that is no count stands for it."""
    return "None" if v is None else v
