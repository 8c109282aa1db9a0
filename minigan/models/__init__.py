"""The lecture's systems, one short file each, grouped by its parts.

`system` is what a system says of itself · `registry` where it is known by name, `SYSTEMS`, with the options that its
signature states · `form` what one example is · `two_players` GANs as systems. Then the systems: `explicit`, `games`,
`discrete`, `images`, `implicit`.
"""

from . import discrete, explicit, games, images, implicit
from .form import Form
from .registry import SYSTEMS, RegisteredSystem, find_system, system, system_for
from .system import System
from .two_players import GameOptions, fit_of, gan_system

__all__ = [
    "SYSTEMS",
    "Form",
    "GameOptions",
    "RegisteredSystem",
    "System",
    "discrete",
    "explicit",
    "find_system",
    "fit_of",
    "games",
    "gan_system",
    "images",
    "implicit",
    "system",
    "system_for",
]
