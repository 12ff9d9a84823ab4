"""What a fresh kernel has loaded, what it offers, and that the debugger comes when it is called."""

import json
import sys

import pytest

LOADED = "import sys, json\nprint(json.dumps(sorted(sys.modules)))"


@pytest.fixture(scope="module")
def stock(start_lasting_kernel):
    return start_lasting_kernel("python3")


def test_a_fresh_kernel_loads_little_more_than_a_stock_one(start_kernel):
    ours, stocks = (
        set(json.loads(start_kernel(name).run_ok(LOADED).text()))
        for name in ("threadbook", "python3")
    )
    added = {name.split(".")[0] for name in ours - stocks}
    allowed = {"threadbook", "msgspec", "cryptography", "platformdirs", "sqlite3", "_sqlite3"}
    allowed |= {"_cffi_backend", "_openssl"} | set(sys.stdlib_module_names)
    assert added <= allowed
    assert {name for name in ours - stocks if name.startswith("jupyter_client")} == set()


@pytest.mark.parametrize(
    "module",
    [
        *("debugpy", "ipykernel.debugger", "pandas", "numpy", "matplotlib", "nbformat", "rich"),
        *("typer", "httpx", "threadbook.session", "threadbook.cli", "threadbook.session.session"),
    ],
)
def test_a_fresh_kernel_has_not_loaded(kernel, module):
    assert (
        kernel.run_ok(
            f"import sys\n{module!r} in sys.modules and "
            f"type(sys.modules[{module!r}]).__name__ != 'DeferredDebugger'"
        ).result
        == "False"
    )


def test_the_kernel_offers_what_a_stock_kernel_does(kernel, stock):
    ours, theirs = kernel.ask("kernel_info_request"), stock.ask("kernel_info_request")
    assert set(ours["supported_features"]) == {"kernel subshells", "debugger"}
    assert ours["supported_features"] == theirs["supported_features"]
    assert ours["protocol_version"] == theirs["protocol_version"]
    assert ours["language_info"] == theirs["language_info"]
    assert ours["implementation"] == "threadbook"


class Debugger:
    """A front end's debugger, on the control channel."""

    def __init__(self, kernel):
        self._kernel = kernel
        self._seq = 0

    def ask(self, command, **arguments):
        self._seq += 1
        return self._kernel.ask(
            "debug_request",
            "control",
            type="request",
            seq=self._seq,
            command=command,
            arguments=arguments,
        )

    def attach(self):
        answers = self.ask(
            "initialize",
            clientID="test",
            adapterID="",
            pathFormat="path",
            linesStartAt1=True,
            columnsStartAt1=True,
            supportsVariableType=True,
        )
        assert answers["success"], answers
        answers = self.ask("attach")
        assert answers["success"], answers


@pytest.mark.parametrize("name", ["threadbook", "python3"])
def test_a_debugger_attaches_stops_at_a_breakpoint_and_reads_variables(start_kernel, name):
    kernel = start_kernel(name)
    debugger = Debugger(kernel)
    assert debugger.ask("debugInfo")["body"]["isStarted"] is False
    debugger.attach()
    assert debugger.ask("debugInfo")["body"]["isStarted"] is True
    code = "x = 40\ny = x + 2\nprint(y)"
    path = debugger.ask("dumpCell", code=code)["body"]["sourcePath"]
    placed = debugger.ask("setBreakpoints", source={"path": path}, breakpoints=[{"line": 2}])
    assert placed["body"]["breakpoints"][0]["verified"]
    assert debugger.ask("configurationDone")["success"]
    request = kernel.send(code)
    thread = kernel.until(lambda: stopped_thread(kernel))
    frames = debugger.ask("stackTrace", threadId=thread)["body"]["stackFrames"]
    assert frames[0]["line"] == 2
    scopes = debugger.ask("scopes", frameId=frames[0]["id"])["body"]["scopes"]
    found = debugger.ask("variables", variablesReference=scopes[0]["variablesReference"])
    assert ("x", "40") in {(v["name"], v["value"]) for v in found["body"]["variables"]}
    assert debugger.ask("continue", threadId=thread)["success"]
    assert kernel.wait(request).text() == "42\n"
    assert debugger.ask("disconnect", restart=False, terminateDebuggee=True)["success"]
    assert kernel.run_ok("y").result == "42"
    if name == "threadbook":
        assert kernel.cells()[request].status == "ok"
        kernel.verify()


def stopped_thread(kernel):
    for messages in list(kernel.published.values()):
        for message in messages:
            content = message["content"]
            if message["msg_type"] == "debug_event" and content["event"] == "stopped":
                return content["body"]["threadId"]
    return None


def test_a_kernel_without_debugpy_says_so_and_works(start_kernel, tmp_path):
    (tmp_path / "sitecustomize.py").write_text("import sys\nsys.modules['debugpy'] = None\n")
    kernel = start_kernel(PYTHONPATH=str(tmp_path))
    assert kernel.run_ok("6 * 7").result == "42"
    assert "debugger" not in kernel.ask("kernel_info_request")["supported_features"]
