"""Tools as a cell has them, over a channel in this process to a registry and its adapters."""

import asyncio
import threading

import pytest

from threadbook.errors import ConfigError
from threadbook.tools.adapter import CallContext
from threadbook.tools.adapters.python import PythonAdapter
from threadbook.tools.arguments import validate
from threadbook.tools.namespace import Tools
from threadbook.tools.registry import Registry


def no_secret(name):
    raise ConfigError(f"there is no secret {name}")


CONTEXT = CallContext(report=lambda *_: None, secret=no_secret)


class LocalChannel:
    """Carries calls to a registry, whose loop runs in a thread; notes what it carried."""

    def __init__(self, registry):
        self.registry = registry
        self.carried = []
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self.loop.run_forever)
        self._thread.start()

    def call(self, method, params):
        self.carried.append(method)
        return asyncio.run_coroutine_threadsafe(self._answer(method, params), self.loop).result()

    async def acall(self, method, params):
        self.carried.append(method)
        answer = asyncio.run_coroutine_threadsafe(self._answer(method, params), self.loop)
        return await asyncio.wrap_future(answer)

    def close(self):
        asyncio.run_coroutine_threadsafe(self.registry.close(), self.loop).result()
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()
        self.loop.close()

    async def _answer(self, method, params):
        if method == "tools.list":
            return self.registry.list()
        if method == "tools.search":
            return self.registry.search(params["query"], params["limit"])
        if method == "tools.describe":
            return self.registry.describe(params["name"])
        assert method == "tools.call"
        tool, definition, adapter = self.registry.get(params["tool"], params["callable"])
        operation = f"tools.{tool.name}.{definition.name}"
        validate(definition, params["arguments"], operation=operation)
        return await adapter.call(tool.name, definition.name, params["arguments"], CONTEXT)


@pytest.fixture
def context():
    """Return what a call is given beside its arguments."""
    return CONTEXT


@pytest.fixture
def connect():
    """Return a function that makes a channel to a registry, or to functions as tools."""
    channels = []

    def connect(*sources, registry=None):
        channels.append(LocalChannel(registry or Registry([PythonAdapter(sources)])))
        return channels[-1]

    yield connect
    for channel in channels:
        channel.close()


@pytest.fixture
def tools_of(connect):
    """Return a function that offers functions as the tools of a cell."""
    return lambda *functions: Tools(connect(*functions))
