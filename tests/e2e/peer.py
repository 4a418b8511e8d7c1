"""Other people's programs between which holdfast stands in a test: unbound and dnsdist from Debian
as providers on loopback, dnsperf as the load. Neither server ever asks the Internet. unbound says
from local data what the lab's zone.py says, so that all providers of a test agree."""
import os
import re
import shutil
import signal
import socket
import struct
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import daemon
import zone

APEX = "peers.example."
PRIVATE = "corp.internal."
PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"  # where Debian has servers
DIES_WITH_US = ["setpriv", "--pdeathsig", "KILL"]  # a test that is killed leaves nothing running


def missing(*programs):
    """Those of `programs` that are not installed."""
    return [name for name in programs if not shutil.which(name, path=PATH)]


def query_of(name, rtype, ident=0x5045):
    wire = zone.name_wire(name) + struct.pack(">2H", rtype, 1)
    return struct.pack(">6H", ident, 0x0100, 1, 0, 0, 0) + wire


class Server:
    """A server process in a folder of its own, listening on `address` and a free port. A subclass
    writes its configuration in `configure()`, which returns the command line."""

    name = ""

    def __init__(self, folder, address):
        self.folder = Path(folder) / self.name
        self.folder.mkdir()
        self.address, self.port = address, daemon.free_port(address)
        self.tls_port, self.https_port = daemon.free_port(address), daemon.free_port(address)
        self.certificate = None  # with one it serves TLS and HTTPS, too
        self.queries = self.folder / "queries.log"
        self.output = self.folder / "output.log"
        self.process = None

    @property
    def endpoint(self):
        return f"{self.address}:{self.port}"

    @property
    def tls_endpoint(self):
        return f"{self.address}:{self.tls_port}"

    @property
    def url(self):
        return f"https://{self.address}:{self.https_port}/dns-query"

    def configure(self):
        raise NotImplementedError

    def start(self, timeout=30):
        command = [*DIES_WITH_US, *self.configure()]
        with open(self.output, "ab") as output:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=output,
                                            stderr=output, cwd=self.folder)
        end = time.monotonic() + timeout
        while not self.answers():
            if self.process.poll() is not None or time.monotonic() > end:
                self.kill()
                raise AssertionError(f"{self.name} did not start:\n" + self.output.read_text())
            time.sleep(0.02)
        return self

    def answers(self):
        """Whether a question straight to it is answered with a record."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
            client.settimeout(1)
            try:
                client.connect((self.address, self.port))
                client.send(query_of("ready." + APEX, zone.A))
                return client.recv(512)[6:8] == b"\0\1"
            except OSError:
                return False

    def stall(self):
        """It keeps its sockets and says nothing, as a machine that hangs."""
        self.process.send_signal(signal.SIGSTOP)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def kill(self):
        """SIGKILL; its ports refuse from now on."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()
            self.process = None

    def seen(self, suffix):
        """Questions this server has logged for names that end so, whatever their letters' case."""
        text = self.queries.read_text(errors="replace").lower() if self.queries.exists() else ""
        return len(re.findall(re.escape(suffix.lower().rstrip(".")) + r"\.?\s", text))


