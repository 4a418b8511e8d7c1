"""What tests of encrypted upstreams share: an authority, a certificate, a plain provider that stands
behind, and a daemon with its counters; and what is seen of a server that is wrong."""
import re
import tempfile
import time
from pathlib import Path

from lab_case import Holdfast, LabCase, Provider, daemon, wait_for
from certificate import make_certificate, pin_of

NAME = "dns.provider.example"
FEW = 3  # of ten or more: a server whose machine is busy is late now and then


class Encrypted(LabCase):
    """What both parts need: an authority, a certificate, and a daemon's counters."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="holdfast-tls.")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = Path(folder.name)
        cls.authority = make_certificate(cls.folder, "authority.example")
        cls.certificate = make_certificate(cls.folder, NAME, authority=cls.authority,
                                           addresses=("127.0.0.31", "127.0.0.32"))
        cls.alpha = Provider("alpha", "127.0.0.1").start()
        cls.addClassCleanup(cls.alpha.stop)
        cls.build()
        cls.holdfast = Holdfast(cls.folder, cls.configuration())
        cls.addClassCleanup(cls.check_stop)
        cls.holdfast.start()

    def setUp(self):
        pass

    @classmethod
    def over_tls(cls, endpoint, **more):
        return {"url": f"tls://{endpoint}?name={NAME}", "ca_file": str(cls.authority[0]), **more}

    def metric(self, name, **labels):
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        return sum(float(line.rsplit(" ", 1)[1])
                   for line in self.holdfast.get("/metrics")[1].splitlines()
                   if re.match(re.escape(name) + r"[{ ]", line) and all(w in line for w in wanted))


class WrongServers(Encrypted):
    """Servers of our own, each with a zone of its own and a good provider in the second tier: those
    in `wrong`, by what is wrong, and those in `working`, by their way.

    `wrong` has of each its outcomes, and words of the reason that the operator is told."""

    server = None  # TlsServer or one of its kind
    working = ()
    wrong = {}
    certificates = {"expired", "misnamed", "selfsigned", "unpinned"}  # what they are good for is wrong

    @classmethod
    def build(cls):
        expired = make_certificate(cls.folder, NAME, -1, cls.authority)
        alone = make_certificate(cls.folder, "alone.example")
        certificates = {"expired": expired, "selfsigned": alone}
        cls.servers = {}
        for what in (*cls.wrong, *cls.working):
            way = "answers" if what in cls.certificates else what
            cls.servers[what] = cls.server(what, certificates.get(what, cls.certificate), way).start()
            cls.addClassCleanup(cls.servers[what].stop)

    @classmethod
    def upstream(cls, endpoint, name=NAME):
        """The configuration of one there, whose certificate is for `name`."""
        raise NotImplementedError

    @classmethod
    def configuration(cls):
        upstreams = {"alpha": {"url": f"udp://{cls.alpha.endpoint}"}}
        routes = [{"zone": ".", "tiers": [["alpha"]]}]
        for what, server in cls.servers.items():
            name = "other.example" if what == "misnamed" else NAME
            upstreams[what] = {"ca_file": str(cls.authority[0]),
                               **cls.upstream(f"127.0.0.1:{server.port}", name)}
            routes.append({"zone": f"{what}.example", "tiers": [[what], ["alpha"]]})
        upstreams["unpinned"]["pins"] = [pin_of(cls.folder / "alone.example.pem")]
        config = daemon.configuration(cls.folder, 0, upstreams, routes)
        config["workers"] = 1
        return config

    def expect_failovers(self):
        for what in self.wrong:
            with self.subTest(what):
                began = time.monotonic()
                status, answers = self.holdfast.dig(f"www.{what}.example")
                self.assertEqual((status, len(answers)), ("NOERROR", 1))
                self.assertLess(time.monotonic() - began, 3)
                self.assertEqual(self.alpha.seen(f"www.{what}.example."), 1)

    def expect_reasons(self):
        faults = []
        for what, (outcomes, words) in self.wrong.items():
            with self.subTest(what):
                probe = wait_for(lambda: self.holdfast.upstream(what)["last_probe"], "a probe")
                self.assertIn(probe["outcome"], outcomes)
                upstream = wait_for(lambda: (u := self.holdfast.upstream(what))["fault"] and u,
                                    "its reason")
                self.assertIn(words, upstream["fault"])
                wait_for(lambda: f"upstream {what} fails: " in self.holdfast.log(), "the log")
                faults.append(upstream["fault"])
                if outcomes & {"certificate", "pin", "tls_failed", "tls_stalled"}:
                    self.assertEqual(self.servers[what].seen, [], "no query to a stranger")
        wait_for(lambda: self.holdfast.upstream("expired")["state"] == "down", "it to be down")
        text = self.holdfast.ctl("status").stdout
        self.assertEqual([fault for fault in faults if fault not in text], [])

    def expect_dropped_connections_lose_nothing(self):
        server = self.servers["answers"]
        for number in range(10):
            self.assertEqual(self.holdfast.dig(f"n-{number}.answers.example")[0], "NOERROR")
            server.drop_connections()
        self.assertLess(self.alpha.seen(".answers.example."), FEW)
        self.assertEqual(server.protocols, {server.protocol})
        self.assertEqual(server.sizes, {128}, "RFC 8467")
