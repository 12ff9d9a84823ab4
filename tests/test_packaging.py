"""The distributions, installed into clean environments and used from there."""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
VERSION = PROJECT["version"]
DEPENDENCIES = [
    required
    for listed in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for required in map(Requirement, listed)
    if required.name != PROJECT["name"]  # an extra that takes in another one
]
BUILT = ROOT / "extension" / "threadbook_panel"
LABEXTENSION = "share/jupyter/labextensions/threadbook-panel"
SERVER_CONFIG = "etc/jupyter/jupyter_server_config.d/threadbook_panel.json"

RUN_ONE_CELL = """
import json
import threadbook, threadbook_panel
from jupyter_client.manager import run_kernel

messages = []
with run_kernel(kernel_name="threadbook", startup_timeout=60) as client:
    reply = client.execute_interactive("6*7", timeout=60, output_hook=messages.append)
print(json.dumps({
    "files": [threadbook.__file__, threadbook_panel.__file__],
    "status": reply["content"]["status"],
    "metadata": reply["metadata"],
    "results": [m["content"]["data"] for m in messages if m["msg_type"] == "execute_result"],
}))
"""


def run(*command, stderr_too=False, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    printed = done.stdout + done.stderr if stderr_too else done.stdout
    return re.sub(r"\x1b\[\d*m", "", printed)


def find_uv():
    for path in (ROOT / ".uv" / "bin" / "uv", shutil.which("uv")):
        if path is None:
            continue
        try:
            done = subprocess.run([path, "--version"], capture_output=True, text=True, check=False)
        except OSError:
            continue
        version = re.match(r"uv (\d+)\.(\d+)", done.stdout)
        if done.returncode == 0 and version and tuple(map(int, version.groups())) >= (0, 8):
            return str(path)
    return None


@pytest.fixture(scope="module")
def uv():
    path = find_uv()
    if path is None:
        missing = pytest.fail if os.environ.get("CI") else pytest.skip
        missing("no uv >= 0.8 in .uv or on PATH; run `make setup`")

    def call(*arguments, **variables):
        env = os.environ | {"UV_PYTHON_DOWNLOADS": "never"} | variables
        env.pop("VIRTUAL_ENV", None)
        command = [path, arguments[0], "--quiet", *arguments[1:]]
        offline = subprocess.run(
            [*command, "--offline"], cwd=ROOT, env=env, capture_output=True, check=False
        )
        if offline.returncode != 0:  # the cache lacks something
            run(*command, cwd=ROOT, env=env)

    return call


@pytest.fixture(scope="module")
def dist(uv, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    uv("build", "--python", sys.executable, "--out-dir", str(folder))
    return folder


@pytest.fixture(scope="module")
def install(uv, tmp_path_factory):
    """Install into an environment with the locked runtime dependencies, some extras, no more."""

    def install(*package, extras=()):
        venv = tmp_path_factory.mktemp("install") / "venv"
        python = str(venv / "bin" / "python")
        uv("venv", "--python", sys.executable, str(venv))
        uv(
            *("sync", "--frozen", "--no-default-groups", "--no-install-project"),
            *(f"--extra={extra}" for extra in extras),
            UV_PROJECT_ENVIRONMENT=str(venv),
        )
        uv("pip", "install", "--python", python, "--no-deps", *package)
        uv("pip", "check", "--python", python)
        return venv

    return install


@pytest.fixture(scope="module", params=["wheel", "editable"])
def environment(request, install):
    if request.param == "editable":
        return install("--editable", str(ROOT)), ROOT
    (wheel,) = request.getfixturevalue("dist").glob("*.whl")
    venv = install(str(wheel))
    return venv, venv


def isolated(venv, folder):
    """Return options of a process that knows nothing but a new environment."""
    home = folder / "home"
    home.mkdir()
    path = f"{venv}/bin:/usr/bin:/bin"
    return {"cwd": folder, "env": {"HOME": str(home), "PATH": path, "LANG": "C.UTF-8"}}


def test_wheel_contents(dist):
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    root = f"threadbook-{VERSION}.data/data"
    data = f"{root}/share"
    assert {
        "threadbook/__init__.py",
        "threadbook/py.typed",
        "threadbook_panel/__init__.py",
        "threadbook_panel/py.typed",
        f"threadbook-{VERSION}.dist-info/licenses/LICENSE",
        f"{data}/jupyter/kernels/threadbook/kernel.json",
        f"{data}/threadbook/penguins.py",
        f"{data}/threadbook/data/penguins_raw.csv",
        "threadbook_panel/static/panel.js",
        "threadbook_panel/static/panel.css",
        f"{root}/{SERVER_CONFIG}",
        f"{root}/{LABEXTENSION}/install.json",
        *(
            f"{root}/{LABEXTENSION}/{file.relative_to(BUILT / 'labextension')}"
            for file in (BUILT / "labextension").rglob("*")
            if file.is_file()
        ),
    } <= names
    assert not any(name.startswith("threadbook_panel/labextension") for name in names)
    assert {name.split("/")[0] for name in names} == {
        "threadbook",
        "threadbook_panel",
        f"threadbook-{VERSION}.data",
        f"threadbook-{VERSION}.dist-info",
    }


def test_clean_install_records_a_cell(environment, tmp_path):
    venv, source = environment
    outside = isolated(venv, tmp_path)

    assert VERSION in run(venv / "bin" / "threadbook", "--version", **outside)

    listed = run(venv / "bin" / "jupyter", "kernelspec", "list", "--json", **outside)
    spec = json.loads(listed)["kernelspecs"]["threadbook"]
    assert Path(spec["resource_dir"]) == venv / "share" / "jupyter" / "kernels" / "threadbook"

    cell = json.loads(run(venv / "bin" / "python", "-c", RUN_ONE_CELL, **outside))
    assert all(Path(file).is_relative_to(source) for file in cell["files"])
    assert cell["status"] == "ok"
    assert [result["text/plain"] for result in cell["results"]] == ["42"]
    assert re.fullmatch(r"[0-9a-f]{64}", cell["metadata"]["threadbook"]["record"])


def test_a_wheel_brings_the_panel_to_jupyterlab_and_its_server(install, dist, tmp_path):
    (wheel,) = dist.glob("*.whl")
    venv = install(str(wheel), extras=["lab"])
    outside = isolated(venv, tmp_path)
    jupyter = venv / "bin" / "jupyter"

    listed = run(jupyter, "labextension", "list", "--verbose", **outside, stderr_too=True)
    assert re.search(rf"threadbook-panel v{VERSION} enabled OK \(python, threadbook\)", listed)
    assert Path(venv / LABEXTENSION / "static").is_dir()

    listed = run(jupyter, "server", "extension", "list", **outside, stderr_too=True)
    assert re.search(r"threadbook_panel enabled\n.*\n\s+threadbook_panel\s+OK\n", listed)

    code = "import threadbook_panel.server, threadbook_panel.panel as p; print(p.__file__)"
    assert Path(run(venv / "bin" / "python", "-c", code, **outside).strip()).is_relative_to(venv)


@pytest.mark.parametrize("required", DEPENDENCIES, ids=lambda required: required.name)
def test_n97_a_fresh_install_gets_only_major_versions_that_were_tested(required):
    assert any(bound.operator == "<" for bound in required.specifier)
    assert required.specifier.contains(metadata.version(required.name))
