import subprocess


def version():
    return (
        "BIND " + subprocess.run(["named", "-v"], capture_output=True, text=True).stdout.split()[1]
    )


BYTES = 1000
IP = "127.0.0.1"  # named listens only on addresses assigned to an interface


def launch(c):
    fw = " ".join(f"{a} port {p};" for a, p in c.upstreams)
    t = f"""options {{
  directory "{c.dir}";
  listen-on port {c.port} {{ {c.ip}; }};
  listen-on-v6 {{ none; }};
  forwarders {{ {fw} }};
  forward only;
  recursion yes;
  allow-query {{ any; }};
  dnssec-validation no;
  max-cache-size {max(4 << 20, int(c.cache_entries * BYTES))};
  pid-file none; session-keyfile none; lock-file none;
  recursive-clients 20000;
  empty-zones-enable no;
  minimal-responses yes;
  querylog no;
  {"stale-answer-enable yes; stale-cache-enable yes;" if c.stale else ""}
}};
controls {{ }};
logging {{ category default {{ null; }}; category lame-servers {{ null; }}; }};
"""
    return {"argv": ["named", "-f", "-c", c.write("named.conf", t), "-n", str(c.workers)]}
