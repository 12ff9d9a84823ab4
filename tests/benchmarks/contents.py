"""Figures of large content: frames as artifacts, and documents that describe tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import yaml
from figures import Figure, Sizes, timed

from threadbook.library.artifacts import Artifacts
from threadbook.library.context import Context
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity
from threadbook.tools.loading import load_tools

TIMES = 5
"""How often each is done: it takes seconds."""
DESCRIPTION = "name: api\ntype: openapi\nbase_url: https://api.example\ndocument: "


def figures(folder: Path, identity: Identity, sizes: Sizes) -> Iterator[Figure]:
    """Yield the figures of artifacts and of documents."""
    sink = Sink(f"sqlite:///{folder / 'artifacts.db'}", identity, Outbox(folder / "outbox.db"))
    kept = Artifacts(Context(sink=sink, thread=lambda: "th_bench"), cache=folder / "cache")
    yield from artifacts(kept, frame_of(sizes.frame_rows), folder / "frame.parquet")
    sink.close()
    document = json.dumps(document_of(sizes.operations))
    yield loads(folder / "json", document, "json", json.loads)
    same = yaml.dump(json.loads(document), Dumper=yaml.CSafeDumper)
    yield loads(folder / "yaml", same, "libyaml", lambda text: yaml.load(text, yaml.CSafeLoader))


def artifacts(kept: Artifacts, frame: pd.DataFrame, file: Path) -> Iterator[Figure]:
    """Compare a frame as an artifact with the same frame in a file of Parquet."""
    saves: tuple[list[float], list[float]] = ([], [])
    loads: tuple[list[float], list[float]] = ([], [])
    for number in range(TIMES):
        frame.iloc[0, 0] = number  # content that is not in the store yet
        saves[0].append(timed(lambda: kept.save("frame", frame)))
        saves[1].append(timed(lambda: pq.write_table(pa.Table.from_pandas(frame), file)))
        loads[0].append(timed(lambda: kept.load("frame")))
        loads[1].append(timed(lambda: pq.read_table(file).to_pandas()))
    size = f"frame of {frame.memory_usage(deep=True).sum() / 1e6:.0f} MB"
    yield Figure(f"artifacts.save, {size}", "pyarrow, Parquet to a file", *saves)
    yield Figure(f"artifacts.load, {size}", "pyarrow, Parquet from a file", *loads)


def frame_of(rows: int) -> pd.DataFrame:
    """Return a frame of numbers and times, 80 bytes a row."""
    random = np.random.default_rng(0)
    columns: dict[str, Any] = {f"x{number}": random.normal(size=rows) for number in range(6)}
    columns |= {f"n{number}": random.integers(0, 1000, size=rows) for number in range(3)}
    columns["at"] = pd.date_range("2020-01-01", periods=rows, freq="s")
    return pd.DataFrame(columns)


def document_of(count: int) -> dict[str, Any]:
    """Return an API with so many operations, whose schemas refer to each other."""
    paths: dict[str, Any] = {}
    schemas: dict[str, Any] = {}
    for number in range(count):
        name, path = f"Thing{number // 5}", f"/things{number // 5}"
        schemas[name] = thing(number // 5)
        method = ("get", "post", "put", "delete", "patch")[number % 5]
        paths.setdefault(f"{path}/{{id}}", {})[method] = operation(f"{method}{name}", method, name)
    return {
        "openapi": "3.1.0",
        "info": {"title": "bench", "version": "1"},
        "paths": paths,
        "components": {"schemas": schemas},
    }


def operation(name: str, method: str, schema: str) -> dict[str, Any]:
    """Return an operation with parameters, and a body where its method has one."""
    reference = {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}
    limit = {"name": "limit", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    found: dict[str, Any] = {
        "operationId": name,
        "summary": f"{method} one",
        "description": "What it does, in a sentence or two, as documents have it. " * 3,
        "parameters": [
            {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
            limit | {"description": "How many at most"},
        ],
        "responses": {"200": {"description": "it", "content": reference}},
    }
    if method in ("post", "put", "patch"):
        found["requestBody"] = {"required": True, "content": reference}
    return found


def thing(number: int) -> dict[str, Any]:
    """Return a schema that refers to the one before it, as far as there is one."""
    properties: dict[str, Any] = {
        f"field{part}": {"type": "string", "description": f"Field {part}"} for part in range(8)
    }
    if number % 10:
        properties["before"] = {"$ref": f"#/components/schemas/Thing{number - 1}"}
    return {"type": "object", "properties": properties, "required": ["field0"]}


def loads(folder: Path, text: str, parser: str, parse: Callable[[str], Any]) -> Figure:
    """Compare loading a document as a tool with parsing it."""
    folder.mkdir()
    (folder / "document").write_text(text)
    (folder / "tool.yaml").write_text(f"{DESCRIPTION}document")
    count = sum(map(len, parse(text)["paths"].values()))
    ours, theirs = [], []
    for _ in range(TIMES):
        ours.append(timed(lambda: load(folder / "tool.yaml", count)))
        theirs.append(timed(lambda: parse((folder / "document").read_text())))
    return Figure(
        f"OpenAPI of {count:,} operations as a tool", f"{parser} of the same file", ours, theirs
    )


def load(path: Path, count: int) -> None:
    """Load a tool, and see that it has so many callables."""
    (tool,) = load_tools([path], environ={}).list()
    assert len(tool.callables) == count, tool.problem
