"""Kernels with a panel in them, and views of it as a front end has them."""

import pytest
from tests.kernel.conftest import Starter
from tests.panel.widget.views import Widgets


@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    return tmp_path_factory.mktemp("shared")


@pytest.fixture
def start_kernel(tmp_path, shared):
    """Start kernels on one store of their own."""
    starter = Starter(tmp_path, shared)
    yield starter
    starter.close()


@pytest.fixture(scope="module")
def lasting_kernel(tmp_path_factory, shared):
    """Return a kernel with a panel, which the tests of a module share."""
    starter = Starter(tmp_path_factory.mktemp("kernel"), shared)
    yield with_panel(starter())
    starter.close()


@pytest.fixture
def view(lasting_kernel):
    """Open a view of the shared kernel's panel, which is closed in the end."""
    view = Widgets(lasting_kernel).view(subshell=lasting_kernel.create_subshell())
    yield view
    view.ask("unsubscribe")


def with_panel(kernel, argument=""):
    """Make a panel in a kernel, and display it."""
    kernel.run_ok(f"from threadbook_panel import Panel\npanel = Panel({argument})\npanel")
    return kernel
