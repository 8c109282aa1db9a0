"""Images: real digits, images that keep one rule each, and images of one's own."""

from . import black_and_white, blobs, convolutional, digits, own_images, symmetry

__all__ = ["black_and_white", "blobs", "convolutional", "digits", "own_images", "symmetry"]
