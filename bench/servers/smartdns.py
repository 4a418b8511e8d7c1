import subprocess


def version():
    return (
        "smartdns "
        + subprocess.run(["smartdns", "-v"], capture_output=True, text=True).stdout.split()[-1]
    )


MAX_WORKERS = 1
FANOUT = 2  # it sends every miss to both upstreams


def launch(c):
    t = f"""bind {c.ip}:{c.port}
cache-size {c.cache_entries}
cache-persist no
prefetch-domain no
speed-check-mode none
dualstack-ip-selection no
response-mode fastest-response
serve-expired {"yes" if c.stale else "no"}
rr-ttl-min 1
log-level fatal
log-file {c.dir}/smartdns.log
audit-enable no
max-query-limit 0
"""
    for a, p in c.upstreams:
        t += f"server {a}:{p}\n"
    return {
        "argv": ["smartdns", "-f", "-x", "-c", c.write("smartdns.conf", t), "-p", c.dir + "/pid"]
    }
