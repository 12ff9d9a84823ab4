"""A live kernel on a thread, driven by a program."""

from threadbook.session.result import Failure, LargeValue, MimeBundle, Result
from threadbook.session.session import Session
from threadbook.session.sync import SyncSession

__all__ = ["Failure", "LargeValue", "MimeBundle", "Result", "Session", "SyncSession"]
