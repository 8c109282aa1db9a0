"""Digits judged by a classifier of real ones: how many classes are covered, and how many samples are clear."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from ..arrays import host_array
from ..validation import switch


class DigitJudge(NamedTuple):
    """A classifier of real digits: ``accuracy`` on held-out real ones, and how it tells a digit from a smudge.

    ``margin`` is the decision margin that 95 % of held-out real digits exceed.
    """

    classifier: Any
    accuracy: float
    margin: float


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


def _margins(classifier, images):
    scores = np.sort(classifier.decision_function(images), axis=1)
    return scores[:, -1] - scores[:, -2]


def digit_coverage(images, binary: bool = False) -> dict:
    """How generated digits, shape (n, 64) in [-1, 1], spread over the ten classes as the judge sees them.

    Returns a dict: ``classes_covered`` (classes with at least 1 % of the samples, a tenth of a fair share),
    ``class_shares`` (ten numbers), ``classifier_accuracy`` on held-out real digits, ``clear_share`` (samples decided
    by a margin that 95 % of real digits exceed; a perfect generator scores 0.95) and ``collapsed`` (fewer than ten
    covered). With ``binary`` the judge is one of digits in black and white.
    """
    judge = digit_judge(switch(binary, "binary"))
    images = host_array(images, "the digit images")
    if images.ndim != 2 or images.shape[1] != 64 or not len(images):
        raise ValueError(f"digit images have shape (n, 64), and these {images.shape}")
    shares = np.bincount(judge.classifier.predict(images), minlength=10) / len(images)
    covered = int((shares >= 0.01).sum())
    return {
        "classes_covered": covered,
        "class_shares": [round(float(share), 4) for share in shares],
        "classifier_accuracy": round(judge.accuracy, 4),
        "clear_share": round(float((_margins(judge.classifier, images) >= judge.margin).mean()), 4),
        "collapsed": covered < 10,
    }
