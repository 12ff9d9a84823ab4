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
    Requirement(item)
    for listed in (PROJECT["dependencies"], *PROJECT["optional-dependencies"].values())
    for item in listed
]

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


def run(*command, **options):
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    assert done.returncode == 0, f"{command}\n{done.stdout}{done.stderr}"
    return done.stdout


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


@pytest.fixture(scope="module", params=["wheel", "editable"])
def environment(request, uv, tmp_path_factory):
    """Install into an environment with the locked runtime dependencies and nothing else."""
    if request.param == "wheel":
        (wheel,) = request.getfixturevalue("dist").glob("*.whl")
        package = [str(wheel)]
    else:
        package = ["--editable", str(ROOT)]
    venv = tmp_path_factory.mktemp(request.param) / "venv"
    python = str(venv / "bin" / "python")
    uv("venv", "--python", sys.executable, str(venv))
    uv(
        *("sync", "--frozen", "--no-default-groups", "--no-install-project"),
        UV_PROJECT_ENVIRONMENT=str(venv),
    )
    uv("pip", "install", "--python", python, "--no-deps", *package)
    uv("pip", "check", "--python", python)
    return venv, venv if request.param == "wheel" else ROOT


def test_wheel_contents(dist):
    (wheel,) = dist.glob("*.whl")
    names = set(zipfile.ZipFile(wheel).namelist())
    data = f"threadbook-{VERSION}.data/data/share"
    assert {
        "threadbook/__init__.py",
        "threadbook/py.typed",
        "threadbook_panel/__init__.py",
        "threadbook_panel/py.typed",
        f"threadbook-{VERSION}.dist-info/licenses/LICENSE",
        f"{data}/jupyter/kernels/threadbook/kernel.json",
        f"{data}/threadbook/penguins.py",
        f"{data}/threadbook/data/penguins_raw.csv",
    } <= names
    assert {name.split("/")[0] for name in names} == {
        "threadbook",
        "threadbook_panel",
        f"threadbook-{VERSION}.data",
        f"threadbook-{VERSION}.dist-info",
    }


def test_clean_install_records_a_cell(environment, tmp_path):
    venv, source = environment
    home = tmp_path / "home"
    home.mkdir()
    outside = {
        "cwd": tmp_path,
        "env": {"HOME": str(home), "PATH": f"{venv}/bin:/usr/bin:/bin", "LANG": "C.UTF-8"},
    }

    assert VERSION in run(venv / "bin" / "threadbook", "--version", **outside)

    listed = run(venv / "bin" / "jupyter", "kernelspec", "list", "--json", **outside)
    spec = json.loads(listed)["kernelspecs"]["threadbook"]
    assert Path(spec["resource_dir"]) == venv / "share" / "jupyter" / "kernels" / "threadbook"

    cell = json.loads(run(venv / "bin" / "python", "-c", RUN_ONE_CELL, **outside))
    assert all(Path(file).is_relative_to(source) for file in cell["files"])
    assert cell["status"] == "ok"
    assert [result["text/plain"] for result in cell["results"]] == ["42"]
    assert re.fullmatch(r"[0-9a-f]{64}", cell["metadata"]["threadbook"]["record"])


@pytest.mark.parametrize("required", DEPENDENCIES, ids=lambda required: required.name)
def test_n97_a_fresh_install_gets_only_major_versions_that_were_tested(required):
    assert any(bound.operator == "<" for bound in required.specifier)
    assert required.specifier.contains(metadata.version(required.name))
