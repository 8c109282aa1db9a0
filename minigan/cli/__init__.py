"""The command line: ``minigan verify``, ``train``, ``divergence``, ``list``, ``info``.

A mistake of the caller's ends in one sentence and exit status 2.
"""

from .app import main

__all__ = ["main"]
