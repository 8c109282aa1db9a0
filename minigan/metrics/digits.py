"""Digits judged by a classifier of real ones: how many classes are covered, and how many samples are clear."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from ..arrays import host_array
from ..validation import switch
from .modes import kl_from_uniform


class DigitJudge(NamedTuple):
    """A classifier of real digits: ``accuracy`` on held-out real ones, and how it tells a digit from a smudge.

    ``margin`` is the decision margin that 95 % of held-out real digits exceed. Images have shape (n, 64), in [-1, 1].

    >>> judge = digit_judge()
    >>> judge.predict(np.zeros((2, 64))).shape, judge.clear(np.zeros((2, 64)))
    ((2,), array([False, False]))
    """

    classifier: Any
    accuracy: float
    margin: float

    def predict(self, images) -> np.ndarray:
        """The class of each image: integers 0 .. 9, shape (n,)."""
        return self.classifier.predict(as_digits(images))

    def clear(self, images) -> np.ndarray:
        """Whether each is decided by a margin that 95 % of real digits exceed: shape (n,)."""
        return _margins(self.classifier, as_digits(images)) >= self.margin


@functools.cache
def digit_judge(binary: bool = False) -> DigitJudge:
    """A support-vector classifier trained on two thirds of the real 8x8 digits and tested on the rest.

    With ``binary`` the digits are black and white, as `minigan.data.binary_digits` has them.

    >>> digit_judge().accuracy > 0.97
    True
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.svm import SVC

    images, labels = load_digits(return_X_y=True)
    images = np.where(images >= 8.0, 1.0, -1.0) if binary else images / 8.0 - 1.0
    train, test, train_labels, test_labels = train_test_split(
        images, labels, test_size=1 / 3, random_state=0, stratify=labels
    )
    classifier = SVC(gamma=0.05, C=10.0).fit(train, train_labels)
    accuracy = float(classifier.score(test, test_labels))
    return DigitJudge(classifier, accuracy, float(np.quantile(_margins(classifier, test), 0.05)))


def as_digits(images) -> np.ndarray:
    """Images of shape (n, 64) on the host. Raises `ValueError` for other shapes and for none."""
    images = host_array(images, "the digit images")
    if images.ndim != 2 or images.shape[1] != 64 or not len(images):
        raise ValueError(f"digit images have shape (n, 64), and these {images.shape}")
    return images


def _margins(classifier, images):
    scores = np.sort(classifier.decision_function(images), axis=1)
    return scores[:, -1] - scores[:, -2]


def digit_coverage(images, binary: bool = False) -> dict:
    """How generated digits, shape (n, 64) in [-1, 1], spread over the ten classes as the judge sees them.

    Returns a dict: ``classes_covered`` (classes with at least 1 % of the samples, a tenth of a fair share),
    ``class_shares`` (ten numbers), ``classifier_accuracy`` on held-out real digits, ``clear_share`` (samples decided
    by a margin that 95 % of real digits exceed; a perfect generator scores 0.95) and ``collapsed`` (fewer than ten
    covered). With ``binary`` the judge is one of digits in black and white. Raises `ValueError` for other shapes.

    >>> from minigan.data import digits
    >>> images, labels = digits()
    >>> found = digit_coverage(images[labels < 7])
    >>> found["classes_covered"], found["collapsed"]
    (7, True)
    """
    judge = digit_judge(switch(binary, "binary"))
    images = as_digits(images)
    shares = np.bincount(judge.predict(images), minlength=10) / len(images)
    covered = int((shares >= 0.01).sum())
    return {
        "classes_covered": covered,
        "class_shares": [round(float(share), 4) for share in shares],
        "classifier_accuracy": round(judge.accuracy, 4),
        "clear_share": round(float(judge.clear(images).mean()), 4),
        "collapsed": covered < 10,
    }


def stacked_coverage(images) -> dict:
    """How stacks of three digits, shape (n, 192) as `minigan.data.stacked_digits` draws them, spread over 000 to 999.

    Returns a dict: ``modes_covered`` (numbers that the judge reads at least once) of ``modes``, ``mode_kl``
    (KL of their shares to equal ones, model first; about 1000 / (2 n) for a perfect generator), ``clear_share`` (stacks of
    which all three digits are decided by a margin that 95 % of real ones exceed; 0.95^3 of stacks of held-out digits) and
    ``judge_accuracy``, its chance of reading all three of a held-out real stack right. What it misreads is counted as some
    other number: a generator of m numbers may seem to have a few more, and n stacks that are noise seem to have many.

    >>> from minigan.data import stacked_digits
    >>> real = stacked_coverage(stacked_digits()(0, 1000))
    >>> 600 < real["modes_covered"] < 680, real["mode_kl"] < 0.6  # 1 - 1/e of the thousand
    (True, True)
    """
    judge = digit_judge()
    images = host_array(images, "the stacks")
    if images.ndim != 2 or images.shape[1] != 192 or not len(images):
        raise ValueError(f"stacks of three digits have shape (n, 192), and these {images.shape}")
    channels = images.reshape(-1, 64, 3)
    read = [judge.predict(channels[:, :, i]) for i in range(3)]
    clear = np.all([judge.clear(channels[:, :, i]) for i in range(3)], axis=0)
    shares = np.bincount(100 * read[0] + 10 * read[1] + read[2], minlength=1000) / len(images)
    return {
        "modes_covered": int((shares > 0.0).sum()),
        "modes": 1000,
        "mode_kl": round(kl_from_uniform(shares), 4),
        "clear_share": round(float(clear.mean()), 4),
        "judge_accuracy": round(judge.accuracy**3, 4),
    }
