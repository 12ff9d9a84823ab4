"""Which kernels are isolated, and which servers can isolate them."""

from types import SimpleNamespace

import pytest
from jupyter_server.gateway.connections import GatewayWebSocketConnection
from jupyter_server.services.kernels.connection.base import BaseKernelWebsocketConnection
from jupyter_server.services.kernels.connection.channels import ZMQChannelsWebsocketConnection

from threadbook_panel.isolation.allowed import Allowed
from threadbook_panel.isolation.connection import (
    IsolatedConnection,
    Isolation,
    is_threadbook,
    isolated_class,
    why_not_isolated,
)


class OtherName(ZMQChannelsWebsocketConnection):
    """Another class, all of whose messages take the same way."""


class OtherWay(ZMQChannelsWebsocketConnection):
    def _on_zmq_reply(self, stream, msg_list):
        """Send it past what is overridden."""


def kernel(argv, **metadata):
    return SimpleNamespace(kernel_spec=SimpleNamespace(argv=argv, metadata=metadata))


@pytest.mark.parametrize(
    ("manager", "is_ours"),
    [
        (kernel(["python", "-m", "threadbook.kernel", "-f", "x"]), True),
        (kernel(["sh", "-c", "exec python -m threadbook.kernel -f x"]), True),
        (kernel(["proxy"], threadbook={}), True),
        (kernel(["python", "-m", "ipykernel_launcher"]), False),
        (SimpleNamespace(kernel_spec=None), True),
        (SimpleNamespace(), True),
    ],
    ids=["module", "shell", "metadata", "ipykernel", "no spec", "no such thing"],
)
def test_a_kernel_is_ours_by_what_the_server_launches_and_where_it_cannot_tell(manager, is_ours):
    assert is_threadbook(manager) is is_ours
    assert (Isolation(Allowed()).messages_of(Manager(manager)) is not None) is is_ours


class Manager:
    """A kernel manager can be referred to weakly; a simple namespace cannot."""

    def __init__(self, other):
        self._other = other

    @property
    def kernel_spec(self):
        return self._other.kernel_spec


@pytest.mark.parametrize("base", [ZMQChannelsWebsocketConnection, OtherName])
def test_connections_of_a_known_kind_are_isolated(base):
    made = isolated_class(base, Isolation(Allowed()))
    assert issubclass(made, (IsolatedConnection, base))
    assert made.__mro__.index(IsolatedConnection) < made.__mro__.index(base)
    assert why_not_isolated(made) is None


@pytest.mark.parametrize(
    "base", [GatewayWebSocketConnection, BaseKernelWebsocketConnection, OtherWay, None]
)
def test_where_connections_are_of_another_kind_it_is_said(base):
    assert isolated_class(base, Isolation(Allowed())) is None
    assert "ThreadbookPanel.isolate_outputs" in why_not_isolated(base)
