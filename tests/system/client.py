#!/usr/bin/env python3
"""A client that asks at a steady rate and never twice: what gets no reply within 5 s is lost.

usage: client.py SERVER QPS   begins at once, ends when its standard input does; then prints JSON:
asked, answered, failed (any rcode but NOERROR), lost, late (those of the lost that got a reply after
all), slowest (seconds), and when those were sent that were lost (lost_at, CLOCK_MONOTONIC).
"""
import json
import select
import socket
import struct
import sys
import time

PATIENCE = 5
SOCKETS = 32  # ports, so that ids do not come round while one is waited for
NAMES = 200


def question(number):
    name = b"".join(bytes([len(label)]) + label
                    for label in (b"name-%d" % (number % NAMES), b"example", b"org"))
    return (struct.pack(">6H", number // SOCKETS & 0xFFFF, 0x0100, 1, 0, 0, 0)
            + name + b"\0" + struct.pack(">2H", 1, 1))


def main(server, rate):
    sockets = []
    for _ in range(SOCKETS):
        one = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        one.setblocking(False)
        one.connect((server, 53))
        sockets.append(one)
    waiting, lost_at = {}, []
    result = {"asked": 0, "answered": 0, "failed": 0, "late": 0, "slowest": 0.0}
    begin, asking, end = time.monotonic(), True, None
    while asking or (waiting and time.monotonic() < end):
        now = time.monotonic()
        while asking and result["asked"] < (now - begin) * rate:
            number = result["asked"]
            result["asked"] += 1
            waiting[number % SOCKETS, number // SOCKETS & 0xFFFF] = now
            try:
                sockets[number % SOCKETS].send(question(number))
            except OSError:
                pass  # nobody listens: lost, unless a reply comes after all
        readable = select.select([*sockets, sys.stdin] if asking else sockets, [], [], 0.001)[0]
        for one in readable:
            if one is sys.stdin:
                asking, end = False, time.monotonic() + PATIENCE
                continue
            try:
                reply = one.recv(4096)
            except OSError:
                continue
            sent = waiting.pop((sockets.index(one), struct.unpack(">H", reply[:2])[0]), None)
            took = time.monotonic() - sent if sent is not None else None
            if took is None:
                continue
            if took > PATIENCE:
                result["late"] += 1
                lost_at.append(sent)
                continue
            result["answered"] += 1
            result["failed"] += reply[3] & 15 != 0
            result["slowest"] = max(result["slowest"], took)
    result["lost_at"] = sorted([*lost_at, *waiting.values()])
    result["lost"] = len(result["lost_at"])
    print(json.dumps(result))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
