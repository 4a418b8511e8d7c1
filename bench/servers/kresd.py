import os, shutil, subprocess


def version():
    return (
        "kresd "
        + subprocess.run(["kresd", "--version"], capture_output=True, text=True).stdout.split()[-1]
    )


BYTES = 600


def launch(c):
    cache = c.dir + "/cache"
    if not getattr(c, "started", False):
        shutil.rmtree(cache, ignore_errors=True)  # a restart keeps its LMDB, as in production
    c.started = True
    os.makedirs(cache, exist_ok=True)
    size = max(8 << 20, int(c.cache_entries * BYTES))
    ups = ", ".join(f"'{a}@{p}'" for a, p in c.upstreams)
    t = f"""net.ipv6 = false
net.listen('{c.ip}', {c.port}, {{ kind = 'dns' }})
cache.open({size}, 'lmdb://{cache}')
trust_anchors.remove('.')
modules.unload('ta_update')
modules.unload('ta_signal_query')
modules.unload('priming')
modules.unload('detect_time_skew')
modules.unload('detect_time_jump')
log_level('crit')
{"modules.load('serve_stale < cache')" if c.stale else ''}
policy.add(policy.all(policy.{getattr(c, 'kresd_mode', 'STUB')}({{{ups}}})))
"""
    f = c.write("kresd.conf", t)
    argvs = []
    for i in range(c.workers):
        d = f"{c.dir}/w{i}"
        os.makedirs(d, exist_ok=True)
        argvs.append(["kresd", "-n", "-c", f, d])
    return {"argvs": argvs}
