"""Replies that bring HTML, also as messages that say they are of another kind."""

import ipywidgets
from IPython.core.getipython import get_ipython

from . import handler

KINDS = ("odd_reply", "stream", "status", "comm_msg", "comm_close")
NAMES = {"page", *(f"reply {kind}" for kind in KINDS)}


def show():
    """Show pages of the pager; make every inspection one with HTML."""
    shell = get_ipython()
    kernel = shell.kernel
    known = ipywidgets.IntText()
    for kind in KINDS:
        content = {
            "status": "ok",
            "execution_count": 1,
            "user_expressions": {},
            "payload": [page(handler(f"reply {kind}"))],
            "comm_id": known.model_id,
            "data": {"method": "custom", "content": {}},
        }
        shell_id = kernel._parent_ident["shell"]
        kernel.session.send(kernel.shell_stream, kind, content, kernel.get_parent(), shell_id)
    shell.payload_manager.write_payload(page(handler("page")))
    data = {"text/html": handler("inspection"), "text/plain": "nothing"}
    found = {"status": "ok", "found": True, "data": data, "metadata": {}}
    kernel.do_inspect = lambda *_asked, **_options: found


def page(html):
    return {"source": "page", "data": {"text/html": html}, "start": 0}
