"""Servers under test and the synthetic upstreams behind them, as processes."""
import importlib.util
import json
import os
import random
import socket
import struct
import subprocess
import sys
import threading
import time
import urllib.request

import machine

ROOT = os.path.dirname(os.path.abspath(__file__))
BIN = ROOT + "/bin"
RUN = ROOT + "/run"

# The position is the server's slot: its address and port. New ones go to the end.
ALL = [
    "echo",
    "dnsdist",
    "unbound",
    "dnsmasq",
    "kresd",
    "pdns_recursor",
    "smartdns",
    "named",
    "resolved",
    "holdfast",
]
READY_NAME = "ready.benchzone.com"


def module(name):
    """servers/NAME.py."""
    spec = importlib.util.spec_from_file_location("server_" + name, f"{ROOT}/servers/{name}.py")
    loaded = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(loaded)
    return loaded


def takes_part(name, scenario, workers=1):
    server = module(name)
    wanted = scenario in getattr(server, "ONLY", (scenario,))
    if scenario == "tcp":
        wanted = wanted and getattr(server, "TCP", False)
    return wanted and workers <= getattr(server, "MAX_WORKERS", 99)


def slots(names):
    """(slot, name) of each of `names`, in the fixed order; unknown ones come after the known."""
    order = ALL + sorted(set(names) - set(ALL))
    return [(slot, name) for slot, name in enumerate(order) if name in names]


def question(name, number):
    """An A question with the id `number`, as it goes over UDP."""
    labels = b"".join(bytes([len(x)]) + x.encode() for x in name.split("."))
    header = struct.pack(">6H", number, 0x100, 1, 0, 0, 0)
    return header + labels + b"\0" + struct.pack(">2H", 1, 1)


def query(ip, port, name=READY_NAME, timeout=0.5):
    """(rcode, number of answers) of an A question over UDP, None without a reply."""
    message = question(name, random.randrange(65536))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(timeout)
        try:
            client.connect((ip, port))
            client.send(message)
            reply = client.recv(4096)
        except OSError:
            return None
    return reply[3] & 15, struct.unpack(">H", reply[6:8])[0]


class Upstream:
    """One bin/upstream; its faults are set, and its counters read, over a UDP control port."""

    def __init__(self, ip, port, cpu="1", **options):
        self.ip, self.port, self.cpu, self.options = ip, port, cpu, options
        self.process = None

    def start(self):
        command = [
            BIN + "/upstream",
            "--listen",
            f"{self.ip}:{self.port}",
            "--ctl",
            f"{self.ip}:{self.port + 1000}",
        ]
        for key, value in self.options.items():
            command += ["--" + key.replace("_", "-"), str(value)]
        self.process = subprocess.Popen(
            ["taskset", "-c", self.cpu, *command], stdout=subprocess.DEVNULL
        )
        for _ in range(100):
            if self.control():
                return self
            time.sleep(0.02)
        raise RuntimeError("upstream did not start")

    def control(self, **settings):
        """Sets faults; returns the counters, None while it is dead."""
        words = " ".join(f'{key.replace("_", "-")}={value}' for key, value in settings.items())
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(0.3)
            try:
                client.connect((self.ip, self.port + 1000))
                client.send((words or "get").encode())
                return json.loads(client.recv(2000))
            except OSError:
                return None

    def questions(self):
        counters = self.control()
        return counters["udp_q"] + counters["tcp_q"] if counters else 0

    def pids(self):
        return [self.process.pid] if self.process else []

    def kill(self):
        if self.process:
            self.process.kill()
            self.process.wait()
            self.process = None


def make_upstreams(slot, count=2, cpu="1", **options):
    return [
        Upstream(f"127.0.{10 + slot}.{i + 1}", 5301, cpu=cpu, **options).start()
        for i in range(count)
    ]


class Context:
    """What launch(c) of servers/NAME.py gets."""

    def __init__(self, **values):
        self.__dict__.update(values)

    def write(self, name, text):
        path = os.path.join(self.dir, name)
        with open(path, "w") as file:
            file.write(text)
        return path


