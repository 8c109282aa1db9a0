"""What every picture's test looks at: that it renders, and which words stand on it."""

import io


def rendered(drawn):
    """The PNG's bytes, drawn without a window system; something must be on it."""
    buffer = io.BytesIO()
    drawn.savefig(buffer, format="png")
    png = buffer.getvalue()
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    from matplotlib.image import imread

    pixels = imread(io.BytesIO(png), format="png")[..., :3]
    assert pixels.shape[0] > 200 and pixels.shape[1] > 300
    assert (pixels < 0.9).any(-1).mean() > 0.005  # something is on it
    return png


def texts(drawn):
    import matplotlib.text

    return {text.get_text() for text in drawn.findobj(matplotlib.text.Text)} - {""}
