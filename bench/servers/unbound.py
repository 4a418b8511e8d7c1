import subprocess


def version():
    return (
        "unbound "
        + subprocess.run(["unbound", "-V"], capture_output=True, text=True)
        .stdout.split("\n")[0]
        .split()[-1]
    )


MSG_B, RR_B = 420, 420  # bytes per entry, for cache_entries -> bytes
EXTRA = ""
TCP = True
UPSTREAM_TRANSPORTS = ("udp", "tcp", "dot")


def launch(c):
    t = f"""server:
  interface: {c.ip}@{c.port}
  port: {c.port}
  do-daemonize: no
  chroot: ""
  username: ""
  directory: "{c.dir}"
  pidfile: ""
  use-syslog: no
  logfile: ""
  verbosity: 0
  num-threads: {c.workers}
  so-reuseport: yes
  so-rcvbuf: 4m
  so-sndbuf: 4m
  outgoing-range: 8192
  incoming-num-tcp: {200 if c.tcp else 10}
  num-queries-per-thread: 4096
  msg-cache-size: {int(c.cache_entries * MSG_B)}
  rrset-cache-size: {int(c.cache_entries * RR_B)}
  msg-cache-slabs: {max(1, c.workers)}
  rrset-cache-slabs: {max(1, c.workers)}
  infra-cache-slabs: {max(1, c.workers)}
  key-cache-slabs: {max(1, c.workers)}
  module-config: "iterator"
  do-not-query-localhost: no
  access-control: 127.0.0.0/8 allow
  do-ip6: no
  minimal-responses: yes
  tls-cert-bundle: "{c.ca}"
  tcp-upstream: {"yes" if c.transport == "tcp" else "no"}
  serve-expired: {"yes" if c.stale else "no"}
{EXTRA}
remote-control:
  control-enable: no
forward-zone:
  name: "."
  forward-tls-upstream: {"yes" if c.transport == "dot" else "no"}
"""
    name = f"#{c.upstream_name}" if c.transport == "dot" else ""
    for a, p in c.upstreams:
        t += f"  forward-addr: {a}@{p}{name}\n"
    return {"argv": ["unbound", "-d", "-c", c.write("unbound.conf", t)]}
