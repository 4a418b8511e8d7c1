# systemd-resolved unpacked (not installed), run in a private mount namespace: no D-Bus, extra stub listener only.
import os, subprocess

MAX_WORKERS = 1
HIT_NAMES = 2000  # its cache is fixed at 4096 entries
ONLY = ("hit", "miss", "failover", "restart", "stale")


def version():
    return "systemd-resolved 252.39-1~deb12u2"


def launch(c):
    sd = c.bench + "/run/sd"
    dns = " ".join(f"{a}:{p}" for a, p in c.upstreams)
    conf = c.write(
        "resolved.conf",
        f"""[Resolve]
DNS={dns}
FallbackDNS=
Domains=~.
DNSSEC=no
DNSOverTLS=no
MulticastDNS=no
LLMNR=no
Cache=yes
CacheFromLocalhost=yes
DNSStubListener=no
DNSStubListenerExtra=udp:{c.ip}:{c.port}
ReadEtcHosts=no
""",
    )
    sh = c.write(
        "start.sh",
        f"""set -e
mount --make-rprivate /
mkdir -p {c.dir}/run {c.dir}/etcsd
cp {conf} {c.dir}/etcsd/resolved.conf
mount --bind {c.dir}/etcsd /etc/systemd
mount -t tmpfs tmpfs /run
mkdir -p /run/systemd/resolve /run/systemd/netif/links
printf 'root:x:0:0:root:/root:/bin/sh\\nsystemd-resolve:x:0:0::/:/bin/sh\\n' > {c.dir}/passwd
printf 'root:x:0:\\nsystemd-resolve:x:0:\\n' > {c.dir}/group
mount --bind {c.dir}/passwd /etc/passwd
mount --bind {c.dir}/group /etc/group
export LD_LIBRARY_PATH={sd}/usr/lib/x86_64-linux-gnu/systemd SYSTEMD_LOG_LEVEL=info SYSTEMD_LOG_TARGET=console
exec {sd}/lib/systemd/systemd-resolved
""",
    )
    return {"argv": ["unshare", "-m", "bash", sh]}
