"""Binder: what repo2docker makes of the repository, and whether its steps lead to a Lab that works.

No image is built, which takes Docker and the internet. The Dockerfile that repo2docker writes is
read, and the steps in it that are ours are run, with a Python environment and a home folder of
their own. Those that come before (Ubuntu, conda, Node) are not ours, and are not run.
"""

import contextlib
import importlib.util
import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from string import Template
from typing import NamedTuple

import httpx
import pytest
import uv
from packaging.requirements import Requirement

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PINNED = (ROOT / "binder" / "requirements.txt").read_text()
PYTHON = (ROOT / "binder" / "runtime.txt").read_text().strip().removeprefix("python-")
NOTEBOOK = "notebooks/01-first-thread.ipynb"
SECONDS = 120

_SPEC = importlib.util.spec_from_file_location("binder_pin", ROOT / "binder" / "pin.py")
pin = importlib.util.module_from_spec(_SPEC)
_SPEC.loader.exec_module(pin)

PIP = """#!/bin/sh
# Stands for pip. uv takes wheels from its cache, and checks the same hashes.
export HOME={home}
command=$1
shift
for word; do
    shift
    [ "$word" = --no-cache-dir ] || set -- "$@" "$word"
done
set -- pip "$command" --quiet --python {prefix}/bin/python "$@"
{uv} "$@" --offline 2>/dev/null || exec {uv} "$@" # where the cache lacks something
"""


class Image(NamedTuple):
    """What the steps have led to: a home folder with the repository, and the environment."""

    home: Path
    env: dict[str, str]

    def start(self, *command, **options):
        """Start a command as a container would: through the entry point."""
        entrypoint = self.env["R2D_ENTRYPOINT"]
        return subprocess.Popen([entrypoint, *command], cwd=self.home, env=self.env, **options)


def arguments(dockerfile, name):
    return [argument for instruction, argument in dockerfile if instruction == name]


def requirements(text):
    """Return each requirement of a file, with the number of its hashes."""
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    return [(Requirement(line.split(" --hash=")[0]), line.count(" --hash=")) for line in lines]


@pytest.fixture(scope="module")
def clone(tmp_path_factory):
    """Return a copy of what git keeps. The repository is the home folder, as it is in Binder."""
    if not (ROOT / ".git").exists():
        pytest.skip("this is no clone, so that nobody knows what belongs to it")
    folder = tmp_path_factory.mktemp("jovyan")
    listed = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    done = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True)
    for name in filter(None, done.stdout.split("\0")):
        if (ROOT / name).exists():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, folder / name, follow_symlinks=False)
    return folder


