"""Games whose generator writes strings of a grammar: total variation to the truth, by the generator's own exact law."""

from __future__ import annotations

from typing import NamedTuple

from ...data import brackets
from ...models.discrete import strings
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
    system, trained = play(estimator, seed, setting)
    found = system.measured(trained)
    return found["total_variation"], found["well_formed_share"]


def play(estimator: str, seed: int, setting: Setting):
    """The system of `minigan.models.discrete.strings` and what came of it, at higher rates and in fewer steps."""
    how = strings.Setting(
        setting.steps,
        setting.batch,
        setting.generator_rate,
        setting.discriminator_rate,
        GAMMA[estimator],
        TEMPERATURE,
    )
    system = strings.strings_system(estimator, setting.longest, how)
    return system, system.train(seed=seed, check_every=100)


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
    count = len(brackets(setting.longest).strings)
    for estimator in GAMMA:
        for seed in run.seeds(1 if run.quick else 3):
            total_variation, well_formed = train(estimator, seed, setting)
            what = f"{estimator}, seed {seed}"
            yield Check(
                f"{what}: total variation to the truth, {count} strings",
                setting.total_variation,
                total_variation,
                0.0,
                "<=",
            )
            yield Check(f"{what}: share of well-formed ones", setting.well_formed, well_formed, 0.0, ">=")