class Unbound(Server):
    """unbound as an authority of local data: `names` and their types, and nothing beyond."""

    name = "unbound"
    apexes = (".", APEX, PRIVATE)  # "." too: there is nothing it would have to ask for

    def __init__(self, folder, address, names):
        super().__init__(folder, address)
        self.names = names  # (name, type)

    def configure(self):
        # AppArmor's profile ties the program at its path to /etc/unbound; a copy is free.
        copy = self.folder / "unbound"
        if not copy.exists():
            shutil.copy2(shutil.which("unbound", path=PATH), copy)
        settings = {
            "interface": f"{self.address}@{self.port}", "port": self.port, "chroot": '""',
            "username": '""', "directory": f'"{self.folder}"', "pidfile": '""',
            "do-daemonize": "no", "use-syslog": "no", "logfile": f'"{self.queries}"',
            "log-queries": "yes", "module-config": '"iterator"', "do-not-query-localhost": "no",
            "access-control": "127.0.0.0/8 allow", "edns-buffer-size": zone.UDP_LIMIT,
            "max-udp-size": zone.UDP_LIMIT, "rrset-roundrobin": "no"}
        lines = ["server:"] + [f"  {key}: {value}" for key, value in settings.items()]
        if self.certificate:
            lines += [f"  interface: {self.address}@{self.tls_port}", f"  tls-port: {self.tls_port}",
                      f"  interface: {self.address}@{self.https_port}",
                      f"  https-port: {self.https_port}", '  http-endpoint: "/dns-query"',
                      f'  tls-service-pem: "{self.certificate[0]}"',
                      f'  tls-service-key: "{self.certificate[1]}"']
        for apex in self.apexes:
            lines += [f'  local-zone: "{apex}" static', self.local_data(zone.soa(apex))]
        for name, rtype in [(".", zone.NS), ("ready." + APEX, zone.A), *self.names]:
            question = zone.Question(0, 0, name, rtype, b"")
            answers = zone.answer(question, self.name, [PRIVATE]).answers
            lines += [self.local_data(answer) for answer in answers]
        lines += ["remote-control:", "  control-enable: no", *self.beyond()]
        path = self.folder / "unbound.conf"
        path.write_text("\n".join(lines) + "\n")
        return [copy, "-d", "-c", path]

    def beyond(self):
        """Lines for what is not local data."""
        return []

    @staticmethod
    def local_data(record):
        """In the form of RFC 3597, which fits every type."""
        owner, rtype, ttl, rdata = record
        return f"  local-data: '{owner} {ttl} IN TYPE{rtype} \\# {len(rdata)} {rdata.hex()}'"


class Forwarder(Unbound):
    """unbound that asks `to` for all names but one."""

    name = "forwarder"
    apexes = ()

    def __init__(self, folder, address, to=None):
        super().__init__(folder, address, [])
        self.to = to  # address:port

    def beyond(self):
        return ["forward-zone:", '  name: "."', f"  forward-addr: {self.to.replace(':', '@')}"]


class Named(Server):
    """named of BIND as an authority for all names, which have one address. It listens on addresses
    that an interface has, so 127.0.0.1 is the one that is always there. `settings` are of its
    options block; its log says of each query how good the cookie was. `records` are lines of its
    zone, as in a zone file."""

    name = "named"

    def __init__(self, folder, address, records=("*. A 192.0.2.7",), **settings):
        super().__init__(folder, address)
        self.records = records
        self.settings = settings
        self.queries = self.output
        self.starts = 0

    def configure(self):
        # As with unbound: AppArmor's profile is for the program at its path.
        copy = self.folder / "named"
        if not copy.exists():
            shutil.copy2(shutil.which("named", path=PATH), copy)
        settings = {
            "directory": f'"{self.folder}"', "pid-file": "none", "session-keyfile": "none",
            f"listen-on port {self.port}": f"{{ {self.address}; }}", "listen-on-v6": "{ none; }",
            "recursion": "no", "dnssec-validation": "no", "querylog": "yes", "version": "none",
            **{key.replace("_", "-"): value for key, value in self.settings.items()}}
        options = "".join(f"  {key} {value};\n" for key, value in settings.items())
        (self.folder / "root.zone").write_text(
            "$TTL 60\n. SOA ns. hostmaster. 1 3600 600 86400 60\n. NS ns.\nns. A 192.0.2.1\n"
            + "".join(f"{record}\n" for record in self.records))
        path = self.folder / "named.conf"
        path.write_text(f"options {{\n{options}}};\ncontrols {{ }};\n"
                        'zone "." { type primary; file "root.zone"; };\n')
        self.starts += 1
        return [copy, "-g", "-4", "-n", "1", "-c", path]

    def answers(self):
        """It may answer nobody without a cookie, so its log is asked."""
        return self.output.read_text().count("all zones loaded") == self.starts


