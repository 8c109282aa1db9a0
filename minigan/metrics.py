"""What generated samples are judged by: classes of digits covered, modes of a ring covered."""

from __future__ import annotations

import functools
from typing import Any, NamedTuple

import numpy as np

from .backend import to_numpy


class DigitJudge(NamedTuple):
    """A classifier of real digits: ``accuracy`` on held-out real ones, and how it tells a digit from a smudge.

    ``margin`` is the decision margin that 95 % of held-out real digits exceed.
    """

    classifier: Any
    accuracy: float
    margin: float


@functools.cache
def digit_judge() -> DigitJudge:
    """A support-vector classifier trained on two thirds of the real 8x8 digits and tested on the rest.

    >>> digit_judge().accuracy > 0.97
    True
    """
    from sklearn.datasets import load_digits
    from sklearn.model_selection import train_test_split
    from sklearn.svm import SVC

    images, labels = load_digits(return_X_y=True)
    train, test, train_labels, test_labels = train_test_split(
        images / 8.0 - 1.0, labels, test_size=1 / 3, random_state=0, stratify=labels
    )
    classifier = SVC(gamma=0.05, C=10.0).fit(train, train_labels)
    accuracy = float(classifier.score(test, test_labels))
    return DigitJudge(classifier, accuracy, float(np.quantile(_margins(classifier, test), 0.05)))


def _margins(classifier, images):
    scores = np.sort(classifier.decision_function(images), axis=1)
    return scores[:, -1] - scores[:, -2]


def digit_coverage(images) -> dict:
    """How generated digits, shape (n, 64) in [-1, 1], spread over the ten classes as the judge sees them.

    Returns a dict: ``classes_covered`` (classes with at least 1 % of the samples, a tenth of a fair share),
    ``class_shares`` (ten numbers), ``classifier_accuracy`` on held-out real digits, ``clear_share`` (samples decided by a
    margin that 95 % of real digits exceed; a perfect generator scores 0.95) and ``collapsed`` (fewer than ten covered).
    """
    judge = digit_judge()
    images = to_numpy(images).astype(float)
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


def mode_coverage(samples, centres, deviation: float) -> dict:
    """How two-dimensional samples, shape (n, 2), spread over Gaussian modes of the given ``deviation``.

    A sample is of high quality within three deviations of its nearest centre; a perfect generator scores
    1 - exp(-9/2) = 0.9889. A mode is covered by at least a tenth of a fair share of such samples. ``mode_kl`` is
    KL(shares of the nearest centre || uniform). Source: PacGAN (Lin et al. 2018).

    >>> mode_coverage(np.array([[0.0, 0.0], [5.0, 0.1]]), np.array([[0.0, 0.0], [5.0, 0.0]]), 0.1)["modes_covered"]
    2
    """
    samples, centres = to_numpy(samples), to_numpy(centres)
    if samples.ndim != 2 or samples.shape[1:] != centres.shape[1:] or not len(samples):
        raise ValueError(
            f"samples {samples.shape} and centres {centres.shape} have shapes (n, d) and (modes, d), n > 0"
        )
    distance = np.linalg.norm(samples[:, None, :] - centres[None, :, :], axis=2)
    nearest, modes = distance.argmin(1), len(centres)
    good = distance.min(1) <= 3.0 * deviation
    counts = np.bincount(nearest[good], minlength=modes)
    shares = np.bincount(nearest, minlength=modes) / len(samples)
    seen = shares[shares > 0]
    return {
        "modes_covered": int((counts >= max(1.0, 0.1 * len(samples) / modes)).sum()),
        "modes": modes,
        "high_quality_share": round(float(good.mean()), 4),
        "mode_shares": [round(float(share), 4) for share in shares],
        "mode_kl": round(float(np.sum(seen * np.log(seen * modes))), 4),
    }
