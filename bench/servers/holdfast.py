"""holdfast as it ships, with its defaults. Each upstream is a provider and a tier of its own.

For growth.py: `zones` routes more, `one_tier`, `policy`, and `extra` keys of the configuration.
"""
import json
import os
import subprocess

ONLY = ("hit", "miss", "mixed", "tcp", "ceiling", "memory", "overload", "start")
ONLY += ("failover", "restart")
TCP = True
BYTES = 300  # per cached A answer, for cache_entries -> max_bytes
UPSTREAM_TRANSPORTS = ("udp", "tcp", "dot", "doh")
ACTIVATION = True  # takes listening sockets by LISTEN_FDS


def program():
    here = os.path.dirname(os.path.abspath(__file__))
    built = os.path.join(here, "../../build/release/daemon/holdfastd")
    return os.path.realpath(os.environ.get("HOLDFASTD", built))


def version():
    shown = subprocess.run([program(), "--version"], capture_output=True, text=True)
    return shown.stdout.strip()


def routes(c, names):
    tiers = [names] if getattr(c, "one_tier", False) else [[name] for name in names]
    zones = [".", *(f"r{i}.benchzone.com" for i in range(getattr(c, "zones", 0)))]
    policy = getattr(c, "policy", "ordered")
    return [{"zone": zone, "tiers": tiers, "policy": policy} for zone in zones]


def upstream(c, address, port):
    """As the configuration has it; `transport`: see transports.py."""
    if c.transport in ("udp", "tcp"):
        return {"url": f"{c.transport}://{address}:{port}"}
    scheme = {"dot": "tls", "doh": "https"}[c.transport]
    url = f"{scheme}://{c.upstream_name}:{port}"
    return {"url": url, "addresses": [address], "ca_file": c.ca}


def launch(c):
    names = [f"u{i}" for i in range(len(c.upstreams))]
    http = f"127.0.0.1:{c.port - 5300 + 19000}"
    config = {
        "listen": [f"{c.ip}:{c.port}"],
        "workers": c.workers,
        "safety": {"min_usable": 1, "ejection_interval": "5s"},
        "upstreams": {
            name: {"class": "external", "provider": name, **upstream(c, a, p)}
            for name, (a, p) in zip(names, c.upstreams)
        },
        "routes": routes(c, names),
        "cache": {"max_bytes": f"{max(1024, int(c.cache_entries * BYTES) // 1024)}KiB"},
        "http": http,
        "control": c.dir + "/control.sock",
        **getattr(c, "extra", {}),
    }
    path = c.write("holdfast.json", json.dumps(config, indent=2))
    return {
        "argv": [program(), "--config", path],
        "scrape": f"http://{http}/metrics",  # every 5 s, as Prometheus would
    }
