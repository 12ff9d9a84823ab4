"""Both sides of the panel speak of the same things: protocol.ts and the structs of the feed."""

import re
import typing
from pathlib import Path

import msgspec
import pytest

from threadbook.folds.row_types import RowType
from threadbook.folds.timeline import RowStatus
from threadbook_panel import news
from threadbook_panel.feed import OPERATIONS

ROOT = Path(__file__).resolve().parents[2]
SOURCE = (ROOT / "extension" / "lab" / "src" / "protocol.ts").read_text()
PLAIN = re.sub(r"/\*.*?\*/", "", SOURCE, flags=re.DOTALL)

OF_THE_BROWSER = {"Output", "BlobLink", "Problem", "Transport", "Operations"}
"""Interfaces without a struct: nbformat's, and what does not come from the feed."""


def braced(text, start):
    """Return what stands between the brace at `start` and its partner."""
    depth = 0
    for place in range(start, len(text)):
        depth += {"{": 1, "}": -1}.get(text[place], 0)
        if depth == 0:
            return text[start + 1 : place]
    raise AssertionError("a brace is not closed")


def fields_in(text):
    """Return the names of the members on the outermost level."""
    while (flat := re.sub(r"[{(\[<][^{}()\[\]<>]*[})\]>]", "", text)) != text:
        text = flat
    return set(re.findall(r"(\w+)\??:", text))


def interfaces():
    found = re.finditer(r"export interface (\w+) {", PLAIN)
    return {match[1]: braced(PLAIN, match.end() - 1) for match in found}


def literals_of(name):
    union = re.search(rf"export type {name} =([^;]*);", PLAIN)[1]
    return set(re.findall(r"'([^']+)'", union))


def operations():
    """Return name, parameters and result of each operation."""
    text = interfaces()["Operations"]
    found = re.findall(r"^\s*(\w+): \[(.*), (\w+|{.*})\];$", text, flags=re.MULTILINE)
    return {name: (params, result) for name, params, result in found}


def returned_by(name):
    return typing.get_type_hints(OPERATIONS[name].run)["return"]


def structs_of(type_):
    """Yield the structs that a type names, and those that are in their fields."""
    if isinstance(type_, type) and issubclass(type_, msgspec.Struct):
        yield type_
        for field in msgspec.structs.fields(type_):
            yield from structs_of(field.type)
    for part in typing.get_args(type_):
        yield from structs_of(part)


STRUCTS = {
    struct.__name__: struct
    for name, operation in OPERATIONS.items()
    for type_ in (operation.params, returned_by(name), *news.News.__subclasses__())
    for struct in structs_of(type_)
}


def names_of(struct):
    """Return the names of a struct's fields as they are in JSON."""
    return set(struct.__struct_encode_fields__)


@pytest.mark.parametrize("name", sorted(interfaces().keys() - OF_THE_BROWSER))
def test_an_interface_has_the_fields_of_its_struct(name):
    assert fields_in(interfaces()[name]) == names_of(STRUCTS[name])


def test_the_types_and_statuses_of_rows_are_the_same():
    assert literals_of("RowType") == set(typing.get_args(RowType))
    assert literals_of("RowStatus") == set(typing.get_args(RowStatus))


def test_every_operation_is_there():
    assert operations().keys() == OPERATIONS.keys()


@pytest.mark.parametrize("name", sorted(operations()))
def test_an_operation_takes_and_returns_what_the_protocol_says(name):
    params, result = operations()[name]
    fields = fields_in(params[1:-1] if params.startswith("{") else interfaces()[params])
    assert fields == names_of(OPERATIONS[name].params)
    if result.startswith("{"):
        assert fields_in(result[1:-1]) == names_of(returned_by(name))
    else:
        assert returned_by(name).__name__ == result


def test_news_are_the_same():
    union = PLAIN[PLAIN.index("export type News") :].partition(";\n\n")[0]
    members = [braced(union, match.start()) for match in re.finditer("(?<=[|] ){", union)]
    told = {re.search("type: '(.+?)'", one)[1]: fields_in(one) - {"type"} for one in members}
    assert told == {
        struct.__struct_config__.tag: names_of(struct) for struct in news.News.__subclasses__()
    }


def inline(interface, field):
    """Return the fields of an object that stands inside an interface."""
    text = interfaces()[interface]
    return fields_in(braced(text, text.index("{", text.index(f"{field}:"))))


@pytest.mark.parametrize(
    ("interface", "field", "name"),
    [
        ("RecordDetail", "error", "ErrorDetail"),
        ("RecordDetail", "verdicts", "VerdictDetail"),
        ("Proof", "checkpoint", "Covering"),
        ("TrustEntry", "trend", "TrendPoint"),
        ("TrustEntry", "last", "LastVerdict"),
        ("Health", "warnings", "WarningEntry"),
    ],
)
def test_an_object_inside_an_interface_has_the_fields_of_its_struct(interface, field, name):
    assert inline(interface, field) == names_of(STRUCTS[name])
