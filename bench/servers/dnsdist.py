import subprocess


def version():
    return subprocess.run(["dnsdist", "--version"], capture_output=True, text=True).stdout.split(
        "\n"
    )[0]


POLICY = "firstAvailable"
TCP = True
UPSTREAM_TRANSPORTS = ("udp", "tcp", "dot", "doh")


def transport(c):
    """Of a server's lines; see transports.py."""
    tls = f', tls="openssl", caStore="{c.ca}", subjectName="{c.upstream_name}"'
    tls += ", validateCertificates=true, maxInFlight=1000"
    how = {"tcp": ", tcpOnly=true, maxInFlight=1000", "dot": tls}
    how["doh"] = tls + ', dohPath="/dns-query"'
    return how.get(c.transport, "")


def launch(c):
    t = 'setSecurityPollSuffix("")\nsetACL("127.0.0.0/8")\nsetMaxUDPOutstanding(65535)\n'
    t += f'setLocal("{c.ip}:{c.port}", {{reusePort=true}})\n'
    for _ in range(c.workers - 1):
        t += f'addLocal("{c.ip}:{c.port}", {{reusePort=true}})\n'
    for i, (a, p) in enumerate(c.upstreams):  # health check: defaults (1 s interval, 1 failure)
        t += f'newServer({{address="{a}:{p}", name="up{i}", order={i + 1}{transport(c)}}})\n'
    t += f"setServerPolicy({POLICY})\n"
    t += f'pc = newPacketCache({c.cache_entries}, {{maxTTL=86400, keepStaleData={"true" if c.stale else "false"}}})\n'
    t += 'getPool(""):setCache(pc)\n'
    if c.stale:
        t += "setStaleCacheEntriesTTL(3600)\n"
    f = c.write("dnsdist.conf", t)
    return {"argv": ["dnsdist", "--supervised", "--disable-syslog", "-C", f]}
