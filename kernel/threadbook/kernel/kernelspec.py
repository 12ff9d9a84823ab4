"""Kernelspecs: how Jupyter finds the kernel.

The wheel brings one for its own environment. For a Jupyter that lives in another, one is
installed that names this interpreter.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import msgspec
from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

from threadbook.config import STORE
from threadbook.errors import ConfigError

MODULE = "threadbook.kernel"
LOGO = Path(sys.prefix) / "share" / "jupyter" / "kernels" / "threadbook" / "logo-svg.svg"
"""Comes with the kernelspec of the wheel."""


class InstalledSpec(msgspec.Struct, frozen=True, kw_only=True):
    """A kernelspec of ours that Jupyter finds."""

    name: str
    folder: str
    interpreter: str
    store: str | None


def kernelspec(
    interpreter: str = "python", *, display_name: str = "threadbook", store: str | None = None
) -> dict[str, Any]:
    """Return the content of kernel.json; Jupyter reads `python` as its own interpreter.

    `-P` keeps the folder of the notebook off the path while the kernel starts: a file there
    named like one of our dependencies must not take its place.
    """
    spec: dict[str, Any] = {
        "argv": [interpreter, "-P", "-m", MODULE, "-f", "{connection_file}"],
        "display_name": display_name,
        "language": "python",
        "interrupt_mode": "message",
        "metadata": {"debugger": True, "supported_encryption": ["curve"]},
        "kernel_protocol_version": "5.5",
    }
    if store is not None:
        spec["env"] = {STORE: store}
    return spec


def install(
    *,
    name: str = "threadbook",
    display_name: str | None = None,
    prefix: str | None = None,
    store: str | None = None,
) -> Path:
    """Install a kernelspec for this interpreter and return its folder.

    Into `prefix`, or the user's Jupyter folder where that is None. Raises ConfigError.
    """
    if not name:  # Jupyter would take that of the folder to copy
        raise ConfigError("cannot install the kernelspec '': it needs a name")
    spec = kernelspec(sys.executable, display_name=display_name or name, store=store)
    with tempfile.TemporaryDirectory() as private:
        folder = Path(private) / "spec"  # installed with its mode, which others have to read
        folder.mkdir()
        (folder / "kernel.json").write_text(json.dumps(spec, indent=1))
        if LOGO.exists():
            shutil.copy(LOGO, folder)
        try:
            target = KernelSpecManager().install_kernel_spec(
                str(folder), kernel_name=name, user=prefix is None, prefix=prefix
            )
        except (OSError, ValueError) as error:
            raise ConfigError(f"cannot install the kernelspec {name!r}: {error}") from error
    return Path(target)


def installed() -> list[InstalledSpec]:
    """Return our kernelspecs, whatever they are called."""
    found = []
    for name, entry in KernelSpecManager().get_all_specs().items():
        spec = entry["spec"]
        if MODULE in spec.get("argv", []):
            found.append(
                InstalledSpec(
                    name=name,
                    folder=entry["resource_dir"],
                    interpreter=spec["argv"][0],
                    store=spec.get("env", {}).get(STORE),
                )
            )
    return sorted(found, key=lambda spec: spec.name)


def remove(name: str) -> Path:
    """Remove a kernelspec of ours and return where it was. Raises ConfigError."""
    if name not in {spec.name for spec in installed()}:
        raise ConfigError(
            f"no threadbook kernelspec is called {name!r}",
            remedy="`threadbook kernel list` shows those there are",
        )
    try:
        return Path(KernelSpecManager().remove_kernel_spec(name))
    except (OSError, NoSuchKernel) as error:
        raise ConfigError(f"cannot remove the kernelspec {name!r}: {error}") from error
