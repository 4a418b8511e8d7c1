"""What the lab's DNS says: a deterministic answer to any question, and the wire form of it.

Every name exists and every provider gives it the same addresses, as on the real Internet; only
`whoami.lab.` TXT tells who answered. Some labels ask for something special, anywhere in a name:

    ttl-N     records live N seconds (default 60)
    alias     CNAME to the name without this label
    chain-N   N CNAMEs in a row
    big-N     TXT record set of N bytes, so that UDP answers are truncated
    many-N    N addresses
    nx        NXDOMAIN
    nodata    no record of any type
"""
import hashlib
import struct
from dataclasses import dataclass, field

A, NS, CNAME, SOA, MX, TXT, AAAA, SRV, OPT, ANY = 1, 2, 5, 6, 15, 16, 28, 33, 41, 255
NOERROR, FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED = range(6)
BADCOOKIE = 23
CLIENT_SUBNET, COOKIE = 8, 10  # EDNS options
TYPE_NAMES = {A: "A", NS: "NS", CNAME: "CNAME", SOA: "SOA", MX: "MX", TXT: "TXT", AAAA: "AAAA",
              SRV: "SRV"}
UDP_LIMIT = 1232  # DNS flag day 2020
DEFAULT_TTL = 60


@dataclass
class Question:
    """A parsed query. `wire` is the question section as it came, letter case included."""

    ident: int
    flags: int
    name: str
    type: int
    wire: bytes
    payload: int = 0  # EDNS size; 0: the query had no OPT
    dnssec_ok: bool = False
    options: dict = field(default_factory=dict)  # code -> value

    @property
    def labels(self):
        return [label for label in self.name.split(".") if label]


@dataclass
class Reply:
    rcode: int = NOERROR
    answers: list = field(default_factory=list)  # (owner, type, ttl, rdata)
    authority: list = field(default_factory=list)
    options: dict = field(default_factory=dict)  # of the OPT, if the query had one


def parse(message):
    """The question of a query, or None if it is not one this server understands."""
    if len(message) < 17:
        return None
    ident, flags, questions, _, _, additional = struct.unpack(">6H", message[:12])
    if flags & 0x8000 or questions != 1:
        return None
    labels, at = [], 12
    while message[at]:
        length = message[at]
        if length > 63 or at + length + 6 > len(message):
            return None
        labels.append(message[at + 1:at + 1 + length].decode("latin-1").lower())
        at += length + 1
    end = at + 5
    qtype = struct.unpack(">H", message[at + 1:at + 3])[0]
    payload, dnssec_ok, options = 0, False, {}
    if additional and message[end:end + 3] == b"\0\0\x29":
        payload = max(512, struct.unpack(">H", message[end + 3:end + 5])[0])
        dnssec_ok = bool(message[end + 7] & 0x80)
        options = read_options(message[end + 11:])
    return Question(ident, flags, ".".join(labels) + ".", qtype, message[12:end], payload, dnssec_ok,
                    options)


def read_options(rdata):
    options = {}
    while len(rdata) >= 4:
        code, size = struct.unpack(">HH", rdata[:4])
        options[code] = rdata[4:4 + size]
        rdata = rdata[4 + size:]
    return options


def name_wire(name):
    labels = [label.encode("latin-1") for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label for label in labels) + b"\0"


def record(owner, rtype, ttl, rdata):
    return name_wire(owner) + struct.pack(">HHIH", rtype, 1, ttl, len(rdata)) + rdata


def build(question, reply, limit):
    """The reply's wire form; with TC and no records where it does not fit `limit`."""
    flags = 0x8080 | (question.flags & 0x7910) | (reply.rcode & 15)
    options = b"".join(struct.pack(">HH", code, len(value)) + value
                       for code, value in reply.options.items())
    edns = b""
    if question.payload:
        extended = reply.rcode >> 4 << 24
        edns = b"\0" + struct.pack(">HHIH", OPT, UDP_LIMIT, extended, len(options)) + options
    answers = b"".join(record(*r) for r in reply.answers)
    authority = b"".join(record(*r) for r in reply.authority)
    counts = (len(reply.answers), len(reply.authority))
    if 12 + len(question.wire) + len(answers) + len(authority) + len(edns) > limit:
        flags, counts, answers, authority = flags | 0x0200, (0, 0), b"", b""
    header = struct.pack(">6H", question.ident, flags, 1, *counts, 1 if edns else 0)
    return header + question.wire + answers + authority + edns


