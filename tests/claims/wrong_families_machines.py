"""Wrong formulas for the claims on support vector machines, margins and boosting."""

import math

from minigan.models.families import boosting, maximum_margin, support_vectors

NAN = math.nan


def moved(machine, **changed):
    """``machine``, and of what it finds some parts changed."""

    def changing(*given):
        found = machine(*given)
        return found._replace(**{name: change(found) for name, change in changed.items()})

    return changing


def stopped_at(last, stages):
    """A discriminator whose boosting stands still after so many stages."""
    found = boosting.boosted_discriminator(last)
    rows = [min(stage, last) for stage in range(stages + 1)]
    return found._replace(logits=found.logits[rows], losses=found.losses[rows])


MACHINE = support_vectors.most_probable_machine

PLANTED = {
    "svm-is-a-mode": [
        dict(mode=lambda x, labels, strength, k: MACHINE(x, labels, 2.0 * strength, k)),
        dict(mode=lambda x, labels, strength, k: MACHINE(x, labels, strength, 100.0)),  # not sharp
        dict(mode=moved(MACHINE, coefficients=lambda found: 1.01 * found.coefficients)),
        dict(mode=moved(MACHINE, values=lambda found: found.values - found.offset)),
        dict(mode=moved(MACHINE, values=lambda found: NAN * found.values)),
        dict(above=lambda strength, rows, sharpness: 0.0),
    ],
    "gp-classification-mode": [
        dict(
            mode=lambda x, labels, deviation, length: support_vectors.most_probable_classifier(
                x, labels, 1.01 * deviation, length
            )
        ),
        dict(
            mode=lambda x, labels, deviation, length: support_vectors.most_probable_classifier(
                x, -labels, deviation, length
            )
        ),
        dict(mode=lambda *given: (support_vectors.most_probable_classifier(*given)[0], NAN)),
    ],
    "margin-of-endless-descent": [
        dict(residual=lambda data: -maximum_margin.residual(data)),
        dict(residual=lambda data: 0.0 * maximum_margin.residual(data)),
        dict(widest=lambda data: (1.001 * maximum_margin.widest(data)[0], None)),
        dict(angle_at=lambda data, log_time: 0.0),
        dict(angle_at=lambda data, log_time: NAN),
    ],
    "adaboost-is-functional-descent": [
        dict(loss=boosting.logistic_loss),
        dict(loss=lambda f, labels: boosting.exponential_loss(0.5 * f, labels)),
        dict(step=lambda error: 2.0 * boosting.best_step(error)),
        dict(step=lambda error: NAN),
        dict(stated=1.0),
    ],
    "boosted-discriminator": [
        dict(best=lambda: (boosting.best_discriminator()[0], 0.0)),
        dict(best=lambda: (-boosting.best_discriminator()[0], boosting.best_discriminator()[1])),
        dict(
            train=lambda stages: moved(boosting.boosted_discriminator, logits=lambda found: 2.0 * found.logits)(stages)
        ),
        dict(train=lambda stages: boosting.boosted_discriminator(1)._replace(losses=NAN * boosting.cells()[0])),
        dict(train=lambda stages: stopped_at(10, stages)),
    ],
}
