"""Systems as the tests train them: small batches, and a little data of one's own for those that want some."""

import numpy as np

from minigan.data import from_array
from minigan.models import SYSTEMS

TABLE = np.random.default_rng(0).standard_normal((40, 3)) * [1.0, 20.0, 1e-3] + [5.0, -300.0, 0.0]
PHOTOS = np.random.default_rng(1).integers(0, 256, (24, 12, 10, 3), dtype="uint8")
OWN = {"rows": from_array(TABLE, "table"), "images": from_array(PHOTOS, "photos")}


def small(name, **options):
    """The registered system of that name with batches of 16, whatever else it is told."""
    registered = SYSTEMS[name]
    if "batch" in registered.options:
        options = {"batch": 16, **options}
    if registered.needs_data:
        options = {"data": OWN[registered.kind], **options}
    return registered(**options)
