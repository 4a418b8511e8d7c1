#!/usr/bin/env python3
"""usage: first_answer.py SERVER NAME   asks once for the address of NAME and prints when the answer was
there (CLOCK_MONOTONIC, seconds), and how long the first thread of the holdfastd in this network had
waited by then for a CPU that others had (seconds); fails if there is no answer."""
import os
import socket
import struct
import sys
import time
from pathlib import Path

PATIENCE = 30


def waited():
    here = os.readlink("/proc/self/ns/net")
    for status in Path("/proc").glob("[0-9]*"):
        try:
            if ((status / "comm").read_text() == "holdfastd\n"
                    and os.readlink(status / "ns/net") == here):
                return int((status / "schedstat").read_text().split()[1]) / 1e9
        except OSError:
            pass  # it has ended
    raise LookupError("the daemon is nowhere")


def main(server, name):
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect((server, 53))
        client.send(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + wire + b"\0" + struct.pack(">2H", 1, 1))
        reply = client.recv(4096)
        print(time.monotonic(), waited())
    return 0 if reply[3] & 15 == 0 and reply[7] > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
