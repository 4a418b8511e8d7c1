"""A real systemd-resolved on a D-Bus of its own, in a network namespace and with a /run of the test's own: see
own_run(). It is told of links by resolvectl, as VPNs' programs do."""
import os
import shutil
import subprocess
import time
from pathlib import Path

import namespace

USER = "systemd-resolve"
NUMBER = 64999  # of that user, where there is none
EXTRACTED = Path(__file__).resolve().parents[2] / "build/tools/systemd-resolved"
BUS = """<busconfig><type>session</type><listen>unix:path={socket}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow eavesdrop="true"/>
<allow send_destination="*" eavesdrop="true"/></policy></busconfig>
"""


def program(path):
    """Installed, or as .ci/setup extracts it; None without either."""
    for root in (Path("/"), EXTRACTED):
        for prefix in ("", "usr/"):
            if os.access(root / prefix / path, os.X_OK):
                return root / prefix / path
    return None


def missing():
    """What of it is not here."""
    return [name for name, there in (("systemd-resolved", program("lib/systemd/systemd-resolved")),
                                     ("resolvectl", program("bin/resolvectl")),
                                     ("dbus-daemon", shutil.which("dbus-daemon"))) if not there]


def own_run(scratch):
    """From now on /run is empty and there is a user for it, for this process and those it starts. False without
    the right to."""
    if not namespace.own_files(scratch, ["/etc"], ["/run"]):
        return False
    for name, line in (("passwd", f"{USER}:x:{NUMBER}:{NUMBER}::/:/usr/sbin/nologin\n"),
                       ("group", f"{USER}:x:{NUMBER}:\n")):
        path = Path("/etc") / name
        if USER + ":" not in path.read_text():
            with open(path, "a", encoding="utf-8") as file:
                file.write(line)
    return True


class Resolved:
    """Running from start() to stop(), which takes it from the bus."""

    def __init__(self, folder):
        self.socket = Path(folder) / "bus"
        self.config = Path(folder) / "bus.conf"
        self.environment = {**os.environ, "DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={self.socket}"}
        self.bus = self.process = None

    def start(self):
        Path("/run/systemd").mkdir(exist_ok=True)
        self.config.write_text(BUS.format(socket=self.socket))
        self.bus = subprocess.Popen(
            ["dbus-daemon", "--nofork", "--nopidfile", "--print-address", f"--config-file={self.config}"],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.bus.stdout.readline()  # it listens
        self.socket.chmod(0o666)
        self.socket.parent.chmod(0o755)
        self.run_again()
        return self

    def run_again(self):
        self.process = subprocess.Popen([program("lib/systemd/systemd-resolved")], env=self.environment,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        deadline = time.monotonic() + 30
        while self.tell("status").returncode != 0:
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise AssertionError("systemd-resolved does not answer")
            time.sleep(0.05)

    def tell(self, *words):
        return subprocess.run([program("bin/resolvectl"), "--no-pager", *words], env=self.environment,
                              capture_output=True, text=True, check=False)

    def must_tell(self, *words):
        done = self.tell(*words)
        if done.returncode != 0:
            raise AssertionError(f"resolvectl {words}: {done.stderr}")

    def end(self):
        self.process.terminate()
        self.process.wait()

    def stop(self):
        for process in (self.process, self.bus):
            if process is not None:
                process.terminate()
                process.wait()
        if self.bus is not None:
            self.bus.stdout.close()
