"""holdfast as it ships, with its defaults. Each upstream is a provider and a tier of its own."""
import json
import os
import subprocess

ONLY = ("hit", "miss", "mixed", "tcp", "ceiling", "memory", "failover", "restart", "overload", "start")
TCP = True
BYTES = 300  # per cached A answer, for cache_entries -> max_bytes
ACTIVATION = True  # takes listening sockets by LISTEN_FDS


def program():
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "../../build/release/daemon/holdfastd")
    return os.path.realpath(os.environ.get("HOLDFASTD", built))


def version():
    shown = subprocess.run([program(), "--version"], capture_output=True, text=True)
    return shown.stdout.strip()


def launch(c):
    names = [f"u{i}" for i in range(len(c.upstreams))]
    http = f"127.0.0.1:{c.port - 5300 + 19000}"
    config = {
        "listen": [f"{c.ip}:{c.port}"],
        "workers": c.workers,
        "safety": {"min_usable": 1, "ejection_interval": "5s"},
        "upstreams": {
            name: {"class": "external", "provider": name, "url": f"udp://{a}:{p}"}
            for name, (a, p) in zip(names, c.upstreams)
        },
        "routes": [{"zone": ".", "tiers": [[name] for name in names]}],
        "cache": {"max_bytes": f"{int(c.cache_entries * BYTES) // 1024}KiB"},
        "http": http,
        "control": c.dir + "/control.sock",
    }
    path = c.write("holdfast.json", json.dumps(config, indent=2))
    return {
        "argv": [program(), "--config", path],
        "scrape": f"http://{http}/metrics",  # every 5 s, as Prometheus would
    }
