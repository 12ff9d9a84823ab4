"""The packages that a thread has already, importable from the start of a kernel.

Apart from overlay.py and deps.py, which few kernels need: this is run at the start of each. It
looks at no hash: `deps.verify` and `deps.sync` do.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

from threadbook.config import data_folder
from threadbook.records.canonical import sha256_hex

_GENERATION = re.compile(r"gen-[1-9][0-9]*")


def overlay_name(url: str, workspace: str, thread: str) -> str:
    """Return what the overlay of a thread is called, by its store and workspace."""
    # Surrogates: what is no text in the environment must not keep a kernel from starting.
    return sha256_hex(f"{url}\0{workspace}\0{thread}".encode(errors="surrogatepass"))


def activate(url: str, workspace: str, thread: str, base: Path | None = None) -> str:
    """Import from the overlay of a thread, if it has one here, and return the folder, else "".

    It comes last of all: what the kernel came with is never shadowed.
    """
    overlay = (base or data_folder() / "overlays") / overlay_name(url, workspace, thread)
    try:
        name = (overlay / "current").readlink().name
    except OSError:  # there is none, or something else
        return ""
    folder = overlay.absolute() / name / "site-packages"
    if _GENERATION.fullmatch(name) is None or not folder.is_dir():
        return ""
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    return str(folder)
