"""A resolver over TLS on loopback that does what the real ones rarely do: stalls, hangs up, resets,
speaks old versions. Its answers are those of the lab's zone.py."""
import socket
import ssl
import struct
import threading

import zone

WAYS = {"answers", "stalls", "hangs-up", "closes-each", "resets", "old", "silent", "speaks-http"}


class TlsServer:
    """Each connection has a thread. `way` may be changed at any time, for connections from then
    on; the version of TLS is that of the start."""

    ways, protocol = WAYS, "dot"

    def __init__(self, name, certificate, way="answers", address="127.0.0.1"):
        assert way in self.ways, way
        self.name, self.way = name, way
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        if way == "old":
            self.context.set_ciphers("ALL:@SECLEVEL=0")  # Debian's OpenSSL has to be talked into it
            self.context.minimum_version = ssl.TLSVersion.TLSv1_1
            self.context.maximum_version = ssl.TLSVersion.TLSv1_1
        self.context.load_cert_chain(*certificate)
        self.context.set_alpn_protocols([self.protocol])
        self.listener = socket.create_server((address, 0))
        self.port = self.listener.getsockname()[1]
        self.connections = 0
        self.protocols = set()
        self.sizes = set()  # of queries
        self.seen = []      # names
        self._open = set()

    def start(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def stop(self):
        self.listener.close()
        self.drop_connections()

    def drop_connections(self):
        for connection in list(self._open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _accept(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.add(connection)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        way = self.way
        try:
            if way == "stalls":
                while connection.recv(4096):
                    pass
            elif way == "speaks-http":
                connection.recv(4096)
                connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            elif way != "hangs-up":
                with self.context.wrap_socket(connection, server_side=True) as tls:
                    self._open.add(tls)
                    self._converse(tls, way)
                    self._open.discard(tls)
        except OSError:
            pass
        finally:
            self._open.discard(connection)
            connection.close()

    def _converse(self, tls, way):
        self.protocols.add(tls.selected_alpn_protocol())
        stream = tls.makefile("rb")
        while head := stream.read(2):
            query = stream.read(struct.unpack(">H", head)[0])
            message = self.answer(query)
            if way == "silent":
                continue
            frame = struct.pack(">H", len(message)) + message
            if way == "resets":
                tls.sendall(frame[:len(frame) // 2])
                self.reset(tls)
                return
            tls.sendall(frame)
            if way == "closes-each":
                return

    def answer(self, query):
        """The message that answers one."""
        question = zone.parse(query)
        self.sizes.add(len(query))
        self.seen.append(question.name)
        return zone.build(question, zone.answer(question, self.name), 65535)

    @staticmethod
    def reset(connection):
        """It ends with RST, not FIN, when it is closed."""
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
