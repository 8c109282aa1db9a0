"""What every test run shares: the backend it runs on and how many examples Hypothesis draws."""

import contextlib
import os
import resource
import signal
import sys

import hypothesis
import pytest

import minigan as mg
from minigan.cli.threads import one_blas_thread

# "ci" is the same in every run, so a failure is a change of the code; "thorough" looks for new ones.
hypothesis.settings.register_profile("ci", derandomize=True, deadline=None, max_examples=15)
hypothesis.settings.register_profile("thorough", deadline=None, max_examples=2000)
# "mutation" is quick, and a failure is not made smaller: that a mistake is seen is all that is asked (tests/mutation.py)
hypothesis.settings.register_profile(
    "mutation",
    derandomize=True,
    deadline=None,
    max_examples=5,
    phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
)


def pytest_addoption(parser):
    group = parser.getgroup("minigan")
    group.addoption(
        "--backend",
        default=os.environ.get("MINIGAN_BACKEND", "numpy"),
        help="run the tests on this backend: numpy, strict, cupy (default: $MINIGAN_BACKEND, or numpy)",
    )
    group.addoption("--thorough", action="store_true", help="let Hypothesis draw 2000 examples a test")
    group.addoption("--verified", metavar="FILE", help="judge claims by what `minigan verify --quick --json FILE` found")
    group.addoption("--mutation", action="store_true", help="let Hypothesis draw 5 examples and stop at a failure")


def _profile(config):
    if config.getoption("--mutation"):
        return "mutation"
    return "thorough" if config.getoption("--thorough") else "ci"


def look_up_strict_dtypes_by_hash():
    """array-api-strict compares every new array's dtype with a tuple of them all, in Python: a third of its time.

    The same dtypes as a set answer the same question; where a release keeps them elsewhere, nothing is gained.
    """
    try:
        from array_api_strict import _array_object as module
    except ImportError:
        return
    if isinstance(getattr(module, "_all_dtypes", None), tuple):
        module._all_dtypes = frozenset(module._all_dtypes)


def pytest_configure(config):
    one_blas_thread()
    os.environ.setdefault("MINIGAN_THREADS", "1")  # commands measure nothing
    look_up_strict_dtypes_by_hash()
    hypothesis.settings.load_profile(_profile(config))
    try:
        mg.use(config.getoption("--backend"))
    except (RuntimeError, ValueError) as error:
        raise pytest.UsageError(str(error)) from error


def pytest_report_header(config):
    return f"minigan: backend {mg.active().name}, hypothesis profile {_profile(config)}"


def pytest_collection_modifyitems(config, items):
    """What is about NumPy itself is the same on every backend: it runs once, on NumPy."""
    if config.getoption("--backend") == "numpy":
        return
    about_numpy = [item for item in items if "on_numpy" in getattr(item, "fixturenames", ())]
    if about_numpy:
        config.hook.pytest_deselected(items=about_numpy)
        items[:] = [item for item in items if "on_numpy" not in getattr(item, "fixturenames", ())]


@pytest.fixture(autouse=True)
def backend_is_restored(request):
    """A test that switches the process must not switch the others."""
    mg.use(request.config.getoption("--backend"))
    yield mg.active()
    mg.use(request.config.getoption("--backend"))


@pytest.fixture
def on_numpy():
    """For a test about NumPy itself, whatever backend the run is on."""
    with mg.use("numpy") as backend:
        yield backend


@pytest.fixture(autouse=True)
def systems_of_ones_own_are_forgotten():
    """What a test registers from a file of its own is not there for the others."""
    registry = sys.modules.get("minigan.models.registry")
    before = dict(registry.SYSTEMS) if registry else None
    yield
    if before is not None:
        registry.SYSTEMS.clear()
        registry.SYSTEMS.update(before)


@pytest.fixture
def full_disk():
    """``with full_disk(size)``: no file grows beyond that many bytes inside. Pytest's own output is one: end it soon."""

    @contextlib.contextmanager
    def limited(size):
        before = resource.getrlimit(resource.RLIMIT_FSIZE)
        handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
        try:
            yield
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
            signal.signal(signal.SIGXFSZ, handler)

    return limited
