"""ChainHead: an endpoint of a chain that tells of its newest block and reverts every call, for tests that
need no chain behind it."""
import http.server
import json
import threading

# Its data shows that reverts come with theirs.
REVERT = {"code": 3, "message": "execution reverted", "data": "0x00000001"}


class ChainHead(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.serve_forever, args=(0.02,), daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_port}"

    def handle_error(self, *_):
        pass  # a client that has heard enough hangs up

    def stop(self):
        self.shutdown()
        self.server_close()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):  # noqa: N802 (the library's word)
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told = {"eth_chainId": "0x1", "eth_syncing": False, "eth_getBlockByNumber": {
            "number": "0xc3", "timestamp": "0x0", "hash": "0x" + "a" * 64,
            "parentHash": "0x" + "b" * 64}}.get(request["method"])
        reply = {"jsonrpc": "2.0", "id": request["id"]}
        reply.update({"error": REVERT} if told is None else {"result": told})
        body = json.dumps(reply).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)
