"""A real redis-server on a free loopback port, and a client that speaks its protocol raw, so that
tests can look at what lies there and put something else in its place."""
import os
import signal
import socket
import ssl
import subprocess
import time
from pathlib import Path

import provider


class Redis:
    """`options` are lines of its configuration. With `certificate` it speaks TLS only."""

    def __init__(self, folder, *options, certificate=None, password=None):
        self.folder = Path(folder)
        self.options = list(options)
        self.certificate = certificate
        self.password = password
        self.process = None
        self.port = None

    def configuration(self):
        tls = self.certificate is not None
        lines = ["bind 127.0.0.1", f"port {0 if tls else self.port}", 'save ""', "appendonly no",
                 f"dir {self.folder}", "daemonize no"]
        if tls:
            lines += [f"tls-port {self.port}", f"tls-cert-file {self.certificate[0]}",
                      f"tls-key-file {self.certificate[1]}",
                      f"tls-ca-cert-file {self.certificate[0]}", "tls-auth-clients no"]
        if self.password:
            lines.append(f"requirepass {self.password}")
        return "\n".join(lines + self.options) + "\n"

    def start(self):
        """On the port it had before; the first time, on one that nobody has."""
        for _ in range(20):
            if self.port is None:
                udp, tcp = provider.bind_pair("127.0.0.1", 0)
                with udp, tcp:
                    self.port = udp.getsockname()[1]
            with open(self.folder / "redis.log", "ab") as log:
                self.process = subprocess.Popen(["redis-server", "-"], stdin=subprocess.PIPE,
                                                stdout=log, stderr=log)
            self.process.stdin.write(self.configuration().encode())
            self.process.stdin.close()
            if self.listens():
                return self
            self.stop()
            self.port = None
        raise RuntimeError("redis-server does not start")

    def listens(self):
        deadline = time.monotonic() + 20
        while self.process.poll() is None and time.monotonic() < deadline:
            try:
                if self.command("PING") == b"PONG":
                    return True
            except OSError:
                time.sleep(0.02)
        return False

    def connect(self):
        connection = socket.create_connection(("127.0.0.1", self.port), timeout=5)
        if self.certificate is None:
            return connection
        context = ssl.create_default_context(cafile=self.certificate[0])
        return context.wrap_socket(connection, server_hostname="127.0.0.1")

    def command(self, *arguments, database=0):
        """The reply: bytes, an int, None or a list. An error is an OSError."""
        with self.connect() as connection:
            replies = connection.makefile("rb")
            before = [("AUTH", self.password)] if self.password else []
            if database:
                before.append(("SELECT", str(database)))
            for command in [*before, arguments]:
                connection.sendall(encode(command))
                reply = read_reply(replies)
            return reply

    def keys(self, database=0):
        return self.command("KEYS", "*", database=database)

    def values(self):
        """What lies there, by name."""
        return {key: self.command("GET", key) for key in self.keys()}

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def resume(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def stop(self):
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()


def encode(arguments):
    parts = [a if isinstance(a, bytes) else str(a).encode() for a in arguments]
    return b"*%d\r\n" % len(parts) + b"".join(b"$%d\r\n%s\r\n" % (len(p), p) for p in parts)


def read_reply(replies):
    line = replies.readline()
    kind, rest = line[:1], line[1:-2]
    if kind == b"+":
        return rest
    if kind == b"-":
        raise OSError(rest.decode())
    if kind == b":":
        return int(rest)
    if kind == b"$":
        return None if rest == b"-1" else replies.read(int(rest) + 2)[:-2]
    if kind == b"*":
        return None if rest == b"-1" else [read_reply(replies) for _ in range(int(rest))]
    raise OSError(f"no reply: {line!r}")
