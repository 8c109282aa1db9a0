"""The array-API standard's own test suite over `minigan.numpy` as a plain namespace, beside NumPy itself.

    git clone --recurse-submodules https://github.com/data-apis/array-api-tests
    pip install -r array-api-tests/requirements.txt
    python tests/suites/array_api.py array-api-tests [--examples 15]

The suite is not part of this repository. It runs once over each of the two in processes of their own, with the same
examples; what NumPy fails (its deviations from the standard are ours, on purpose) is left out. Prints both counts and
what fails here alone, and exits with 1 if anything does.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

MODULES = ("numpy", "minigan.numpy")


def failures(suite: Path, module: str, examples: int, only=()) -> set[str]:
    """The names of the tests that fail over ``module``, of all, or of those named in ``only``."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        settings = {"ARRAY_API_TESTS_MODULE": module, "ARRAY_API_TESTS_VERSION": np.__array_api_version__}
        command = [sys.executable, "-m", "pytest", *(only or ["array_api_tests"]), "-q", "-p", "no:cacheprovider"]
        command += [f"--max-examples={examples}", "--derandomize", "--json-report", f"--json-report-file={report}"]
        ran = subprocess.run(command, cwd=suite, env={**os.environ, **settings}, capture_output=True, text=True)
        if not report.exists():
            raise SystemExit(f"the suite did not run over {module}:\n{ran.stdout}{ran.stderr}")
        tests = json.loads(report.read_text())["tests"]
    if not tests:
        raise SystemExit(f"the suite in {suite} has no tests: was it cloned with its submodule?")
    return {test["nodeid"] for test in tests if test["outcome"] in ("failed", "error")}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("suite", type=Path, help="the folder of the suite, with its submodule")
    parser.add_argument("--examples", type=int, default=15, help="examples a test (default: 15)")
    options = parser.parse_args()
    found = {module: failures(options.suite, module, options.examples) for module in MODULES}
    alone = found["minigan.numpy"] - found["numpy"]
    if alone:  # some tests draw what NumPy fails now and then
        alone -= failures(options.suite, "numpy", 20 * options.examples, sorted(alone))
    for module, names in found.items():
        print(f"{module}: {len(names)} failures")
    print("\n".join(f"fails over minigan.numpy alone: {name}" for name in sorted(alone)))
    return 1 if alone else 0


if __name__ == "__main__":
    sys.exit(main())
