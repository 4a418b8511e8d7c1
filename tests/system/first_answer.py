#!/usr/bin/env python3
"""usage: first_answer.py SERVER NAME   asks once for the address of NAME and prints when the answer was
there (CLOCK_MONOTONIC, seconds); fails if it is none."""
import socket
import struct
import sys
import time

PATIENCE = 30


def main(server, name):
    wire = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as client:
        client.settimeout(PATIENCE)
        client.connect((server, 53))
        client.send(struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + wire + b"\0" + struct.pack(">2H", 1, 1))
        reply = client.recv(4096)
        print(time.monotonic())
    return 0 if reply[3] & 15 == 0 and reply[7] > 0 else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], sys.argv[2]))
