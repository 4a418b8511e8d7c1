import subprocess


def version():
    return (
        subprocess.run(["dnsmasq", "--version"], capture_output=True, text=True)
        .stdout.split("\n")[0]
        .split("  ")[0]
    )


EXTRA = ""
PREALLOC_BASE_KB = 5072  # RSS with cache-size 1000: it allocates every slot at start
MAX_WORKERS = 1  # single-threaded


def launch(c):
    t = f"""port={c.port}
listen-address={c.ip}
bind-interfaces
no-resolv
no-hosts
no-poll
user=root
group=root
pid-file={c.dir}/pid
cache-size={c.cache_entries}
dns-forward-max=10000
{EXTRA}
"""
    if c.stale:
        t += "use-stale-cache=3600\n"
    for a, p in c.upstreams:
        t += f"server={a}#{p}\n"
    return {"argv": ["dnsmasq", "-k", "-C", c.write("dnsmasq.conf", t), "--log-facility=-"]}
