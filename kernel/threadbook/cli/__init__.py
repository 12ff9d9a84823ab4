"""The command line."""

from threadbook.cli.app import main

__all__ = ["main"]
