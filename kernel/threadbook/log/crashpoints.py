"""Places where a test can make the process die, to prove what is durable by then.

A test arms one by name in its own child process; in all others `reach` compares two values.
"""

from __future__ import annotations

import os
import signal

armed: str | None = None


def reach(name: str) -> None:
    """Kill this process at once, as a power cut would, if `name` is armed."""
    if name == armed:
        os.kill(os.getpid(), signal.SIGKILL)
