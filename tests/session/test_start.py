"""How a session starts, or does not, and how it is closed."""

import asyncio
import gc
import json
import subprocess
import sys
import warnings

import psutil
import pytest

from threadbook.errors import (
    CanonicalError,
    ConfigError,
    IdentityError,
    KernelStartError,
    SessionClosed,
)
from threadbook.session import Session

pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.fixture
def kernelspec(tmp_path):
    """Return a function that installs a kernelspec whose command is `argv`."""

    def install(name, *argv):
        folder = tmp_path / "jupyter" / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": list(argv), "display_name": name, "language": "python"}
        (folder / "kernel.json").write_text(json.dumps(spec))
        return name

    return install


async def test_a_process_that_ends_at_once_is_an_error_with_what_it_printed(kernelspec):
    complaint = "import sys; print('on stdout'); sys.exit('no licence for this kernel')"
    name = kernelspec("broken", sys.executable, "-c", complaint)
    with pytest.raises(KernelStartError, match="on stdout") as caught:
        await Session(kernel_name=name).start()
    assert "no licence for this kernel" in str(caught.value)
    assert "'broken'" in str(caught.value)


async def test_a_process_that_cannot_be_run_is_an_error_that_names_it(kernelspec):
    name = kernelspec("absent", "/no/such/interpreter")
    with pytest.raises(KernelStartError, match="/no/such/interpreter"):
        await Session(kernel_name=name).start()


async def test_a_process_that_never_answers_is_an_error(kernelspec):
    name = kernelspec("mute", sys.executable, "-c", "import time; time.sleep(1000)")
    with pytest.raises(KernelStartError, match=r"did not answer within 0\.3 s"):
        await Session(kernel_name=name, startup_timeout=0.3).start()


async def test_a_kernelspec_that_is_not_there_is_an_error_that_names_it():
    with pytest.raises(KernelStartError, match="no_such_kernel"):
        await Session(kernel_name="no_such_kernel").start()


async def test_a_kernel_that_keeps_no_record_is_an_error_with_a_remedy():
    with pytest.raises(KernelStartError, match="keeps no record") as caught:
        await Session(kernel_name="python3").start()
    assert "threadbook kernel install" in caught.value.remedy


async def test_a_folder_that_is_not_there_is_an_error_that_names_it(tmp_path):
    with pytest.raises(KernelStartError, match="nowhere"):
        await Session(cwd=tmp_path / "nowhere").start()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"goal": "lone \udc80 surrogate"}, CanonicalError),
        ({"kernel_name": "no_such_kernel"}, KernelStartError),
    ],
)
async def test_a_session_that_did_not_start_is_closed_and_may_try_again(options, error):
    session = Session(**options)
    for _ in range(2):
        with pytest.raises(error):
            await session.start()
        with pytest.raises(SessionClosed):
            await session.run("1")


async def test_a_store_that_two_processes_cannot_share_is_refused():
    with pytest.raises(ConfigError, match="memory"):
        Session(store="memory:")


async def test_a_store_of_an_unknown_kind_is_refused():
    with pytest.raises(ConfigError, match="no store at"):
        await Session(store="nosuchdb://x").start()


async def test_a_key_that_others_can_read_is_refused(tmp_path):
    (tmp_path / "key.pem").write_text("no key")
    (tmp_path / "key.pem").chmod(0o644)
    with pytest.raises(IdentityError, match="others can read"):
        await Session().start()


async def test_a_start_that_is_cancelled_leaves_nothing(temporary, until):
    session = Session()
    start = asyncio.ensure_future(session.start())
    await until(lambda: list(temporary.glob("tb-*/k-*")))
    start.cancel()
    with pytest.raises(asyncio.CancelledError):
        await start
    assert list(temporary.glob("tb-*")) == []
    with pytest.raises(SessionClosed):
        await session.run("1")


async def test_a_kernel_gets_its_folder_and_variables(open_session, tmp_path):
    folder = tmp_path / "über uns"
    folder.mkdir()
    session = await open_session(cwd=folder, env={"COLOUR": "grün"})
    result = await session.run("import os; os.getcwd(), os.environ['COLOUR']")
    assert result.value == (str(folder), "grün")


