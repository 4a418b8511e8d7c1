#!/usr/bin/env python3
"""A small DNS server that plays a provider, and the provider's outages. Python's standard library
only; loopback only.

As a library:

    with Provider("cloud", "127.0.0.11", private=["corp.internal."]) as cloud:
        cloud.fault = "servfail"
        cloud.faults["slow.example.org."] = "slow:900"   # for this name only
        cloud.seen("www.example.org.")     # how often it was asked

As a program (`fault X` or `get` by UDP to the control port, or on standard input):

    provider.py --name cloud --listen 127.0.0.11:5301 --control 127.0.0.11:6301

Faults: ok, drop (silence), servfail, refused, formerr, nxdomain, empty, slow:MS, loss:PCT, lie
(an address nobody else gives), tcp-only (silence on UDP), udp-only, above:PPS (what exceeds so many
datagrams in a second is dropped, as a cloud does per interface), closed (nothing listens).

DNS cookies over UDP (`cookies X`): off, give, require (BADCOOKIE without the right one), never
(BADCOOKIE to every query with one), refuse (FORMERR to those). `site N`: another machine behind the same address, with a secret of
its own.
"""
import argparse
import hashlib
import heapq
import ipaddress
import itertools
import json
import random
import selectors
import socket
import struct
import sys
import threading
import time
from collections import Counter, deque

import zone

RCODES = {"servfail": zone.SERVFAIL, "refused": zone.REFUSED, "formerr": zone.FORMERR,
          "nxdomain": zone.NXDOMAIN, "empty": zone.NOERROR}
PLAIN = {"ok", "drop", "lie", "tcp-only", "udp-only", "closed", *RCODES}
COOKIES = {"off", "give", "require", "never", "refuse"}
WITH_NUMBER = {"slow", "loss", "above"}
SO_TIMESTAMPNS = 35
TCP_LIMIT = 65535


def bind_pair(address, port):
    """A UDP and a listening TCP socket on the same address and port; 0 picks a free port."""
    for _ in range(100):
        udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        tcp.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            udp.bind((address, port))
            tcp.bind((address, udp.getsockname()[1]))
            tcp.listen(128)
        except OSError:
            udp.close()
            tcp.close()
            if port:
                raise
            continue
        udp.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        udp.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        udp.setblocking(False)
        tcp.setblocking(False)
        return udp, tcp
    raise OSError(f"no free port on {address}")


class Connection:
    """One TCP client: bytes in until a frame is whole, frames out."""

    def __init__(self, sock):
        self.sock = sock
        self.received = b""

    def frames(self, more):
        self.received += more
        while len(self.received) >= 2:
            size = struct.unpack(">H", self.received[:2])[0]
            if len(self.received) < 2 + size:
                return
            yield self.received[2:2 + size]
            self.received = self.received[2 + size:]

    def send(self, message):
        try:
            self.sock.sendall(struct.pack(">H", len(message)) + message)
        except OSError:
            pass  # the client has gone


class Meter:
    """How many passed in the last second; when they came is the kernel's word, or a test that is
    late would see bursts that nobody sent."""

    def __init__(self):
        self._times = deque()

    def passes(self, at, limit):
        while self._times and self._times[0] <= at - 1:
            self._times.popleft()
        if len(self._times) >= limit:
            return False
        self._times.append(at)
        return True


