"""Sound: waves of generated samples beside real ones, and how their energy spreads over frequencies."""

from __future__ import annotations

import numpy as np

from ..backend import to_numpy
from .style import FAKE, REAL, figure, tidy

SHOWN = 512  # samples of a wave that can be told apart


def draw_waves(panel, waves, rate: int, name: str, colour: str, most: int = SHOWN) -> None:
    """Up to four waves (n, samples) in [-1, 1] below one another, the first ``most`` samples of each."""
    shown = waves[:4, :most]
    time = 1e3 * np.arange(shown.shape[1]) / rate
    for i, wave in enumerate(shown):
        panel.plot(time, wave - 2.2 * i, color=colour, linewidth=0.7)
    panel.set_title(name, color=colour, fontsize=12)
    panel.set_xlabel("milliseconds")
    panel.set_yticks([-2.2 * i for i in range(len(shown))], [f"{i + 1}" for i in range(len(shown))])
    panel.set_ylabel("sample")
    tidy(panel)


def waves_beside_real(fake, real, rate: int, title: str = ""):
    """A figure of up to four waves each, (n, samples) in [-1, 1], and the mean power spectra of both (Welch's)."""
    from scipy.signal import welch

    drawn, axes = figure(1, 3, width=13.0, height=4.4)
    spectra = axes[2]
    for panel, waves, name, colour in ((axes[0], fake, "generated", FAKE), (axes[1], real, "real", REAL)):
        waves = to_numpy(waves).astype(float)
        draw_waves(panel, waves, rate, name, colour)
        frequencies, power = welch(waves, rate, nperseg=min(256, waves.shape[1]), axis=-1)
        spectra.semilogy(frequencies, np.maximum(power.mean(0), 1e-30), color=colour, linewidth=1.2, label=name)
    spectra.set_xlabel("frequency in hertz")
    spectra.set_ylabel("mean power, per hertz")
    spectra.legend(frameon=False, fontsize=9)
    tidy(spectra)
    if title:
        drawn.suptitle(title, fontsize=11)
    return drawn