@pytest.mark.parametrize("variable", ["sqlite:///own.db", "own.db"])
async def test_relative_paths_mean_the_same_to_session_and_kernel(
    open_session, tmp_path, monkeypatch, variable
):
    for name in ("host", "kernel"):
        (tmp_path / name).mkdir()
    monkeypatch.chdir(tmp_path / "host")
    monkeypatch.setenv("THREADBOOK_KEY", "own.pem")
    monkeypatch.setenv("THREADBOOK_OUTBOX", "own-outbox")
    monkeypatch.setenv("THREADBOOK_STORE", variable)
    session = await open_session(goal="find it", cwd=tmp_path / "kernel")
    result = await session.run("1")
    assert session.log.get(result.record_id).actor == session.log.read()[0].actor
    assert list((tmp_path / "kernel").iterdir()) == []
    assert (tmp_path / "host" / "own.db").exists()
    assert (tmp_path / "host" / "own.pem").exists()


async def test_a_path_may_name_the_store(open_session, tmp_path):
    session = await open_session(store=tmp_path / "deep" / "er" / "own.db")
    await session.run("1")
    assert session.log.url == f"sqlite:///{tmp_path / 'deep' / 'er' / 'own.db'}"
    assert session.log.size == 3


async def test_a_session_says_what_started_its_kernel(open_session, log):
    await open_session()
    (start,) = log.read(kind="threadbook.session.start")
    assert start.body["executor"] == "session"
    assert start.body["kernel"].startswith("threadbook ")


async def test_a_session_that_was_never_started_refuses_calls():
    session = Session()
    with pytest.raises(SessionClosed):
        await session.run("1")
    with pytest.raises(SessionClosed):
        session.interrupt()
    with pytest.raises(SessionClosed):
        await session.reset()
    with pytest.raises(SessionClosed):
        _ = session.log
    await session.close()
    assert "closed" in repr(session)


async def test_a_closed_session_refuses_calls_and_may_be_closed_again():
    async with Session() as session:
        assert "open" in repr(session)
        await session.run("1")
    with pytest.raises(SessionClosed) as caught:
        await session.run("1")
    assert "start()" in caught.value.remedy
    with pytest.raises(SessionClosed):
        session.interrupt()
    with pytest.raises(SessionClosed):
        await session.reset()
    await session.close()
    await asyncio.gather(session.close(), session.close())


async def test_closing_twice_at_once_closes_once(open_session, log):
    session = await open_session()
    await asyncio.gather(*(session.close() for _ in range(3)))
    (end,) = log.read(kind="threadbook.session.end")
    assert end.body["reason"] == "the kernel was shut down"


async def test_a_closed_session_may_be_started_again(open_session):
    session = await open_session()
    thread = session.thread
    await session.close()
    await session.start()
    await session.start()
    result = await session.run("thread.id")
    assert result.value == thread
    assert len(session.log.read(kind="threadbook.session.start")) == 2


async def test_an_exception_inside_the_context_closes_the_session(log):
    with pytest.raises(ZeroDivisionError):
        async with Session():
            _ = 1 / 0
    assert len(log.read(kind="threadbook.session.end")) == 1


async def test_a_session_left_open_warns_and_takes_its_kernel_along(pid_of, temporary):
    session = await Session().start()
    kernel = psutil.Process(pid_of(session))
    forget = [session].clear
    del session
    with pytest.warns(ResourceWarning, match="unclosed <Session"):
        forget()
    assert kernel.wait(60) is not None
    assert list(temporary.glob("tb-*")) == []


LEFT_OPEN = """
import asyncio, gc
from threadbook.session import Session

async def main():
    session = await Session().start()
    print((await session.run("import os; os.getpid()")).value, flush=True)
    del session
    gc.collect()
    await asyncio.Event().wait()

asyncio.run(main())
"""


async def test_a_session_left_open_takes_its_kernel_along_where_warnings_are_errors(temporary):
    command = [sys.executable, "-W", "error::ResourceWarning", "-c", LEFT_OPEN]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        try:
            kernel = psutil.Process(int(process.stdout.readline()))
            assert any(b"unclosed <Session" in line for line in process.stderr)
            while kernel.status() != psutil.STATUS_ZOMBIE:  # nobody there to reap it
                assert process.poll() is None
        finally:
            process.kill()


async def test_a_session_that_was_closed_does_not_warn():
    async with Session() as session:
        await session.run("1")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        del session
        gc.collect()
