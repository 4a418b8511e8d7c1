"""A real Prometheus that scrapes lab daemons on loopback every second, with alert rules."""
import json
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from pathlib import Path

import daemon


class Prometheus:
    """`ports` are those of the daemons' HTTP; they are the job `holdfast`."""

    def __init__(self, folder, ports, rules):
        self.folder = Path(folder)
        self.port = daemon.free_port()
        targets = json.dumps([f"127.0.0.1:{port}" for port in ports])
        (self.folder / "prometheus.yml").write_text(
            "global: {scrape_interval: 1s, evaluation_interval: 1s}\n"
            f"rule_files: [{json.dumps(str(rules))}]\n"
            "scrape_configs:\n"
            f"  - {{job_name: holdfast, static_configs: [{{targets: {targets}}}]}}\n",
            encoding="utf-8")
        self.process = None

    def start(self, timeout=60):
        with open(self.folder / "prometheus.log", "ab") as log:
            self.process = subprocess.Popen(
                ["prometheus", f"--config.file={self.folder}/prometheus.yml",
                 f"--storage.tsdb.path={self.folder}/tsdb",
                 f"--web.listen-address=127.0.0.1:{self.port}"],
                stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        end = time.monotonic() + timeout
        while not self._ready():
            if self.process.poll() is not None or time.monotonic() > end:
                self.stop()
                raise RuntimeError("prometheus did not start:\n"
                                   + (self.folder / "prometheus.log").read_text())
            time.sleep(0.1)
        return self

    def _ready(self):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/-/ready", timeout=2):
                return True
        except OSError:
            return False

    def ask(self, path, **query):
        """The `data` of an answer of its API; AssertionError with what it says is wrong."""
        url = f"http://127.0.0.1:{self.port}/api/v1/{path}?{urllib.parse.urlencode(query)}"
        try:
            with urllib.request.urlopen(url, timeout=30) as reply:
                return json.load(reply)["data"]
        except urllib.error.HTTPError as error:
            raise AssertionError(json.load(error).get("error", str(error))) from None

    def query(self, expression):
        """[(labels, value)] at this moment."""
        return [(sample["metric"], float(sample["value"][1]))
                for sample in self.ask("query", query=expression)["result"]]

    def stop(self):
        if self.process is None:
            return
        self.process.terminate()
        try:
            self.process.wait(20)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None
