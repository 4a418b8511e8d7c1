"""Every packet that leaves on any interface of this network namespace, as the kernel shows it to a
packet socket: what a test says of "not one packet" rests on it. As root, in a namespace of its own."""
import socket
import struct
import threading
from collections import defaultdict

ETH_P_ALL, ETH_P_IP, ETH_P_IPV6 = 0x0003, 0x0800, 0x86DD
SOL_PACKET, PACKET_STATISTICS = 263, 6
SO_RCVBUFFORCE = 33
BUFFER = 64 << 20
TCP, UDP = 6, 17
SYN = 0x02


class Capture:
    """Records from start() on, in a thread of its own."""

    def __init__(self):
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(ETH_P_ALL))
        self._socket.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, BUFFER)
        self._socket.settimeout(0.1)
        self._packets = []  # (protocol of the link, bytes from the IP header on)
        self._running = False
        self._thread = None
        self.lost = 0

    def start(self):
        self._running = True
        self._thread = threading.Thread(target=self._loop, name="capture", daemon=True)
        self._thread.start()
        return self

    def stop(self):
        """Ends when all that was sent until now is recorded; `lost` says what the kernel dropped."""
        self._running = False
        self._thread.join()
        counted = self._socket.getsockopt(SOL_PACKET, PACKET_STATISTICS, 8)
        self.lost = struct.unpack("II", counted)[1]
        self._socket.close()

    def _loop(self):
        while True:
            try:
                packet, (_, protocol, kind, *_) = self._socket.recvfrom(65536)
            except TimeoutError:
                if not self._running:
                    return
                continue
            if kind == socket.PACKET_OUTGOING:  # on loopback each is seen twice
                self._packets.append((protocol, packet))

    def sent(self):
        """By destination address: what was sent there, each datagram and each TCP stream as one
        piece, letters in lower case."""
        pieces, streams = defaultdict(list), {}
        for protocol, packet in self._packets:
            destination, transport, flow, segment = dissect(protocol, packet)
            if transport != TCP:
                pieces[destination].append(segment.lower())
                continue
            if segment[13] & SYN or (destination, flow) not in streams:
                streams[destination, flow] = Stream(segment)
                pieces[destination].append(streams[destination, flow])
            streams[destination, flow].add(segment)
        return {destination: [bytes(piece) for piece in some]
                for destination, some in pieces.items()}


class Stream:
    """One direction of a TCP connection."""

    def __init__(self, segment):
        self._begin = self._sequence(segment)
        self._parts = {}

    @staticmethod
    def _sequence(segment):
        return struct.unpack(">I", segment[4:8])[0]

    def add(self, segment):
        payload = segment[(segment[12] >> 4) * 4:]
        self._parts[self._sequence(segment) - self._begin & 0xFFFFFFFF] = payload

    def __bytes__(self):
        return b"".join(part for _, part in sorted(self._parts.items())).lower()


def dissect(protocol, packet):
    """(destination, transport protocol, flow, segment) of an IP packet; of anything else all its
    bytes, to nobody."""
    if protocol == ETH_P_IP and len(packet) >= 20:
        size = (packet[0] & 15) * 4
        total = struct.unpack(">H", packet[2:4])[0] or len(packet)
        source, destination = packet[12:16], socket.inet_ntop(socket.AF_INET, packet[16:20])
        segment = packet[size:total]
        transport = packet[9]
    elif protocol == ETH_P_IPV6 and len(packet) >= 40:
        source, destination = packet[8:24], socket.inet_ntop(socket.AF_INET6, packet[24:40])
        segment, transport = packet[40:], packet[6]
    else:
        return "", 0, b"", packet
    if transport == TCP and len(segment) < 20:
        transport = 0
    return destination, transport, source + segment[:4], segment
