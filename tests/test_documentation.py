"""The documentation names what the code has."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from threadbook import __version__, config
from threadbook.cli.app import FAMILIES
from threadbook.records import bodies
from threadbook.records.record import Act, DataType
from threadbook.service.app import ENDPOINTS

ROOT = Path(__file__).parents[1]
GLOSSARY = (ROOT / "docs" / "glossary.md").read_text()
ARCHITECTURE = (ROOT / "docs" / "architecture.md").read_text()
README = (ROOT / "README.md").read_text()
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def emitted_kinds() -> list[str]:
    classes = [item for item in vars(bodies).values() if isinstance(item, type)]
    return sorted({kind for item in classes if (kind := getattr(item, "KIND", None))})


@pytest.mark.parametrize("kind", emitted_kinds())
def test_the_glossary_has_every_kind_that_is_emitted(kind):
    assert f"`{kind}`" in GLOSSARY


@pytest.mark.parametrize("body", [bodies.CellStart, bodies.CellEnd, bodies.CellOutput])
def test_the_glossary_names_every_field_of_a_cell(body):
    (line,) = [line for line in GLOSSARY.splitlines() if line.startswith(f"| `{body.KIND}`")]
    assert [field for field in body.__struct_fields__ if f"`{field}`" not in line] == []


@pytest.mark.parametrize("word", [*Act, *DataType, *bodies.CellStatus.__args__])
def test_the_glossary_has_every_word_of_a_closed_list(word):
    assert f"`{word}`" in GLOSSARY


def test_the_glossary_has_every_variable_that_is_read():
    read = {value for value in vars(config).values() if str(value).startswith("THREADBOOK_")}
    assert read == set(re.findall(r"`(THREADBOOK_[A-Z_]+)`", GLOSSARY))


def test_every_dependency_has_its_reason():
    project = PROJECT["project"]
    listed = [
        *project["dependencies"],
        *(item for extra in project["optional-dependencies"].values() for item in extra),
        *PROJECT["dependency-groups"]["dev"],
        *PROJECT["build-system"]["requires"],
    ]
    # An extra may take in another one, by the name of this project.
    names = {re.split(r"[<>=!~\[ ]", item)[0] for item in listed} - {project["name"]}
    table = ARCHITECTURE[ARCHITECTURE.index("## Dependencies") :]
    assert sorted(name for name in names if not re.search(rf"\b{name}\b", table)) == []


def test_every_make_target_that_is_mentioned_exists():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    mentioned = set(re.findall(r"`?make ([a-z]+)`?", README + ARCHITECTURE))
    assert {"demo", "test", "lab", "bench"} <= mentioned
    assert mentioned & {"demo", "test", "lab", "bench", "setup", "check"} <= targets


def test_every_command_is_mentioned():
    changelog = (ROOT / "CHANGELOG.md").read_text()
    assert [name for name in FAMILIES if f"`{name}`" not in changelog] == []


def test_the_version_is_stated_once():
    assert PROJECT["project"]["version"] == __version__


def test_links_lead_to_files():
    for page in (ROOT / "README.md", ROOT / "docs" / "architecture.md"):
        for link in re.findall(r"\]\(([^)#]+)\)", page.read_text()):
            assert link.startswith("https://") or (page.parent / link).exists(), link


def test_every_endpoint_is_described():
    rows = [
        f"| `{e.method} {e.path.replace(':path}', '}')}` | {e.scope or 'open'} | {e.summary} |"
        for e in ENDPOINTS
    ]
    page = (ROOT / "docs" / "service.md").read_text()
    assert [line for line in page.splitlines() if re.match(r"\| `[A-Z]+ /", line)] == rows
