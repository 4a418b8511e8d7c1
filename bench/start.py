"""Scenario start: how soon after its exec a server answers, and what it holds while idle."""
import select
import socket
import struct
import time

import results
from peers import READY_NAME, Server, make_upstreams, question, slots, takes_part

POLL = 0.001  # seconds between questions
PATIENCE = 15
IDLE = 2  # seconds after which the resident memory is read


def address_of(name):
    """The address every upstream gives a name; as in src/bench.h."""
    mask = (1 << 64) - 1
    value = 1469598103934665603
    for label in name.lower().split("."):
        for byte in bytes([len(label)]) + label.encode():
            value = ((value ^ byte) * 1099511628211) & mask
    value ^= value >> 29
    value = (value * 0xBF58476D1CE4E5B9) & mask
    value ^= value >> 32
    return bytes([11 + (value >> 24) % 100]) + struct.pack(">I", value & 0xFFFFFFFF)[1:]


def is_right(reply, name):
    """NOERROR, and the one record at the end (before an OPT) is the name's address."""
    return len(reply) > 12 and reply[3] & 15 == 0 and address_of(name) in reply[12:]


def first_answer(server, since):
    """Seconds from `since` to the first right answer, asking every millisecond; None: never."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.setblocking(False)
        client.connect((server.ip, server.port))
        due = time.monotonic()
        for number in range(1, int(PATIENCE / POLL)):
            due = max(due + POLL, time.monotonic())
            try:
                client.send(question(READY_NAME, number & 0xFFFF))
            except OSError:
                pass  # nobody listens yet
            while (left := due - time.monotonic()) > 0:
                if not select.select([client], [], [], left)[0]:
                    break
                try:
                    if is_right(client.recv(4096), READY_NAME):
                        return time.monotonic() - since
                except OSError:
                    pass  # the same, told by the kernel
    return None


def one_start(server):
    server.start(wait=False)
    seconds = first_answer(server, server.launched)
    if seconds is None:
        raise RuntimeError(f"{server.name}: no answer: {server.log_end()}")
    time.sleep(IDLE)
    return {"ms": round(1000 * seconds, 1), "rss_kb": server.rss()}


def start(names, rounds=3):
    report = {"scenario": "start", "servers": {}}
    names = [name for name in names if takes_part(name, "start")]
    for _ in range(rounds):
        for slot, name in slots(names):
            server = Server(name, slot, make_upstreams(slot, ttl=86400), tag="_sa")
            entry = report["servers"].setdefault(name, {"runs": []})
            entry["version"] = server.version()
            try:
                entry["runs"].append(one_start(server))
                print("start", name, entry["runs"][-1], flush=True)
            except (RuntimeError, OSError) as error:
                print(name, "ERROR", error, flush=True)
            finally:
                server.close()
    results.save("start", report)
