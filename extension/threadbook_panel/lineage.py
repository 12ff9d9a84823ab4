"""Lineage: artifacts and the cells between them, as a graph of what is nearest to one artifact."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from typing import Literal

import msgspec

from threadbook.errors import RecordNotFound
from threadbook.folds.lineage import LineageState, loaded_by, made_by, reads_of
from threadbook.log.log import Log
from threadbook_panel.messages import Message

MOST_NODES = 200

_LONGEST_TITLE = 200


class LineageNode(Message, frozen=True, kw_only=True):
    """A version of an artifact, or a cell."""

    id: str
    type: Literal["artifact", "cell"]
    title: str
    version: int | None
    thread: str


class LineageEdge(Message, frozen=True, kw_only=True, rename={"from_": "from"}):
    """From what went in to what came out."""

    from_: str
    to: str


class Lineage(Message, frozen=True, kw_only=True):
    """A directed graph."""

    nodes: list[LineageNode]
    edges: list[LineageEdge]


class Nearby(msgspec.Struct):
    """What the fold knows around an artifact: ids of records, the nearest first, and edges."""

    artifacts: dict[str, LineageNode] = {}
    ids: dict[str, None] = {}
    edges: dict[tuple[str, str], None] = {}


def nearby(state: LineageState, save: str, *, most: int = MOST_NODES) -> Nearby:
    """Return the artifacts and cells that are nearest to one, and how they hang together."""
    found = Nearby()
    queue = deque([save])
    found.ids[save] = None
    while queue:
        node = queue.popleft()
        for before, after in _edges(state, node):
            other = after if before == node else before
            if other not in found.ids:
                if len(found.ids) == most:
                    continue
                found.ids[other] = None
                queue.append(other)
            found.edges[before, after] = None
    for one in found.ids:
        if (version := state.versions.get(one)) is not None:
            found.artifacts[one] = LineageNode(
                id=one,
                type="artifact",
                title=version.name[:_LONGEST_TITLE],
                version=version.version,
                thread=version.thread,
            )
    return found


def graph(log: Log, found: Nearby) -> Lineage:
    """Return a graph with the titles of its cells; a cell that nobody recorded is left out."""
    nodes = [
        node
        for one in found.ids
        if (node := found.artifacts.get(one) or _cell(log, one)) is not None
    ]
    known = {node.id for node in nodes}
    return Lineage(
        nodes=nodes,
        edges=[
            LineageEdge(from_=before, to=after)
            for before, after in found.edges
            if before in known and after in known
        ],
    )


def _edges(state: LineageState, node: str) -> Iterator[tuple[str, str]]:
    """Yield the edges of a version or a cell.

    What went into a version went through the cell that made it, where there is one.
    """
    version = state.versions.get(node)
    if version is None:
        yield from ((one.id, node) for one in loaded_by(state, node))
        for made in made_by(state, node):
            yield (node, made.id)
            yield from ((save, node) for save in made.inputs if save in state.versions)
        return
    if version.cell is not None:
        yield (version.cell, node)
    else:
        yield from ((save, node) for save in version.inputs if save in state.versions)
    for used in state.uses.get(node, ()):
        yield (node, state.versions[used].cell or used)
    yield from ((node, read.cell) for read in reads_of(state, node) if read.cell is not None)


def _cell(log: Log, cell: str) -> LineageNode | None:
    try:
        stored = log.get(cell)
    except RecordNotFound:
        return None
    code = stored.body.get("code")
    lines = code.strip().splitlines() if isinstance(code, str) else []
    title = lines[0][:_LONGEST_TITLE] if lines else f"cell {cell[:12]}"
    return LineageNode(id=cell, type="cell", title=title, version=None, thread=stored.thread)
