#!/usr/bin/env python3
"""Clocks, sockets, threads, randomness and third-party libraries stay in their rooms.

That is what lets hours of failover run in milliseconds of virtual time. Besides: words that say
nothing in a name, and coroutine constructs that g++ 12 compiles wrongly.
"""
import re

import tree

# What, a pattern for it, and the paths it may stand in.
ROOMS = [
    ("asio", r"#\s*include\s*<asio|\basio::", ("lib/net/", "daemon/")),
    ("c-ares", r"<ares\.h>|\bares_\w+\s*\(", ("lib/net/bootstrap",)),
    ("hiredis", r"<hiredis/|\bredis(Reader|Format)\w+\s*\(", ("lib/fleet/redis_wire",)),
    ("nghttp2", r"<nghttp2/|\bnghttp2_\w+\s*\(", ("lib/net/doh_session",)),
    ("Crypto++", r"<(cryptopp|crypto\+\+)/|\bCryptoPP::", ("lib/ens/keccak",)),
    ("ldns", r"<ldns/|\bldns_\w+\s*\(", ("daemon/ctl/zone_file",)),
    ("libcurl", r"<curl/|\bcurl_\w+\s*\(", ("lib/net/curl_library", "lib/net/http_client")),
    ("OpenSSL", r"<openssl/", ("lib/fleet/", "lib/net/tls_client")),
    ("nlohmann json", r"<nlohmann/|\bnlohmann::", ("lib/config/", "lib/control/", "lib/rpc/reply_scan", "daemon/")),
    ("prometheus-cpp", r"<prometheus/|\bprometheus::", ("lib/metrics/",)),
    ("httplib", r"<httplib\.h>|\bhttplib::", ("lib/net/", "daemon/")),
    ("SQLite", r"<sqlite3\.h>|\bsqlite3_\w+\s*\(", ("lib/store/sql",)),
    ("spdlog", r"<spdlog/|\bspdlog::", ("daemon/",)),
    ("libsystemd", r"<systemd/|\bsd_(notify|listen_fds)\b", ("lib/net/", "daemon/")),
    ("a clock", r"_clock::now\b|\bclock_gettime\b|\bgettimeofday\b|\bstd::time\b",
     ("lib/net/", "daemon/")),
    ("randomness", r"\brandom_device\b|\bmt19937|\bgetrandom\b|\bgetentropy\b|\bs?rand\s*\(",
     ("lib/net/", "daemon/")),
    ("the environment", r"\b(secure_)?getenv\b", ("lib/net/activation", "daemon/")),
    ("a thread", r"\bstd::j?thread\b|\bpthread_\w+|\bstd::async\b", ("lib/net/", "daemon/")),
    ("a socket", r"<sys/socket\.h>|\b(recvmmsg|sendmmsg|recvmsg|sendmsg|setsockopt)\s*\(",
     ("lib/net/", "daemon/", "lib/base/endpoint")),
    ("sleeping", r"\bsleep_(for|until)\b|\b(u|nano)?sleep\s*\(", ()),
    ("using namespace", r"\busing\s+namespace\b", ()),
    # g++ 12 destroys the captures of such a lambda twice.
    ("a capturing lambda inside co_await", r"\bco_await\b[^;{]*\[[^\]\s][^\]]*\]\s*[({]", ()),
]

EMPTY_WORDS = re.compile(
    r"\b(?:class|struct|enum class|namespace)\s+(\w*(?:Manager|Helper|Util|Common|Misc|Impl)\w*"
    r"|manager|helpers?|utils?|common|misc|data|info|impl)\b")
EMPTY_FILE = re.compile(r"(^|_)(manager|helpers?|utils?|common|misc|data|info|impl)(_|$)")


def check(root):
    findings = []
    rooms = [(what, re.compile(pattern), allowed) for what, pattern, allowed in ROOMS]
    for path in tree.cxx(root):
        name = path.relative_to(root).as_posix()
        text = tree.code_only(tree.read(path))
        if EMPTY_FILE.search(path.stem):
            findings.append(f"{name}: the file's name says nothing")
        for match in EMPTY_WORDS.finditer(text):
            where = f"{name}:{tree.line_of(text, match.start())}"
            findings.append(f"{where}: the name {match.group(1)} says nothing")
        for what, pattern, allowed in rooms:
            if name.startswith(allowed):
                continue
            for match in pattern.finditer(text):
                findings.append(f"{name}:{tree.line_of(text, match.start())}: {what} "
                                f"({' '.join(match.group().split())}) has no place here")
    return findings


if __name__ == "__main__":
    tree.main(check)