class Scraper(threading.Thread):
    """Reads a metrics page every five seconds until stopped, as Prometheus would."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.done, self.scrapes, self.failed = url, threading.Event(), 0, 0
        self.start()

    def run(self):
        while not self.done.wait(5):
            try:
                with urllib.request.urlopen(self.url, timeout=5) as page:
                    page.read()
                self.scrapes += 1
            except OSError:
                self.failed += 1

    def stop(self):
        self.done.set()
        self.join()


def bind_pair(ip, port):
    """A UDP and a listening TCP socket: what a supervisor holds for a server across restarts."""
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    udp.bind((ip, port))
    tcp.bind((ip, port))
    tcp.listen(512)
    return udp, tcp


class Server:
    """A server under test. With `hold` its sockets are ours and reach it by LISTEN_FDS."""

    def __init__(self, name, slot, upstreams, cpus=None, tag="", hold=False, **settings):
        """`settings` for launch(c): workers, cache_entries, stale, tcp; of upstreams: transport, ca,
        upstream_name."""
        usual = {"workers": 1, "cache_entries": 100000, "stale": False, "tcp": False}
        usual.update(transport="udp", ca="", upstream_name="")
        settings = {**usual, **settings}
        self.name, self.upstreams, self.module = name, upstreams, module(name)
        self.ip = getattr(self.module, "IP", f"127.0.1.{slot + 1}")
        self.port = 5300 + slot
        self.cpus = cpus or ("0" if settings["workers"] == 1 else "0,1")
        self.dir = f"{RUN}/{name}{tag}"
        os.makedirs(self.dir, exist_ok=True)
        self.context = Context(
            ip=self.ip,
            port=self.port,
            upstreams=[(u.ip, u.port) for u in upstreams],
            dir=self.dir,
            bench=ROOT,
            **settings,
        )
        self.processes = []
        self.launched = None
        self.scraper = None
        self.held = bind_pair(self.ip, self.port) if hold else ()

    def start(self, wait=True):
        launch = self.module.launch(self.context)
        commands = launch["argvs"] if "argvs" in launch else [launch["argv"]]
        descriptors = [held.fileno() for held in self.held]
        if descriptors:
            wrapper = [sys.executable, ROOT + "/listen_fds.py", ",".join(map(str, descriptors))]
            commands = [wrapper + command for command in commands]
        with open(self.dir + "/log.txt", "ab") as log:
            self.launched = time.monotonic()
            self.processes = [
                subprocess.Popen(
                    ["taskset", "-c", self.cpus, *command],
                    cwd=self.dir,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **launch.get("env", {})},
                    start_new_session=True,
                    pass_fds=descriptors,
                )
                for command in commands
            ]
        if "scrape" in launch:
            self.scraper = Scraper(launch["scrape"])
        if wait:
            self.wait_ready()
        return self

    def wait_ready(self):
        reply = None
        for _ in range(60):
            reply = query(self.ip, self.port)
            if reply and reply[0] == 0 and reply[1] > 0:
                return
            if any(process.poll() is not None for process in self.processes):
                raise RuntimeError(f"{self.name} exited: {self.log_end()}")
            time.sleep(0.1)
        raise RuntimeError(f"{self.name} not ready (last reply {reply}): {self.log_end()}")

    def log_end(self):
        with open(self.dir + "/log.txt", errors="replace") as log:
            return log.read()[-400:]

    def version(self):
        return self.module.version()

    def hit_names(self):
        return getattr(self.module, "HIT_NAMES", 10000)

    def fan_out(self):
        return getattr(self.module, "FANOUT", 1)

    def pids(self):
        return [pid for process in self.processes for pid in machine.process_tree(process.pid)]

    def cpu(self):
        return machine.cpu_seconds(self.pids())

    def rss(self):
        return machine.rss_kb(self.pids())

    def stop(self, grace=10):
        """SIGTERM, then SIGKILL; held sockets stay open."""
        if self.scraper:
            self.scraper.stop()
            self.scraper = None
        for process in self.processes:
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + grace
        for process in self.processes:
            try:
                process.wait(max(0.1, end - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes = []

    def close(self):
        """Stops for good, upstreams and held sockets included."""
        self.stop()
        for upstream in self.upstreams:
            upstream.kill()
        for held in self.held:
            held.close()
        self.held = ()
