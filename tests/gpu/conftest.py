"""These tests need a GPU; without one they are skipped, and the summary says why."""

import pytest


def _why_not():
    try:
        import cupy
    except ImportError:
        return "CuPy is not installed (pip install 'minigan[cuda12]')"
    if int(cupy.__version__.split(".")[0]) < 14:
        return f"CuPy {cupy.__version__} is older than 14"
    if not cupy.cuda.is_available():
        return f"CuPy {cupy.__version__} finds no CUDA device"
    return None


def pytest_collection_modifyitems(items):
    reason = _why_not()
    if reason is None:
        return
    for item in items:
        if "gpu" in item.path.parts[-2:-1]:
            item.add_marker(pytest.mark.skip(reason=reason))
