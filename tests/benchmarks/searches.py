"""Figures of searches among many tools and workflows, against a bare index of the same texts."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable, Iterator
from pathlib import Path

from figures import Figure, Sizes, timed

from threadbook.library.context import Context
from threadbook.library.workflows import Workflows
from threadbook.log.outbox import Outbox
from threadbook.log.sink import Sink
from threadbook.records.identity import Identity
from threadbook.tools.definition import Parameter, Tool, ToolCallable
from threadbook.tools.registry import Registry

FIRST, LATER = 5, 100
"""How often a search is the first, which makes the index, and how often a later one."""
VERBS = ("get", "list", "create", "update", "delete", "find", "copy", "move", "open", "close")
NOUNS = ("user", "bucket", "invoice", "ticket", "message", "branch", "report", "alert", "order")
Text = tuple[str, str, str]
"""What is searched: a name, what it is for, and a parameter."""
Search = Callable[[str], object]


def figures(folder: Path, identity: Identity, sizes: Sizes) -> Iterator[Figure]:
    """Yield the figures of `tools.search` and `workflows.search`."""
    tools = Offer(texts(sizes.tools))
    yield from compared(
        f"tools.search, {sizes.tools:,} tools", texts(sizes.tools), lambda: Registry([tools]).search
    )
    sink = Sink(f"sqlite:///{folder / 'library.db'}", identity, Outbox(folder / "outbox.db"))
    context = Context(sink=sink, thread=lambda: "th_bench")
    for name, description, parameter in texts(sizes.workflows):
        source = f"def run({parameter}: str):\n    return {parameter}\n"
        Workflows(context).create(name, source, description)
    yield from compared(
        f"workflows.search, {sizes.workflows:,} workflows",
        texts(sizes.workflows),
        lambda: Workflows(context).search,
    )
    sink.close()


def compared(what: str, rows: list[Text], new: Callable[[], Search]) -> Iterator[Figure]:
    """Compare searches with those of a bare index: `new` returns one that has none yet."""
    ours, theirs = [], []
    for number in range(FIRST):
        ours.append(timed(lambda n=number: new()(query(n))))
        theirs.append(timed(lambda n=number: bare_index(rows)(query(n))))
    yield Figure(f"{what}, first", "bare FTS5, filled and asked", ours, theirs)
    search, bare = new(), bare_index(rows)
    ours, theirs = [], []
    for number in range(LATER):
        for one, sample in ((search, ours), (bare, theirs)):
            sample.append(timed(lambda s=one, n=number: s(query(n))))
    yield Figure(f"{what}, later", "bare FTS5 query", ours[1:], theirs[1:])


def texts(count: int) -> list[Text]:
    """Return so many texts, each with a name of its own."""
    words = itertools.product(range(count), VERBS, NOUNS)
    return [
        (
            f"{verb}_{noun}_{group}",
            f"{verb.title()} a {noun} of group {group}, and tell what is known of it afterwards.",
            f"{noun}_id",
        )
        for group, verb, noun in itertools.islice(words, count)
    ]


def query(number: int) -> str:
    """Return what somebody might ask: words that many texts have, and one that few have."""
    return f"{VERBS[number % len(VERBS)]} the {NOUNS[number % len(NOUNS)]} of group {number}"


def bare_index(rows: list[Text]) -> Search:
    """Return what searches a table of FTS5 for the best ten texts with any of the words."""
    database = sqlite3.connect(":memory:")
    database.execute("CREATE VIRTUAL TABLE texts USING fts5(name, description, parameter)")
    database.executemany("INSERT INTO texts VALUES (?, ?, ?)", rows)
    found = "SELECT name FROM texts WHERE texts MATCH ? ORDER BY rank LIMIT 10"
    return lambda text: database.execute(found, (" OR ".join(text.split()),)).fetchall()


class Offer:
    """An adapter of tools that are found, and never called."""

    def __init__(self, rows: list[Text]) -> None:
        self._tools = tuple(map(tool_of, rows))

    def tools(self) -> tuple[Tool, ...]:
        """See Adapter.tools."""
        return self._tools


def tool_of(text: Text) -> Tool:
    """Return a tool with one callable."""
    name, description, parameter = text
    one = ToolCallable(
        name=name, description=description, parameters=(Parameter(name=parameter, type="str"),)
    )
    return Tool(name=name, adapter="bench", callables=(one,), main=name)
