"""The command line: ``minigan verify``, ``train``, ``list``, ``info``. A mistake of the caller's ends in one sentence, exit 2."""

from .app import main

__all__ = ["main"]
