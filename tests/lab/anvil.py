"""A real Ethereum node on loopback with the ENS of tests/ens-lab on it, for the bridge's tests.

The program is the one that ANVIL names, or `anvil` as .ci/setup installs it; find() gives None where
there is none."""
import gzip
import json
import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STATE = ROOT / "tests/ens-lab/chain-state.json.gz"
INSTALLED = ROOT / "build/tools/node_modules/@foundry-rs/anvil-linux-amd64/bin/anvil"


def find():
    """Path of anvil, or None."""
    named = os.environ.get("ANVIL") or shutil.which("anvil")
    if named:
        return Path(named)
    return INSTALLED if INSTALLED.is_file() else None


class Anvil:
    """One node in `folder`, on a port of 127.0.0.1 that was free; its chain begins as it was saved."""

    def __init__(self, folder, port=0, chain_id=1):
        self.folder = Path(folder)
        self.port = port
        self.chain_id = chain_id
        self.process = None

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, patience=20):
        if not self.port:
            with socket.create_server(("127.0.0.1", 0)) as free:
                self.port = free.getsockname()[1]
        state = self.folder / f"state-{self.port}.json"
        state.write_bytes(gzip.decompress(STATE.read_bytes()))
        self.process = subprocess.Popen(
            [find(), "--host", "127.0.0.1", "--port", str(self.port), "--chain-id",
             str(self.chain_id),
             "--gas-limit", "60000000", "--base-fee", "0", "--gas-price", "0", "--hardfork",
             "prague", "--quiet", "--load-state", state],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        end = time.monotonic() + patience
        while True:
            try:
                self.call("eth_chainId")
                return self
            except OSError:
                if self.process.poll() is not None or time.monotonic() > end:
                    self.stop()
                    raise RuntimeError("anvil did not start") from None
                time.sleep(0.02)

    def call(self, method, *params):
        """The result of a JSON-RPC request."""
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": method, "params": params})
        request = urllib.request.Request(self.url, body.encode(),
                                         {"Content-Type": "application/json"})
        with urllib.request.urlopen(request, timeout=5) as reply:
            return json.load(reply)["result"]

    def pause(self):
        """Returns when all its threads stand still."""
        self.process.send_signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def resume(self):
        self.process.send_signal(signal.SIGCONT)

    def stop(self):
        if self.process is None:
            return
        self.process.kill()
        self.process.wait()
        self.process = None