class Provider:
    """One provider on one loopback address, in a thread of its own."""

    def __init__(self, name, address="127.0.0.1", port=0, private=(), seed=1):
        if not ipaddress.ip_address(address).is_loopback:
            raise ValueError(f"{address} is not a loopback address")
        self.name, self.address, self.port = name, address, port
        self.private = tuple(z if z.endswith(".") else z + "." for z in private)
        self.faults = {}  # name -> its fault, in place of everybody's
        self.aliases = {}  # name -> the target of its CNAME, about which nothing is said
        self.asked = Counter()  # (name, type) -> queries, faulty times included
        self.udp_queries = self.tcp_queries = 0
        self.dropped = 0  # by `above`
        self.cookies = "off"
        self.site = 0
        self.questions = deque(maxlen=1000)  # the last zone.Questions
        self.bad_cookies = 0  # BADCOOKIE replies
        self._meter = Meter()
        self._random = random.Random(seed)
        self._fault = "ok"
        self._selector = selectors.DefaultSelector()
        self._wake, self._waker = socket.socketpair()
        self._later = []  # heap of (when, tie-break, send, message)
        self._order = itertools.count()
        self._running = False
        self._thread = None
        self._changed = threading.Event()
        self._udp = self._tcp = None

    # What a test does.

    def start(self):
        self._open()
        self._selector.register(self._wake, selectors.EVENT_READ, self._on_wake)
        self._running = True
        self._thread = threading.Thread(target=self._loop, name=self.name, daemon=True)
        self._thread.start()
        return self

    def stop(self):
        self._running = False
        self._waker.send(b"x")
        self._thread.join()
        self._close()
        self._selector.close()
        self._wake.close()
        self._waker.close()

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        self.stop()

    @property
    def endpoint(self):
        return f"{self.address}:{self.port}"

    @property
    def fault(self):
        return self._fault

    @fault.setter
    def fault(self, fault):
        """In force for every question read after this returns."""
        word, _, number = fault.partition(":")
        if not (fault in PLAIN or (word in WITH_NUMBER and number.isdigit())):
            raise ValueError(f"no fault is called {fault!r}")
        self._changed.clear()
        self._fault = fault
        self._waker.send(b"x")
        self._changed.wait(5)

    def seen(self, name=None, rtype=None):
        """Questions received: all, for a name (and all below it with a leading dot), of a type."""
        def wanted(key):
            fits = name is None or key[0] == name or (name[0] == "." and key[0].endswith(name))
            return fits and rtype in (None, key[1])
        return sum(count for key, count in list(self.asked.items()) if wanted(key))

    def status(self):
        return {"name": self.name, "endpoint": self.endpoint, "fault": self.fault,
                "udp_queries": self.udp_queries, "tcp_queries": self.tcp_queries}

    # The loop's side.

    def _open(self):
        self._udp, self._tcp = bind_pair(self.address, self.port)
        self.port = self._udp.getsockname()[1]
        self._selector.register(self._udp, selectors.EVENT_READ, self._on_udp)
        self._selector.register(self._tcp, selectors.EVENT_READ, self._on_accept)

    def _close(self):
        """Closes all but the wake-up socket; connections included."""
        for key in list(self._selector.get_map().values()):
            if key.fileobj is not self._wake:
                self._selector.unregister(key.fileobj)
                key.fileobj.close()
        self._udp = self._tcp = None

    def _loop(self):
        while self._running:
            wait = max(0, self._later[0][0] - time.monotonic()) if self._later else None
            for key, _ in self._selector.select(wait):
                if key.fileobj.fileno() >= 0:
                    key.data()
            while self._later and self._later[0][0] <= time.monotonic():
                _, _, send, message = heapq.heappop(self._later)
                send(message)

    def _on_wake(self):
        self._wake.recv(64)
        if self._fault == "closed" and self._udp:
            self._close()
        elif self._fault != "closed" and not self._udp:
            self._open()
        self._changed.set()

    def _on_udp(self):
        udp = self._udp
        for _ in range(64):
            try:
                query, stamps, _, client = udp.recvmsg(4096, 64)
            except OSError:
                return
            self.udp_queries += 1
            if self._is_above(stamps):
                self.dropped += 1
                continue
            self._respond(query, lambda m, c=client: self._send_udp(udp, m, c), over_tcp=False)

    def _is_above(self, stamps):
        word, _, limit = self._fault.partition(":")
        if word != "above":
            return False
        seconds, nanoseconds = struct.unpack("qq", stamps[0][2])
        return not self._meter.passes(seconds + nanoseconds / 1e9, int(limit))

    @staticmethod
    def _send_udp(udp, message, client):
        try:
            udp.sendto(message, client)
        except OSError:
            pass  # closed meanwhile, or the client's port is gone

    def _on_accept(self):
        try:
            sock, _ = self._tcp.accept()
        except OSError:
            return
        sock.settimeout(5)
        connection = Connection(sock)
        self._selector.register(sock, selectors.EVENT_READ, lambda: self._on_tcp(connection))

    def _on_tcp(self, connection):
        try:
            more = connection.sock.recv(65536)
        except OSError:
            more = b""
        if not more:
            self._selector.unregister(connection.sock)
            connection.sock.close()
            return
        for query in connection.frames(more):
            self.tcp_queries += 1
            self._respond(query, connection.send, over_tcp=True)

    def _respond(self, query, send, over_tcp):
        try:
            question = zone.parse(query)
        except IndexError:
            question = None
        if question is None:
            return
        self.questions.append(question)
        self.asked[question.name, zone.TYPE_NAMES.get(question.type, str(question.type))] += 1
        fault, _, number = self.faults.get(question.name, self._fault).partition(":")
        silent = (fault == "drop" or fault == ("udp-only" if over_tcp else "tcp-only")
                  or (fault == "loss" and self._random.random() * 100 < int(number)))
        if silent:
            return
        limit = TCP_LIMIT if over_tcp else min(zone.UDP_LIMIT, question.payload or 512)
        reply = self._reply(question, fault)
        if not over_tcp:
            reply = self._with_cookie(question, reply)
        message = zone.build(question, reply, limit)
        if fault == "slow":
            when = time.monotonic() + int(number) / 1000
            heapq.heappush(self._later, (when, next(self._order), send, message))
        else:
            send(message)

    def _with_cookie(self, question, reply):
        sent = question.options.get(zone.COOKIE)
        if self.cookies == "off" or sent is None:
            return reply
        if self.cookies == "refuse":
            return zone.Reply(zone.FORMERR)
        right = sent[:8] + hashlib.sha256(b"%d" % self.site + sent[:8]).digest()[:8]
        if self.cookies == "never" or (self.cookies == "require" and sent != right):
            self.bad_cookies += 1
            reply = zone.Reply(zone.BADCOOKIE)
        reply.options[zone.COOKIE] = right
        return reply

    def _reply(self, question, fault):
        if fault in ("nxdomain", "empty"):
            return zone.Reply(RCODES[fault], authority=[zone.soa(".")])
        if fault in RCODES:
            return zone.Reply(RCODES[fault])
        if fault == "lie" and question.type == zone.A:
            return zone.Reply(answers=[(question.name, zone.A, 60, bytes([203, 0, 113, 66]))])
        if question.name in self.aliases:
            target = zone.name_wire(self.aliases[question.name])
            return zone.Reply(answers=[(question.name, zone.CNAME, zone.DEFAULT_TTL, target)])
        return zone.answer(question, self.name, self.private)


