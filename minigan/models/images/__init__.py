"""Images: real digits, one by one and stacked, images that keep one rule each, and images of one's own."""

from . import black_and_white, blobs, convolutional, digits, own_images, stacked_digits, symmetry

__all__ = ["black_and_white", "blobs", "convolutional", "digits", "own_images", "stacked_digits", "symmetry"]
