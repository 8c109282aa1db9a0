"""Sound from WAV files: every width of numbers, and what is refused."""

import numpy as np
import pytest
from numpy.testing import assert_allclose
from scipy.io import wavfile

from minigan.data import load

WAVE = 0.5 * np.sin(np.linspace(0.0, 60.0, 2000))


def written(path, values, rate=8000):
    wavfile.write(path, rate, values)
    return path


@pytest.mark.parametrize(
    "kind, values, tolerance",
    [
        ("uint8", np.rint(WAVE * 128 + 128).astype("uint8"), 1 / 128),
        ("int16", np.rint(WAVE * 2**15).astype("int16"), 2.0**-15),
        ("int32", np.rint(WAVE * 2**31).astype("int32"), 1e-7),
        ("float32", WAVE.astype("float32"), 1e-7),
        ("float64", WAVE, 1e-7),
    ],
)
def test_sound_is_read_in_numbers_of_any_width(tmp_path, kind, values, tolerance):
    found = load(written(tmp_path / "a.wav", values, 16000))
    assert (found.kind, found.rate, found.values.shape, found.name) == ("sound", 16000, (1, 2000), "a")
    assert found.values.dtype == np.float32
    assert_allclose(found.values[0], WAVE, atol=tolerance)
    assert len(found.fingerprint) == 64 and found.restore(found.values) is not None


def test_sound_is_told_by_its_content(tmp_path):
    assert load(written(tmp_path / "a.data", WAVE.astype("float32"))).kind == "sound"


@pytest.mark.parametrize(
    "values, told",
    [
        (np.stack([WAVE, WAVE], -1).astype("float32"), "has 2 channels of sound, and one is taken: mix it down"),
        (np.zeros(500, "int16"), "is silence: all of its 500 samples are 0"),
        (np.full(500, 7, "int16"), "is silence"),
        ((3.0 * WAVE).astype("float32"), r"holds values beyond \[-1, 1\], up to 1.5"),
        (np.where(WAVE > 0.4, np.nan, WAVE).astype("float32"), r"holds values beyond \[-1, 1\]"),
        (np.zeros(0, "int16"), "holds 0 samples|is no WAV file"),
    ],
)
def test_sound_that_cannot_be_learned_is_refused(tmp_path, values, told):
    with pytest.raises(ValueError, match=f"a.wav {told}"):
        load(written(tmp_path / "a.wav", values))


def test_broken_files_are_refused(tmp_path):
    whole = written(tmp_path / "a.wav", WAVE.astype("float32")).read_bytes()
    for cut in (5, 20, 30, 40, 60):
        (tmp_path / "cut.wav").write_bytes(whole[:cut])
        with pytest.raises(ValueError, match=r"cut\.wav (is no WAV file that can be read|holds 0 samples|is silence)"):
            load(tmp_path / "cut.wav")
    (tmp_path / "text.wav").write_text("not sound")
    with pytest.raises(ValueError, match=r"text\.wav is no \.wav file: this is text"):
        load(tmp_path / "text.wav")
    with pytest.raises(ValueError, match="which has no shape of images"):
        load(tmp_path / "a.wav", shape="4x5")