def argument(labels, word):
    """N of the first label `word-N`, or None."""
    for label in labels:
        head, _, tail = label.rpartition("-")
        if head == word and tail.isdigit():
            return int(tail)
    return None


def digest(name):
    return hashlib.sha256(name.lower().encode("latin-1")).digest()


def address(name, rtype, network="192.0.2", index=0):
    """The address every provider gives `name`: a documentation address made from its hash."""
    seed = digest(name)
    last = 1 + (seed[0] + index) % 254
    if rtype == A:
        return bytes(int(part) for part in network.split(".")) + bytes([last])
    return bytes.fromhex("20010db8") + seed[:11] + bytes([last])


def soa(zone, ttl=30):
    rdata = name_wire("ns." + zone) + name_wire("hostmaster." + zone)
    return (zone, SOA, ttl, rdata + struct.pack(">5I", 1, 3600, 600, 86400, ttl))


def text(value):
    value = value.encode()
    pieces = [value[i:i + 255] for i in range(0, len(value), 255)] or [b""]
    return b"".join(bytes([len(piece)]) + piece for piece in pieces)


def follow_aliases(question, ttl):
    """CNAME records asked for by the name's labels, and the name they end at."""
    labels, chain, owner = question.labels, [], question.name
    steps = argument(labels, "chain") or 0
    for left in range(steps - 1, -1, -1):
        label = f"chain-{left}." if left else ""
        target = label + ".".join(l for l in labels if not l.startswith("chain-")) + "."
        chain.append((owner, CNAME, ttl, name_wire(target)))
        owner = target
    if "alias" in labels:
        target = ".".join(l for l in labels if l != "alias") + "."
        chain.append((owner, CNAME, ttl, name_wire(target)))
        owner = target
    return chain, owner


def rdata_of(owner, rtype, labels, network):
    """The record data of one type at one name; an empty list is NODATA."""
    if rtype in (A, AAAA):
        count = argument(labels, "many") or 1
        return [address(owner, rtype, network, i) for i in range(count)]
    if rtype == TXT:
        size = argument(labels, "big")
        return [text("x" * size if size else "text of " + owner)]
    if rtype == MX:
        return [struct.pack(">H", 10) + name_wire("mail." + owner)]
    if rtype == SRV:
        return [struct.pack(">3H", 0, 0, 443) + name_wire("srv." + owner)]
    if rtype == NS and owner.count(".") <= 1:
        return [name_wire(f"{letter}.ns.lab.") for letter in "ab"]
    return []


def answer(question, provider, private=()):
    """What `provider` says. Zones in `private` it serves with 10.0.0.0/8 addresses."""
    name, labels = question.name, question.labels
    if name == "whoami.lab." and question.type == TXT:
        return Reply(answers=[(name, TXT, 0, text(provider))])
    inside = any(name == zone or name.endswith("." + zone) for zone in private)
    apex = ".".join(labels[-2:]) + "." if labels else "."
    if "nx" in labels or (name.endswith("internal.") and not inside):
        return Reply(NXDOMAIN, authority=[soa(apex)])
    ttl = argument(labels, "ttl")
    ttl = DEFAULT_TTL if ttl is None else ttl
    if question.type == SOA and name == apex:
        return Reply(answers=[soa(apex, ttl)])
    chain, owner = follow_aliases(question, ttl)
    if question.type == CNAME:
        found = chain[:1]
    elif "nodata" in labels:
        found = chain
    else:
        network = "10.0.0" if inside else "192.0.2"
        target = [l for l in owner.split(".") if l]
        found = chain + [(owner, question.type, ttl, rdata)
                         for rdata in rdata_of(owner, question.type, target, network)]
    ended = found and found[-1][1] == question.type
    return Reply(answers=found, authority=[] if ended else [soa(apex)])
