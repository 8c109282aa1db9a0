"""Games whose generator writes strings of a grammar: total variation to the truth, by the generator's own exact law."""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from ... import optim
from ...data import brackets
from ...gan import r1, r2
from ...models.string_generator import string_generator
from ...models.strings import strings_recipe
from ..registry import Check, Run, claim
from .exactly import HEADING


class Setting(NamedTuple):
    """Strings of at most ``longest`` symbols, how a game is played for them, and how near the truth it must come."""

    longest: int
    steps: int
    batch: int
    generator_rate: float
    discriminator_rate: float
    total_variation: float = 0.05
    well_formed: float = 0.95


FULL = Setting(5, 4000, 256, 1e-2, 2e-2)
QUICK = Setting(3, 600, 128, 2e-2, 2e-2, total_variation=0.1, well_formed=0.9)
TEMPERATURE = 0.5  # of the relaxation: at 1, and still more at 2, its bias is what total variation ends at
GAMMA = {"gumbel": 0.03, "reinforce": 0.02}  # of R1 and R2


def train_on_strings(estimator: str, seed: int, setting: Setting):
    """Total variation to the truth and share of well-formed strings that a game ends with."""
    recipe, result = play(estimator, seed, setting)
    found = recipe.measure(result)
    return found["total_variation"], found["well_formed_share"]


def play(estimator: str, seed: int, setting: Setting):
    """The recipe of `minigan.models.strings` and what came of it, at higher rates, which fall to zero, for fewer steps."""
    recipe, language = strings_recipe(estimator, setting.longest), brackets(setting.longest)
    generator = string_generator(language.length, language.size, estimator=estimator, temperature=TEMPERATURE)
    recipe = dataclasses.replace(recipe, generator=generator)
    gamma = GAMMA[estimator]
    return recipe, recipe.train(
        steps=setting.steps,
        seed=seed,
        batch=setting.batch,
        generator_optimizer=optim.adam(optim.cosine(setting.generator_rate, setting.steps), beta1=0.5),
        discriminator_optimizer=optim.adam(optim.cosine(setting.discriminator_rate, setting.steps), beta1=0.5),
        penalty=r1(gamma) + r2(gamma),
        check_every=100,
    )


@claim(
    "discrete-gans",
    section="discrete",
    heading=HEADING,
    statement="GANs learn discrete outputs all the same: by Gumbel-softmax and by REINFORCE, strings of a known grammar.",
    latex=r"\tfrac12 \sum_x |p_\text{data}(x) - p_\text{model}(x)| < 0.05",
    cost=120.0,
)
def strings_are_learned(run: Run, train=train_on_strings):
    setting = QUICK if run.quick else FULL
    strings = len(brackets(setting.longest).strings)
    for estimator in GAMMA:
        for seed in run.seeds(1 if run.quick else 3):
            total_variation, well_formed = train(estimator, seed, setting)
            what = f"{estimator}, seed {seed}"
            yield Check(
                f"{what}: total variation to the truth, {strings} strings",
                setting.total_variation,
                total_variation,
                0.0,
                "<=",
            )
            yield Check(f"{what}: share of well-formed ones", setting.well_formed, well_formed, 0.0, ">=")
