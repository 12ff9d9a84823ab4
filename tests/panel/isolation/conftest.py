"""A Jupyter server, and front ends that talk to its kernels over websockets as a browser does."""

import pytest
from tests.panel.isolation.front_end import LEGACY, V1, FrontEnd
from tests.panel.server.conftest import server, start_server, until_fixture

__all__ = ["server", "start_server", "until_fixture"]


@pytest.fixture(scope="module")
def kernel_id(server):
    """Provide a kernel that the tests of a module share."""
    return server.start_kernel()


@pytest.fixture(params=[V1, LEGACY], ids=["v1", "legacy"])
def front_end(server, kernel_id, request):
    """Provide a front end at the shared kernel, with each of the websocket's subprotocols."""
    with FrontEnd(server, kernel_id, subprotocol=request.param) as front_end:
        yield front_end
