"""Widgets that bring code or HTML, or that are others than they say."""

import anywidget
import ipywidgets
import traitlets
from comm import create_comm
from IPython.core.getipython import get_ipython
from IPython.display import HTML, display, publish_display_data

from . import handler, run

VIEW = "application/vnd.jupyter.widget-view+json"
PROTOCOL = {"version": "2.1.0"}
ERRORS = {
    "_model_name": "error about the name of a model",
    "_model_module": "error about the module of a model",
    "_model_module_version": "error about the version of a model",
    "_view_name": "error about the name of a view",
    "_view_module": "error about the module of a view",
    "_view_module_version": "error about the version of a view",
    "readout_format": "error about a format",
}
"""Traits that messages about errors name; ipywidgets shows those as HTML."""

NAMES = {
    "esm", "esm that is not shown", "esm that changes", "esm in a buffer", "esm in a buffer later",
    "html", "math", "html that changes", "html that is echoed", "description",
    "description that changes", "label", "linked html", "linked esm", "output", "captured output",
    "output that changes", "other view", "model opened again", "model of another session",
    *ERRORS.values(),
}  # fmt: skip


class Any(anywidget.AnyWidget):
    """A widget that brings code of its own."""

    _esm = traitlets.Unicode("export default {}").tag(sync=True)


def opened(state, paths=(), buffers=()):
    """Open the comm of a widget, and show that."""
    comm = create_comm(
        target_name="jupyter.widget",
        data={"state": state, "buffer_paths": list(paths)},
        buffers=list(buffers),
        metadata=PROTOCOL,
    )
    show_model(comm)
    return comm


def show_model(comm):
    view = {"version_major": 2, "version_minor": 0, "model_id": comm.comm_id}
    publish_display_data({VIEW: view})


def update(comm, state, *, method="update", paths=(), buffers=()):
    data = {"method": method, "state": state, "buffer_paths": list(paths)}
    comm.send(data, buffers=list(buffers))


def show():
    """Show all of them but the last, which needs a kernel of ours."""
    for show_some in (show_code, show_html, show_links, show_outputs, show_errors, show_others):
        show_some()


def show_code():
    display(Any(_esm=run("esm")))
    Any(_esm=run("esm that is not shown"))
    changed = Any()
    display(changed)
    changed._esm = run("esm that changes")
    state = Any().get_state()
    del state["_esm"]
    opened(state, [["_esm"]], [run("esm in a buffer").encode()])
    comm = opened(Any().get_state())
    code = run("esm in a buffer later").encode()
    update(comm, {}, paths=[["_esm"]], buffers=[code])


def show_html():
    display(ipywidgets.HTML(handler("html")), ipywidgets.HTMLMath(handler("math")))
    changed = ipywidgets.HTML("nothing yet")
    display(changed)
    changed.value = handler("html that changes")
    echoed = opened(ipywidgets.HTML("nothing yet").get_state())
    update(echoed, {"value": handler("html that is echoed")}, method="echo_update")
    described = ipywidgets.Checkbox(description=handler("description"), description_allow_html=True)
    slider = ipywidgets.IntSlider(description=handler("description that changes"))
    slider.description_allow_html = True
    display(described, slider, ipywidgets.Label(handler("label")))


def show_links():
    """Let the page itself copy text to where it is HTML or code."""
    text, html = ipywidgets.Text(handler("linked html")), ipywidgets.HTML("nothing yet")
    display(text, html)
    ipywidgets.jslink((text, "value"), (html, "value"))
    text, code = ipywidgets.Text(run("linked esm")), Any()
    display(text, code)
    ipywidgets.jsdlink((text, "value"), (code, "_esm"))


def show_outputs():
    def output(html):
        data = {"text/html": html}
        return {"output_type": "display_data", "metadata": {}, "data": data}

    display(ipywidgets.Output(outputs=[output(handler("output"))]))
    captured, changed = ipywidgets.Output(), ipywidgets.Output()
    display(captured, changed)
    with captured:
        display(HTML(handler("captured output")))
    changed.outputs = [output([handler("output that changes")])]


def show_errors():
    for trait, name in ERRORS.items():
        opened(ipywidgets.IntSlider().get_state() | {trait: handler(name)})


def show_others():
    """Make models of the page others than those that the server takes them for."""
    comm = opened(ipywidgets.IntSlider().get_state() | {"_esm": run("other view")})
    update(comm, {"_view_module": "anywidget", "_view_name": "AnyView"})
    show_model(comm)

    text = ipywidgets.Text().get_state()
    comm = opened(ipywidgets.HTML("nothing yet").get_state())
    create_comm(
        target_name="jupyter.widget",
        comm_id=comm.comm_id,
        data={"state": {"_model_module": "nobody"}},
        metadata=PROTOCOL,
    )
    update(comm, text | {"value": handler("model opened again")})

    comm = opened(ipywidgets.HTML("nothing yet").get_state())
    session = get_ipython().kernel.session
    own, session.session = session.session, "another"
    create_comm(target_name="jupyter.widget", data={"state": {}}, metadata=PROTOCOL)
    session.session = own
    update(comm, text | {"value": handler("model of another session")})


def show_panel():
    """Show our own panel, and change its code."""
    from threadbook_panel import Panel  # noqa: PLC0415  other kernels need not have it

    panel = Panel()
    display(panel)
    panel._esm = run("panel")
