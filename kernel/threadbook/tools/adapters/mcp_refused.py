"""Refused: a request that a server had nothing of."""

from __future__ import annotations


class Refused(Exception):
    """The server had nothing of a request, so that another connection may make it."""
