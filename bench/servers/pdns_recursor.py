import subprocess


def version():
    o = subprocess.run(["pdns_recursor", "--version"], capture_output=True, text=True)
    return "pdns-recursor " + (o.stdout + o.stderr).split("Recursor ")[1].split()[0]


def launch(c):
    fw = ";".join(f"{a}:{p}" for a, p in c.upstreams)
    t = f"""local-address={c.ip}:{c.port}
threads={c.workers}
pdns-distributes-queries=no
reuseport=yes
forward-zones-recurse=.={fw}
dnssec=off
daemon=no
socket-dir={c.dir}
max-cache-entries={c.cache_entries}
max-packetcache-entries={c.cache_entries}
max-mthreads=8192
disable-syslog=yes
quiet=yes
loglevel=2
dont-query=
allow-from=127.0.0.0/8
export-etc-hosts=no
security-poll-suffix=
write-pid=no
query-local-address=0.0.0.0
"""
    if c.stale:
        t += "serve-stale-extensions=1440\n"
    c.write("recursor.conf", t)
    return {"argv": ["pdns_recursor", "--config-dir=" + c.dir]}
