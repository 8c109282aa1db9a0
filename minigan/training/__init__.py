"""What everything that learns by steps shares: a `Learner`, and the one loop that trains any of them.

`learner` says what learns by steps · `loop` trains it · `drawn` the random numbers of a step, brought beforehand ·
`players` learners of one or many networks, each with a loss of its own · `averages` of parts of a state · `guard` where a
number stops being one · `threads` of a step, measured · `checkpoint` a state in one file · `checkpoints` the last few of a
run · `weights` by name · `signals` that ask a run to end · `progress`.
"""

from .averages import Averaged, averaged
from .checkpoint import load_checkpoint, save_checkpoint
from .checkpoints import Checkpoints
from .drawn import with_draws
from .guard import Diverged
from .learner import Learner
from .loop import Trained, train
from .players import Player, PlayersState, players_learner
from .signals import asked_to_stop
from .threads import faster_threads
from .weights import load_weights, save_weights

__all__ = [
    "Averaged",
    "Checkpoints",
    "Diverged",
    "Learner",
    "Player",
    "PlayersState",
    "Trained",
    "asked_to_stop",
    "averaged",
    "faster_threads",
    "load_checkpoint",
    "load_weights",
    "players_learner",
    "save_checkpoint",
    "save_weights",
    "train",
    "with_draws",
]
