"""Gateways of CCIP-Read on the port that the contracts of tests/ens-lab name: the real one, which
signs, and one that means ill. Names of other gateways are looked up at HostServer."""
import http.server
import shutil
import socket
import ssl
import subprocess
import threading
from pathlib import Path

import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

ROOT = Path(__file__).resolve().parents[2]
PORT = 18550
ORIGIN = f"http://127.0.0.1:{PORT}"
TOOLS = ROOT / "build/tools"


def can_sign():
    """Whether the real one runs here: it needs node, and what .ci/setup installs by npm."""
    return shutil.which("node") is not None and (TOOLS / "node_modules/ethers").is_dir()


class SigningGateway:
    def __init__(self):
        self.process = None

    def start(self):
        self.process = subprocess.Popen(
            ["node", ROOT / "tests/ens-lab/gateway.mjs", TOOLS], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, text=True)
        if self.process.stdout.readline() != "ready\n":
            self.stop()
            raise RuntimeError("the gateway did not start")
        return self

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()


class IllGateway(http.server.ThreadingHTTPServer):
    """Answers every request by `way(handler)`, which writes what it likes; over TLS with a
    certificate."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, way, address="127.0.0.1", port=PORT, certificate=None):
        super().__init__((address, port), IllHandler)
        self.way = way
        self.asked = []    # (path, headers)
        self.ended = threading.Event()
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*certificate)
            self.socket = context.wrap_socket(self.socket, server_side=True)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    def handle_error(self, *_):
        pass  # whoever has heard enough hangs up

    def stop(self):
        self.ended.set()
        self.shutdown()
        self.server_close()


class IllHandler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):  # noqa: N802 (the library's word)
        self.server.asked.append((self.path, dict(self.headers)))
        self.server.way(self)

    def do_POST(self):  # noqa: N802
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def give(self, body, status=200, **headers):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


class HostServer:
    """A DNS server that knows the addresses of some hosts."""

    def __init__(self, hosts):
        self.hosts = hosts  # "gw.example." -> [addresses]
        self.asked = []     # names
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind(("127.0.0.1", 0))
        self.port = self.socket.getsockname()[1]
        threading.Thread(target=self._serve, daemon=True).start()

    def stop(self):
        self.socket.close()

    def _serve(self):
        while True:
            try:
                wire, client = self.socket.recvfrom(4096)
                query = dns.message.from_wire(wire)
                self.socket.sendto(self._reply(query).to_wire(), client)
            except OSError:
                return

    def _reply(self, query):
        reply = dns.message.make_response(query)
        name, rtype = query.question[0].name.to_text().lower(), query.question[0].rdtype
        self.asked.append(name)
        addresses = [a for a in self.hosts.get(name, []) if (":" in a) == (rtype == dns.rdatatype.AAAA)]
        if addresses and rtype in (dns.rdatatype.A, dns.rdatatype.AAAA):
            reply.answer.append(dns.rrset.from_text(name, 60, "IN", rtype, *addresses))
        elif name not in self.hosts:
            reply.set_rcode(dns.rcode.NXDOMAIN)
        return reply


class Listener:
    """Listens, and counts who comes: nobody should."""

    def __init__(self, address, port):
        self.came = 0
        self.socket = socket.create_server((address, port))
        threading.Thread(target=self._accept, daemon=True).start()

    def stop(self):
        self.socket.shutdown(socket.SHUT_RDWR)  # wakes who accepts
        self.socket.close()

    def _accept(self):
        while True:
            try:
                connection, _ = self.socket.accept()
            except OSError:
                return
            self.came += 1
            connection.close()