class Dnsdist(Server):
    """dnsdist, without a cache, before one server."""

    name = "dnsdist"

    def __init__(self, folder, address, behind):
        super().__init__(folder, address)
        self.behind = behind  # its server's address:port

    def configure(self):
        path = self.folder / "dnsdist.conf"
        path.write_text(
            'setSecurityPollSuffix("")\n'  # it would ask the vendor about its version
            f'setLocal("{self.endpoint}")\n'
            'setACL("127.0.0.0/8")\n'
            + (f'addTLSLocal("{self.tls_endpoint}", "{self.certificate[0]}", '
               f'"{self.certificate[1]}")\n'
               f'addDOHLocal("{self.address}:{self.https_port}", "{self.certificate[0]}", '
               f'"{self.certificate[1]}", {{"/dns-query"}})\n' if self.certificate else "") +
            f'newServer({{address="{self.behind}", checkName="ready.{APEX}", checkInterval=1, '
            'checkTimeout=5000, maxCheckFailures=3, mustResolve=true})\n'
            f'addAction(AllRule(), LogAction("{self.queries}", false, false, false))\n')
        return [shutil.which("dnsdist", path=PATH), "--supervised", "--disable-syslog", "-C", path]


class Proxy(Server):
    """tinyproxy, which connects its clients to the port `to_port` of any address, to no other."""

    name = "proxy"

    def __init__(self, folder, address, to_port):
        super().__init__(folder, address)
        self.to_port = to_port

    def configure(self):
        settings = {"Port": self.port, "Listen": self.address, "Allow": "127.0.0.0/8",
                    "ConnectPort": self.to_port, "LogFile": f'"{self.queries}"',
                    "LogLevel": "Connect", "DisableViaHeader": "Yes"}
        path = self.folder / "tinyproxy.conf"
        path.write_text("".join(f"{key} {value}\n" for key, value in settings.items()))
        return [shutil.which("tinyproxy", path=PATH), "-d", "-c", path]

    def answers(self):
        with socket.socket() as client:
            return client.connect_ex((self.address, self.port)) == 0

    def tunnels(self, endpoint):
        """How often it connected somebody to `endpoint`."""
        return self.queries.read_text(errors="replace").count(f"CONNECT {endpoint} HTTP/1.1")


@dataclass
class Load:
    """What dnsperf counted."""

    text: str
    sent: int
    lost: int
    rcodes: dict = field(default_factory=dict)


class Dnsperf:
    """A run of dnsperf against `port`: each line of `questions`, `runs` times over, at `rate`."""

    def __init__(self, folder, port, questions, rate, runs=1, options=()):
        path = Path(folder) / f"questions.{time.monotonic_ns()}"
        path.write_text("".join(f"{line}\n" for line in questions))
        self.process = subprocess.Popen(
            [*DIES_WITH_US, "dnsperf", "-s", "127.0.0.1", "-p", str(port), "-d", path,
             "-Q", str(rate), "-n", str(runs), "-t", "15", *options],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)

    def running(self):
        return self.process.poll() is None

    def kill(self):
        if self.running():
            self.process.kill()
        self.process.communicate()

    def result(self, timeout=120):
        try:
            text, _ = self.process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise AssertionError("dnsperf did not end:\n" + self.process.communicate()[0])
        counted = {word: re.search(rf"Queries {word}:\s+(\d+)", text) for word in ("sent", "lost")}
        if self.process.returncode != 0 or not all(counted.values()):
            raise AssertionError("dnsperf failed:\n" + text)
        codes = re.search(r"Response codes:\s+(.*)", text)
        rcodes = {code: int(count)
                  for code, count in re.findall(r"(\w+) (\d+)", codes.group(1) if codes else "")}
        return Load(text, *(int(found.group(1)) for found in counted.values()), rcodes)