def obey(provider, line):
    """One control line; the reply is JSON."""
    word, _, rest = line.strip().partition(" ")
    if word == "fault":
        try:
            provider.fault = rest.strip()
        except ValueError as error:
            return json.dumps({"error": str(error)})
    elif word == "cookies" and rest.strip() in COOKIES:
        provider.cookies = rest.strip()
    elif word == "site" and rest.strip().isdigit():
        provider.site = int(rest)
    return json.dumps(provider.status())


def split(endpoint):
    address, _, port = endpoint.rpartition(":")
    return address, int(port)


def serve_control(provider, endpoint):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        control.bind(split(endpoint))
        while True:
            line, client = control.recvfrom(512)
            control.sendto(obey(provider, line.decode()).encode(), client)


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--name", required=True)
    parser.add_argument("--listen", required=True, metavar="ADDRESS:PORT")
    parser.add_argument("--control", metavar="ADDRESS:PORT")
    parser.add_argument("--private", action="append", default=[], metavar="ZONE")
    parser.add_argument("--fault", default="ok")
    options = parser.parse_args()
    with Provider(options.name, *split(options.listen), private=options.private) as provider:
        provider.fault = options.fault
        print(json.dumps(provider.status()), flush=True)
        if options.control:
            threading.Thread(target=serve_control, args=(provider, options.control),
                             daemon=True).start()
        try:
            for line in sys.stdin:
                print(obey(provider, line), flush=True)
            if options.control:
                threading.Event().wait()
        except KeyboardInterrupt:
            pass


if __name__ == "__main__":
    main()
