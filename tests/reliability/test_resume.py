"""Stopped in the middle and gone on with: for every optimiser, method and way of training, the same to the bit."""

import numpy as np
import pytest

import minigan as mg
import minigan.numpy as mnp
from minigan import dynamics, nn, optim
from minigan.data import ring
from minigan.gan import Players, gan_learner, gradient_penalty, non_saturating, r1, r2, scheduled, wgan_gp
from minigan.random import Generator, generator
from minigan.training import Player, averaged, load_checkpoint, players_learner, save_checkpoint, train

STEPS, CUT = 9, 4
RATE = optim.cosine(1e-2, STEPS)
OPTIMISERS = {
    "sgd": optim.sgd(1e-2),
    "momentum": optim.momentum(RATE),
    "rmsprop": optim.rmsprop(optim.warmup(RATE, 3)),
    "adam": optim.adam(RATE, beta1=0.5, clip=optim.clip_by_norm(1.0)),
    "clipped weights": optim.clip_weights(optim.adam(1e-2), 0.5),
    "historical averaging": optim.historical_averaging(optim.sgd(1e-2), 0.1),
    "langevin": optim.langevin(RATE, 1e-3),
    "sghmc": optim.sghmc(1e-2, temperature=1e-3),
    "sghmc in a box": optim.clip_weights(optim.sghmc(1e-2), 0.5),
}


def gan(optimizer=None, network=None, game=None, **how):
    optimizer = optimizer or optim.adam(1e-2)
    network = network or nn.mlp([8, 1])
    players = Players(game or non_saturating(), nn.mlp([8, 2]), network, optimizer, optimizer)
    return gan_learner(players, ring(4), noise=2, batch=8, **how)


def model(optimizer):
    own = Player(
        lambda rng: {"w": rng.standard_normal((3,))},
        lambda p, x, rng: mnp.mean(mnp.square(x - p["model"]["w"])),
        optimizer,
    )
    return players_learner({"model": own}, lambda rng, state: rng.standard_normal((8, 3)))


NOISY = nn.sequential(nn.instance_noise(0.1), nn.dense(8), nn.batch_norm(), nn.dropout(0.3), nn.relu, nn.dense(1))
LEARNERS = {
    **{name: lambda one=one: gan(one) for name, one in OPTIMISERS.items()},
    **{name: lambda name=name: gan(optim.sgd(1e-2), updates=name) for name in dynamics.METHODS},
    "layers that draw": lambda: gan(network=NOISY),
    "several steps of D": lambda: gan(network=NOISY, discriminator_steps=3, penalty=r1(1.0) + r2(1.0)),
    "a penalty that draws": lambda: gan(game=wgan_gp()),
    "a scheduled penalty": lambda: gan(penalty=scheduled(gradient_penalty(), RATE, every=3)),
    "unrolled": lambda: gan(unroll=2),
    "float32": lambda: gan(dtype="float32"),
    "averaged": lambda: averaged(gan(), ["generator"], decay=0.9, start=3),
    "one loss": lambda: model(optim.adam(RATE)),
    "one loss, sampled": lambda: model(optim.sghmc(RATE)),
}


def leaves(tree):
    return [np.asarray(leaf) for leaf in mg.tree_leaves(mg.to_numpy(tree))]


@pytest.mark.parametrize("name", LEARNERS)
@pytest.mark.parametrize("compiled", [True, False], ids=["compiled", "eager"])
def test_stopped_and_gone_on_with(name, compiled, tmp_path):
    """Through a file, with a learner made anew, as another process would."""
    how = {"check_every": 2, "compiled": compiled}
    whole = train(LEARNERS[name](), STEPS, rng=5, **how)
    first = train(LEARNERS[name](), CUT, rng=5, **how)
    save_checkpoint(tmp_path / "one", first.state, history=first.history, rng=first.rng)
    learner = LEARNERS[name]()
    state, history, rng, _ = load_checkpoint(tmp_path / "one", learner.init(generator(9)), good=True)
    rest = train(learner, STEPS - CUT, rng=Generator.from_state(rng), state=state, history=history, **how)
    assert rest.history == whole.history
    for one, two in zip(leaves(rest.state), leaves(whole.state), strict=True):
        assert one.dtype == two.dtype and one.tobytes() == two.tobytes()
