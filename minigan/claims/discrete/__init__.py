"""Discrete outputs: exact laws and exact gradients, and how far each way around a derivative is from them.

`argmax` what a hard choice does · `concrete` the relaxed law · `score_function` REINFORCE and REBAR · `straight_through`
the biased estimators · `strings` games over a grammar · `exactly` expectations over noise without sampling.
"""

from . import argmax, concrete, score_function, straight_through, strings

__all__ = ["argmax", "concrete", "score_function", "straight_through", "strings"]
