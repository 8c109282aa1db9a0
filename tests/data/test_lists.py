"""Lists go wherever arrays go: samples and symbols, and what becomes a data set."""

import numpy as np
import pytest

from minigan.data import brackets, from_array
from minigan.data.mu_law import companded, expanded, mu_law_decode, mu_law_encode, mu_law_error
from minigan.data.quantised_signals import echo_signal
from minigan.models.form import Form, images
from tests.lists import lists_are_as_good

WAVE = np.array([-1.0, -0.01, 0.25, 1.0])
SYMBOLS = np.array([[0, 3, 2, 1, 1], [2, 2, 0, 3, 1]])
PIXELS = np.linspace(-1.0, 1.0, 12).reshape(2, 6)
SIGNAL = echo_signal(4, lag=2)

CALLS = {
    "companded": (companded, WAVE, 15.0),
    "expanded": (expanded, WAVE, 15.0),
    "mu_law_encode": (mu_law_encode, WAVE, 16),
    "mu_law_decode": (mu_law_decode, SYMBOLS, 16),
    "mu_law_error": (mu_law_error, WAVE, 16),
    "context": (SIGNAL.context, SYMBOLS[:, :2]),
    "log_probability": (SIGNAL.log_probability, SYMBOLS),
    "indices": (brackets(5).indices, SYMBOLS),
    "from_array": (lambda x, y: from_array(x, "mine", shape=(2, 3), labels=y).values, PIXELS, np.array([4, 7])),
    "restore": (from_array(np.ones((1, 2, 3), dtype="uint8"), "mine").restore, PIXELS),
    "restore rows": (from_array(np.ones((1, 6)), "mine").restore, PIXELS),
    "a form of rows": (Form().restore, PIXELS),
    "a form of images": (images(2, 3).restore, PIXELS),
}


@pytest.mark.parametrize("name", CALLS)
def test_a_list_is_as_good_as_an_array(name):
    lists_are_as_good(*CALLS[name])


def test_words_are_no_samples():
    for restore in (from_array(np.ones((1, 6)), "mine").restore, images(2, 3).restore, Form().restore):
        with pytest.raises(TypeError, match=r"samples.* are an array or a list"):
            restore("six")
        with pytest.raises(ValueError, match=r"samples.* are a list of parts that differ in length"):
            restore([[1.0], [1.0, 2.0]])
