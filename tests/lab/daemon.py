"""Starts holdfastd for a demonstration or an end-to-end test, and stops it.

The programs are those named by HOLDFASTD and HOLDFASTCTL, or the newest build under build/.
"""
import json
import os
import signal
import socket
import struct
import subprocess
import time
from pathlib import Path

import provider

ROOT = Path(__file__).resolve().parents[2]


def program(name):
    """Path of `holdfastd` or `holdfastctl`."""
    named = os.environ.get(name.upper())
    if named:
        return Path(named)
    built = [p for p in ROOT.glob(f"build/*/daemon/{name}") if p.is_file()]
    if not built:
        raise SystemExit(f"{name} is not built: cmake --preset release && "
                         "cmake --build --preset release")
    return max(built, key=lambda p: p.stat().st_mtime)


def free_port(address="127.0.0.1"):
    """A port nobody has on `address`, neither for UDP nor for TCP, at this moment."""
    udp, tcp = provider.bind_pair(address, 0)
    with udp, tcp:
        return udp.getsockname()[1]


def configuration(folder, port, upstreams, routes):
    """A configuration of the required keys and what a lab needs; all else is the default."""
    return {
        "listen": [f"127.0.0.1:{port}"],
        "safety": {"min_usable": 1, "ejection_interval": "5s"},
        "upstreams": upstreams,
        "routes": routes,
        "http": "127.0.0.1:0",
        "control": str(Path(folder) / "control.sock"),
    }


class Daemon:
    """One holdfastd in the foreground, its files in `folder`. `config` may be changed before
    start() and before reload()."""

    def __init__(self, folder, config):
        self.folder = Path(folder)
        self.config = config
        self.path = self.folder / "holdfast.json"
        self.log_path = self.folder / "holdfastd.log"
        self.process = None
        address, _, port = config["listen"][0].rpartition(":")
        self.address, self.port = address.strip("[]"), int(port)

    def write(self):
        self.path.write_text(json.dumps(self.config, indent=2) + "\n", encoding="utf-8")

    def start(self, timeout=20, **popen):
        self.write()
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [program("holdfastd"), "--config", self.path], stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, **popen)
        deadline = time.monotonic() + timeout
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > deadline:
                self.stop()
                raise RuntimeError("holdfastd did not start:\n" + self.log())
            time.sleep(0.02)
        return self

    def answers(self):
        """Whether a question that holdfast answers by itself gets its answer."""
        query = (struct.pack(">6H", 0x4846, 0x0100, 1, 0, 0, 0) + b"\x09localhost\0"
                 + struct.pack(">2H", 1, 1))
        family = socket.AF_INET6 if ":" in self.address else socket.AF_INET
        with socket.socket(family, socket.SOCK_DGRAM) as client:
            client.settimeout(0.3)
            try:
                client.connect((self.address, self.port))
                client.send(query)
                return client.recv(512)[:2] == query[:2]
            except OSError:
                return False

    def ctl(self, *arguments, timeout=10):
        """holdfastctl's exit status, output and errors."""
        return subprocess.run(
            [program("holdfastctl"), "--socket", self.config["control"], *arguments],
            capture_output=True, text=True, timeout=timeout, check=False)

    def log(self):
        return self.log_path.read_text(encoding="utf-8", errors="replace")

    def stop(self, timeout=15):
        """SIGTERM; the exit status. A daemon that does not leave is killed: -9."""
        if self.process is None:
            return None
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            status = self.process.wait(timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            status = self.process.wait()
        self.process = None
        return status

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()
