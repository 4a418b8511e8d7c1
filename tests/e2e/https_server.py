"""A resolver over HTTPS on loopback, python3-h2 beneath, that does what the real ones rarely do: sends
errors, pages, far too much, GOAWAY; breaks requests and connections off. Its answers are those of
the lab's zone.py."""
import h2.config
import h2.connection
import h2.events
import h2.exceptions

from tls_server import WAYS, TlsServer

MESSAGE = "application/dns-message"
LARGE = 10_000_000  # bytes


class HttpsServer(TlsServer):
    """Ways besides those of TLS: "500" and "429" are statuses, "goaway" says after each answer that
    no more will be taken, "turns-away" says so instead of the first answer."""

    ways = WAYS | {"500", "429", "page", "large", "short", "goaway", "turns-away", "breaks-off"}
    protocol = "h2"

    def _converse(self, tls, way):
        self.protocols.add(tls.selected_alpn_protocol())
        http = h2.connection.H2Connection(h2.config.H2Configuration(client_side=False))
        http.initiate_connection()
        tls.sendall(http.data_to_send())
        bodies, unsent = {}, {}
        while data := tls.recv(65536):
            try:
                events = http.receive_data(data)
            except h2.exceptions.ProtocolError:
                return
            for event in events:
                if isinstance(event, h2.events.RequestReceived):
                    bodies[event.stream_id] = b""
                elif isinstance(event, h2.events.DataReceived):
                    bodies[event.stream_id] += event.data
                    http.acknowledge_received_data(event.flow_controlled_length, event.stream_id)
                elif isinstance(event, h2.events.StreamReset):
                    bodies.pop(event.stream_id, None)
                    unsent.pop(event.stream_id, None)
                elif isinstance(event, h2.events.StreamEnded):
                    self._respond(http, event.stream_id, bodies.pop(event.stream_id), way, unsent)
                    if way == "goaway":
                        http.close_connection()
                        tls.sendall(http.data_to_send())
                        return
            self._pump(http, unsent)
            tls.sendall(http.data_to_send())
            if way == "resets" and self.seen:
                self.reset(tls)
                return

    def _respond(self, http, stream, query, way, unsent):
        message = self.answer(query)
        if way == "silent":
            return
        if way == "breaks-off":
            http.reset_stream(stream)
            return
        if way == "turns-away" and self.connections == 1:
            http.close_connection(last_stream_id=0)
            return
        status, kind, body = "200", MESSAGE, message
        if way in ("500", "429"):
            status, kind, body = way, "text/plain", b"not today"
        elif way == "page":
            kind, body = "text/html", b"<html>Please log in</html>"
        elif way == "large":
            body = bytes(LARGE)
        elif way == "short":
            body = message[:5]
        http.send_headers(stream, [(":status", status), ("content-type", kind),
                                   ("content-length", str(len(body)))])
        unsent[stream] = body[:len(body) // 2] if way == "resets" else body
        self._pump(http, unsent, ends=way != "resets")

    @staticmethod
    def _pump(http, unsent, ends=True):
        """As much as the client's windows let through."""
        for stream, body in list(unsent.items()):
            while body:
                size = min(len(body), http.local_flow_control_window(stream),
                           http.max_outbound_frame_size)
                if size <= 0:
                    break
                http.send_data(stream, body[:size], end_stream=ends and size == len(body))
                body = body[size:]
            unsent[stream] = body
            if not body:
                del unsent[stream]