@pytest.fixture(scope="module")
def dockerfile(clone):
    """Return the instructions that Docker would follow: a name and an argument each."""
    program = Path(sys.executable).with_name("jupyter-repo2docker")
    options = ["--no-build", "--debug", "--user-id", "1000", "--user-name", "jovyan"]
    done = subprocess.run([program, *options, clone], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return re.findall(r"^([A-Z]+)\s+((?:.*\\\n)*.*)$", done.stdout, re.MULTILINE)


@pytest.fixture(scope="module")
def image(dockerfile, clone, tmp_path_factory):
    """Follow the instructions from where the repository comes in."""
    # Here conda makes an environment. What our steps need of it are a Python and its pip.
    prefix = tmp_path_factory.mktemp("conda") / "notebook"
    venv = [uv.find_uv_bin(), "venv", "--quiet", "--python", sys.executable, prefix]
    subprocess.run(venv, check=True)
    pip = prefix / "bin" / "pip"
    pip.write_text(PIP.format(home=os.environ["HOME"], uv=uv.find_uv_bin(), prefix=prefix))
    pip.chmod(0o755)
    env = {k: v for k, v in os.environ.items() if k.startswith(("UV_", "PIP_", "SSL_", "HTTP"))}
    env |= {"HOME": str(clone), "LANG": "C.UTF-8", "PATH": "/usr/local/bin:/usr/bin:/bin"}
    env |= {"NB_PYTHON_PREFIX": str(prefix), "KERNEL_PYTHON_PREFIX": str(prefix)}
    env |= {"CONDA_DIR": str(prefix.parent), "NPM_DIR": str(prefix.parent / "npm")}
    for name, argument in dockerfile:
        variable, _, value = argument.partition("=")
        if (name, variable) in {("ARG", "REPO_DIR"), ("ENV", "PATH"), ("ENV", "R2D_ENTRYPOINT")}:
            env[variable] = Template(value.strip('"')).substitute(env)
        elif name == "RUN" and "binder/" in argument:
            where = env["REPO_DIR"]
            step = ["bash", "-c", argument]
            done = subprocess.run(
                step, cwd=where, env=env, capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, f"{argument}\n{done.stdout}{done.stderr}"
    return Image(clone, env)


@pytest.fixture(scope="module")
def lab(image):
    """Start the server as BinderHub does, which chooses its address and its token."""
    token = secrets.token_hex(16)
    options = ["--ip=127.0.0.1", "--port=0", "--no-browser", f"--IdentityProvider.token={token}"]
    as_root = ["--allow-root"] if os.geteuid() == 0 else []
    log = image.home / ".lab.log"
    with log.open("w") as output:
        streams = {"stdout": output, "stderr": subprocess.STDOUT}
        process = image.start("jupyter", "lab", *options, *as_root, **streams)
    try:
        deadline = time.monotonic() + SECONDS
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)/lab", log.read_text())):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            time.sleep(0.05)
        headers = {"Authorization": f"token {token}"}
        base = f"http://127.0.0.1:{found[1]}/"
        with httpx.Client(base_url=base, headers=headers, timeout=SECONDS) as client:
            yield client
    finally:
        process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(SECONDS)
        process.kill()


def test_repo2docker_takes_up_each_of_our_files(dockerfile):
    runs = arguments(dockerfile, "RUN")
    pip = '${KERNEL_PYTHON_PREFIX}/bin/pip install --no-cache-dir -r "binder/requirements.txt"'
    ours = [run for run in runs if "binder/" in run]
    assert ours == [
        pip,
        "chmod +x binder/postBuild",
        "./binder/postBuild",
        'chmod +x "${REPO_DIR}/binder/start"',
    ]
    assert 'R2D_ENTRYPOINT="${REPO_DIR}/binder/start"' in arguments(dockerfile, "ENV")


def test_the_image_has_the_python_of_runtime_txt(dockerfile):
    (lock,) = [one for one in arguments(dockerfile, "COPY") if "/environment.lock" in one]
    assert f"environment-2epy-2d{PYTHON.replace('.', '-2e')}-2d" in lock
    assert PYTHON in [name.rpartition(" ")[2] for name in PROJECT["project"]["classifiers"]]


def test_no_key_and_no_token_is_put_into_the_image(dockerfile, clone):
    for name in ("ENV", "ARG", "RUN"):
        for argument in arguments(dockerfile, name):
            assert not re.search(r"token|secret|password|credential|_key", argument, re.IGNORECASE)
    assert [path for path in clone.rglob("*") if path.suffix in {".pem", ".key", ".db"}] == []


def test_every_package_has_one_version_and_its_hashes():
    for requirement, hashes in requirements(PINNED):
        (bound,) = requirement.specifier
        assert bound.operator == "=="
        assert hashes > 0


def test_the_versions_are_those_of_the_lock():
    assert PINNED.startswith(pin.locked_part() + pin.BEYOND), "run `.venv/bin/python binder/pin.py`"
    locked = requirements(pin.locked("--all-extras", "--all-groups", "--no-hashes"))
    versions = {requirement.name: requirement.specifier for requirement, _ in locked}
    for requirement, _ in requirements(PINNED.partition(pin.BEYOND)[2]):
        assert requirement.specifier == versions.get(requirement.name, requirement.specifier)


def test_what_builds_the_package_is_pinned_too():
    pinned = {requirement.name: requirement.specifier for requirement, _ in requirements(PINNED)}
    for wanted in map(Requirement, PROJECT["build-system"]["requires"]):
        (bound,) = pinned[wanted.name]
        assert wanted.specifier.contains(bound.version)


def test_the_kernel_is_in_the_launcher(lab):
    specs = lab.get("api/kernelspecs").raise_for_status().json()["kernelspecs"]
    assert specs["threadbook"]["spec"]["display_name"] == "threadbook"


def test_the_sidebar_is_among_the_extensions_of_the_page(lab):
    page = lab.get("lab").raise_for_status().text
    config = re.search(r'id="jupyter-config-data"[^>]*>(.*?)</script>', page, re.DOTALL)
    extensions = {one["name"]: one for one in json.loads(config[1])["federated_extensions"]}
    sidebar = extensions["threadbook-panel"]
    lab.get(f"lab/extensions/threadbook-panel/{sidebar['load']}").raise_for_status()
    assert "@jupyter-widgets/jupyterlab-manager" in extensions  # what shows the widget


def test_the_badge_opens_the_first_notebook(lab):
    readme = (ROOT / "README.md").read_text()
    (badge,) = re.findall(
        r"https://mybinder\.org/v2/gh/\w+/threadbook/HEAD\?urlpath=([^)]+)", readme
    )
    assert badge == f"lab/tree/{NOTEBOOK}"
    assert "jupyter-config-data" in lab.get(badge).raise_for_status().text
    assert lab.get(f"api/contents/{NOTEBOOK}").raise_for_status().json()["type"] == "notebook"


def test_a_notebook_runs_and_the_server_shows_its_thread_without_a_sandbox(image, lab):
    command = ["jupyter", "execute", "--kernel_name=threadbook", "--inplace", NOTEBOOK]
    streams = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT}
    process = image.start(*command, text=True, **streams)
    output, _ = process.communicate(timeout=SECONDS)
    assert process.returncode == 0, output

    def ask(operation, **params):
        answer = lab.get(f"threadbook/api/{operation}", params={"params": json.dumps(params)})
        return answer.raise_for_status().json()

    (thread,) = ask("threads")["threads"]
    assert thread["goal"] == "How heavy is a penguin of each species?"
    rows = ask("rows", thread=thread["thread"], offset=0, limit=100)["rows"]
    (session,) = [row for row in rows if row["type"] == "session"]
    assert "started by binder" in session["title"]
    cells = [row for row in rows if row["type"] == "cell"]
    assert [cell["status"] for cell in cells].count("error") == 2
    assert {cell["sandbox"] for cell in cells} == {"none"}
