"""OpenBLAS's kernels are chosen on one kind of processor, before NumPy is there, and by nobody's wish but ours."""

import os
import subprocess
import sys

import pytest

ZEN_4 = (
    "processor\t: 0\nvendor_id\t: AuthenticAMD\ncpu family\t: 25\nflags\t\t: fpu sse avx2 avx512f\n\nprocessor\t: 1\n"
)
CASES = {
    "Zen 4": (ZEN_4, {}, "Haswell"),
    "Zen 3": (ZEN_4.replace(" avx512f", ""), {}, None),
    "Zen 5": (ZEN_4.replace("25", "26"), {}, None),
    "Intel": (ZEN_4.replace("AuthenticAMD", "GenuineIntel"), {}, None),
    "chosen by hand": (ZEN_4, {"OPENBLAS_CORETYPE": "Zen"}, "Zen"),
    "no such file": (None, {}, None),
}


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.parametrize("case", CASES)
def test_the_kernels_that_are_asked_for(case, early, tmp_path):
    text, chosen, expected = CASES[case]
    file = tmp_path / "cpuinfo"
    if text is not None:
        file.write_text(text)
    # the file alone, as the package has chosen when it is imported
    load = "blas = types.ModuleType('blas'); exec(open(sys.argv[2]).read(), blas.__dict__)"
    code = (
        f"import os, sys, types{'' if early else ', numpy'}; {load}; "
        "done = blas.choose_kernels(sys.argv[1]); print(done, os.environ.get('OPENBLAS_CORETYPE'))"
    )
    environment = {key: value for key, value in os.environ.items() if key != "OPENBLAS_CORETYPE"}
    import minigan.blas

    run = subprocess.run(
        [sys.executable, "-c", code, str(file), minigan.blas.__file__],
        env={**environment, **chosen}, capture_output=True, text=True, check=True,
    )  # fmt: skip
    expected = expected if early or chosen else None
    assert run.stdout.split() == [str(early and expected == "Haswell"), str(expected)]
