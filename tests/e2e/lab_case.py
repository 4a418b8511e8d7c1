"""What the end-to-end tests stand on: a daemon on ports it chose itself, between lab providers on
loopback, in a folder of its own. Programs come from HOLDFASTD and HOLDFASTCTL."""
import http.client
import json
import re
import socket
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

import dns.message
import dns.rcode

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "lab"))

import daemon  # noqa: E402 (found beside this folder)
from provider import Provider  # noqa: E402

PATIENCE = 20  # seconds for what should take far less; sanitizers and busy machines are slow


def wait_for(condition, what, patience=PATIENCE):
    """The first true value of condition(), asked again and again."""
    end = time.monotonic() + patience
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {patience} s in vain for {what}")
        time.sleep(0.02)


def preloaded(folder, source):
    """A library for LD_PRELOAD, made in `folder` of this C++."""
    code, library = Path(folder) / "preloaded.cc", Path(folder) / "preloaded.so"
    code.write_text(source)
    subprocess.run(["g++", "-shared", "-fPIC", "-o", library, code], check=True)
    return library


class Holdfast(daemon.Daemon):
    """A daemon whose ports are 0; the real ones are read from its log."""

    def __init__(self, folder, config):
        super().__init__(folder, config)
        self.http_port = None

    def start(self, timeout=PATIENCE, **popen):
        self.write()
        already = len(self.log()) if self.log_path.exists() else 0
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [daemon.program("holdfastd"), "--config", self.path], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, **popen)

        def ports():
            if self.process.poll() is not None:
                raise AssertionError("holdfastd did not start:\n" + self.log())
            log = self.log()[already:]
            dns = re.search(r"answers on 127\.0\.0\.1:(\d+)", log)
            http_at = re.search(r"http://127\.0\.0\.1:(\d+)/", log)
            return dns and (int(dns.group(1)), int(http_at.group(1)) if http_at else None)

        self.port, self.http_port = wait_for(ports, "the daemon's ports", timeout)
        return self

    def dig(self, name, rtype="A", *options):
        """(rcode, [rdata]) as dig shows it."""
        done = subprocess.run(
            ["dig", "@127.0.0.1", "-p", str(self.port), name, rtype, "+tries=1", "+time=6",
             "+noall", "+comments", "+answer", *options],
            capture_output=True, text=True, check=False).stdout
        status = re.search(r"status: (\w+)", done)
        answers = [line.split(None, 4)[4] for line in done.splitlines()
                   if line and not line.startswith(";") and len(line.split(None, 4)) == 5]
        return (status.group(1) if status else "no reply"), answers

    def get(self, path, host=None, method="GET"):
        """(status, body) of an HTTP request."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        connection.request(method, path, headers={"Host": host} if host is not None else {})
        response = connection.getresponse()
        body = response.read().decode()
        connection.close()
        return response.status, body

    def ask_http(self, path, **headers):
        """A response: its `status`, `headers` and `body`."""
        connection = http.client.HTTPConnection("127.0.0.1", self.http_port, timeout=10)
        connection.request("GET", path, headers=headers)
        response = connection.getresponse()
        response.body = response.read().decode()
        connection.close()
        return response

    def status(self):
        """As `holdfastctl status --json`, without a process for each look."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(PATIENCE)
            client.connect(self.config["control"])
            client.sendall(b'{"command":"status"}\n')
            reply = json.loads(client.makefile().readline())
        if not reply["ok"]:
            raise AssertionError(reply)
        return reply

    def upstream(self, name):
        return next(u for u in self.status()["upstreams"] if u["name"] == name)


class OneWorker:
    """A client of one UDP socket, so that all its questions reach the same worker."""

    def __init__(self, holdfast):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.settimeout(PATIENCE)
        self.socket.connect(("127.0.0.1", holdfast.port))

    def send(self, name):
        """Asks for its A records; the question's id."""
        query = dns.message.make_query(name, "A")
        self.socket.send(query.to_wire())
        return query.id

    def receive(self):
        """(id, rcode, addresses) of the next reply."""
        reply = dns.message.from_wire(self.socket.recv(4096))
        addresses = [str(rdata) for rrset in reply.answer for rdata in rrset]
        return reply.id, dns.rcode.to_text(reply.rcode()), addresses

    def ask(self, name):
        """(rcode, addresses)"""
        self.send(name)
        return self.receive()[1:]

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()


class LabCase(unittest.TestCase):
    """A daemon with the providers cloud and alpha for each class; `configure` changes its file."""

    @classmethod
    def configure(cls, config):
        pass

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.cloud = Provider("cloud", "127.0.0.1", private=["corp.internal"])
        cls.alpha = Provider("alpha", "127.0.0.1")
        for provider in (cls.cloud, cls.alpha):
            provider.start()
            cls.addClassCleanup(provider.stop)
        cls.holdfast = Holdfast(cls.folder, cls.configuration())
        cls.holdfast.start()
        cls.addClassCleanup(cls.check_stop)

    @classmethod
    def configuration(cls):
        upstreams = {
            "cloud": {"class": "cloud", "provider": "cloud", "url": f"udp://{cls.cloud.endpoint}"},
            "alpha": {"class": "external", "provider": "alpha",
                      "url": f"udp://{cls.alpha.endpoint}"},
        }
        config = daemon.configuration(cls.folder, 0, upstreams, [
            {"zone": ".", "tiers": [["cloud"], ["alpha"]]},
            {"zone": "corp.internal", "tiers": [["cloud"]], "visibility": "private"},
        ])
        config["workers"] = 2
        cls.configure(config)
        return config

    @classmethod
    def check_stop(cls):
        status = cls.holdfast.stop()
        if status not in (0, None):
            raise AssertionError(f"exit status {status}:\n{cls.holdfast.log()[-20000:]}")

    def setUp(self):
        for provider in (self.cloud, self.alpha):
            provider.fault = "ok"
            provider.faults.clear()


class OwnLab(LabCase):
    """Each test has a daemon, providers and a folder of its own; it starts and stops the daemon."""

    private = []  # zones that both providers know

    @classmethod
    def setUpClass(cls):
        pass

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-e2e.")
        self.addCleanup(folder.cleanup)
        type(self).folder = Path(folder.name)
        for name in ("cloud", "alpha"):
            provider = Provider(name, "127.0.0.1", private=self.private).start()
            self.addCleanup(provider.stop)
            setattr(type(self), name, provider)
        self.holdfast = Holdfast(self.folder, self.configuration())


class QuickLab(OwnLab):
    """The daemon runs, and health comes and goes within seconds."""

    private = ["corp.internal"]

    @classmethod
    def configure(cls, config):
        config["health"] = {"probe_down_first": "200ms", "probe_down_max": "500ms",
                            "slow_start": "1s", "probe_interval": "1s"}

    def setUp(self):
        super().setUp()
        self.holdfast.start()
        self.addCleanup(self.holdfast.stop)
