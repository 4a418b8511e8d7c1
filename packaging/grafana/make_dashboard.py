#!/usr/bin/env python3
"""Writes holdfast.json, the dashboard for Grafana.

    make_dashboard.py [OUT]

The committed file is this program's output; tests/packaging/dashboard_test.py compares them, checks
its types against Grafana's own, and tests/e2e/prometheus_test.py runs every expression.
"""
import json
import sys
from pathlib import Path

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
HERE = 'job=~"$job",instance=~"$instance"'
WIDTH = 24  # of Grafana's grid
RED, AMBER, GREEN, BLUE, GREY = "red", "orange", "green", "blue", "text"


def at(series, more=""):
    """A selector of `series` on the chosen machines."""
    return f"{series}{{{HERE}{',' if more else ''}{more}}}"


def rate(series, more="", by=""):
    """Its rate, summed over machines, by the labels `by`."""
    return f"sum{f' by ({by})' if by else ''} (rate({at(series, more)}[$__rate_interval]))"


def share(part, whole):
    return f"{part} / {whole}"


def quantile(q, histogram, by=""):
    return (f"histogram_quantile({q}, sum by (le{', ' + by if by else ''}) "
            f"(rate({at(histogram + '_bucket')}[$__rate_interval])))")


class Board:
    """Panels in rows from top to bottom, from left to right."""

    def __init__(self):
        self.panels = []
        self._x = self._y = self._height = 0

    def row(self, title):
        self._next_line()
        self._add({"type": "row", "title": title, "collapsed": False, "panels": []}, WIDTH, 1)

    def _next_line(self):
        self._y += self._height
        self._x = self._height = 0

    def _add(self, panel, width, height):
        if self._x + width > WIDTH:
            self._next_line()
        panel["id"] = len(self.panels) + 1
        panel["gridPos"] = {"x": self._x, "y": self._y, "w": width, "h": height}
        self._x += width
        self._height = max(self._height, height)
        self.panels.append(panel)

    def _data(self, kind, title, why, targets, width, height, defaults, options, overrides=()):
        self._add({
            "type": kind, "title": title, "description": why, "datasource": SOURCE,
            "targets": [{"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr,
                         "legendFormat": legend, "range": kind != "stat", "instant": kind == "stat"}
                        for i, (expr, legend) in enumerate(targets)],
            "fieldConfig": {"defaults": defaults, "overrides": list(overrides)},
            "options": options,
        }, width, height)

    def stat(self, title, why, expr, unit="short", steps=((None, BLUE),), width=3):
        """One number; `steps` are (from, colour)."""
        self._data("stat", title, why, [(expr, "")], width, 4, {
            "unit": unit, "noValue": "0",
            "thresholds": {"mode": "absolute",
                           "steps": [{"value": value, "color": colour} for value, colour in steps]},
            "color": {"mode": "thresholds"},
        }, {
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "colorMode": "value", "graphMode": "none", "justifyMode": "auto",
            "orientation": "auto", "textMode": "auto", "wideLayout": True,
            "showPercentChange": False, "percentChangeColorMode": "standard",
        })

    def lines(self, title, why, targets, unit="short", width=8, stacked=False, colours=None):
        """Lines over time; `targets` are (expression, legend)."""
        overrides = [{"matcher": {"id": "byName", "options": name},
                      "properties": [{"id": "color",
                                      "value": {"mode": "fixed", "fixedColor": colour}}]}
                     for name, colour in (colours or {}).items()]
        self._data("timeseries", title, why, targets, width, 8, {
            "unit": unit, "min": 0, "color": {"mode": "palette-classic"},
            "custom": {"drawStyle": "line", "lineWidth": 1, "fillOpacity": 20 if stacked else 5,
                       "showPoints": "never", "spanNulls": False,
                       "stacking": {"mode": "normal" if stacked else "none", "group": "A"}},
        }, {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True,
                       "calcs": []},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }, overrides)

    def states(self, title, why, expr, legend, words):
        """A coloured band for each series; `words` are value -> (word, colour)."""
        self._data("state-timeline", title, why, [(expr, legend)], 16, 8, {
            "color": {"mode": "thresholds"},
            "custom": {"lineWidth": 0, "fillOpacity": 80},
            "thresholds": {"mode": "absolute", "steps": [{"value": None, "color": GREY}]},
            "mappings": [{"type": "value", "options": {
                str(value): {"text": word, "color": colour, "index": value}
                for value, (word, colour) in words.items()}}],
        }, {
            "mergeValues": True, "showValue": "auto", "alignValue": "left", "rowHeight": 0.9,
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True,
                       "calcs": []},
            "tooltip": {"mode": "single", "sort": "none"},
        })


def overview(board):
    answers = rate("holdfast_answers_total")
    board.row("Now")
    board.stat("Queries", "Client queries a second.", rate("holdfast_queries_total"), "reqps")
    board.stat("Failed", "Share of the answers that are SERVFAIL of our own: what clients feel.",
               share(rate("holdfast_answers_total", 'source="failure"'), answers), "percentunit",
               ((None, GREEN), (0.001, AMBER), (0.01, RED)))
    board.stat("Stale", "Share of the answers that are expired: an outage is being bridged.",
               share(rate("holdfast_answers_total", 'source="stale"'), answers), "percentunit",
               ((None, GREEN), (0.001, AMBER), (0.05, RED)))
    board.stat("Routes in panic", "Fewer usable upstreams than the floor.",
               f"sum({at('holdfast_route_panic')})", steps=((None, GREEN), (1, RED)))
    board.stat("Upstreams down", "Of all upstreams of all machines.",
               f"sum({at('holdfast_upstream_state', 'state=' + chr(34) + 'down' + chr(34))})",
               steps=((None, GREEN), (1, RED)))
    board.stat("Held", "Answers held against a provider; holdfastctl holds names them.",
               f"sum({at('holdfast_holds')})", steps=((None, GREEN), (1, AMBER)))
    board.stat("Cache hits", "Share of the queries that a fresh entry answers.",
               share(rate("holdfast_cache_hits_total"),
                     f"({rate('holdfast_cache_hits_total')} + {rate('holdfast_cache_misses_total')})"),
               "percentunit")
    board.stat("Certificates end in", "The first of all upstreams over TLS and HTTPS.",
               f"min({at('holdfast_upstream_certificate_expiry_timestamp_seconds')} > 0) - time()",
               "s", ((None, RED), (7 * 86400, AMBER), (14 * 86400, GREEN)))


def clients(board):
    board.row("Clients")
    board.lines("Answers by source", "Where answers come from.",
                [(rate("holdfast_answers_total", by="source"), "{{source}}")], "reqps",
                stacked=True, colours={"failure": RED, "stale": AMBER, "cache": GREEN,
                                       "fresh": BLUE})
    board.lines("Replies by rcode", "What clients are told.",
                [(rate("holdfast_responses_total", by="rcode"), "{{rcode}}")], "reqps")
    board.lines("Time of lookups", "Of those that sent something; hits take microseconds.",
                [(quantile(q, "holdfast_lookup_duration_seconds"), f"p{round(q * 100)}")
                 for q in (0.5, 0.95, 0.99)], "s")
    board.lines("Queries by transport", "Over UDP and over TCP.",
                [(rate("holdfast_queries_total", by="transport"), "{{transport}}")], "reqps")
    board.lines("Shed", "Thrown away, by reason: overload, or whom no rule lets in.",
                [(rate("holdfast_shed_total", by="reason"), "{{reason}}")], "reqps")
    board.lines("At work", "Lookups running, and the queries that wait for them.",
                [(f"sum({at('holdfast_lookups_in_flight')})", "lookups"),
                 (f"sum({at('holdfast_waiters')})", "waiting queries"),
                 (f"sum({at('holdfast_tcp_clients')})", "TCP clients")])


def failover(board):
    board.row("Failover")
    board.lines("Saved by failover", "Lookups answered by another upstream than the one first asked.",
                [(rate("holdfast_failovers_total"), "failovers"),
                 (rate("holdfast_panics_total"), "begun in panic")], "reqps",
                colours={"begun in panic": RED})
    board.lines("Exchanges by reason", "Why upstreams are asked; all but first is what failing costs.",
                [(rate("holdfast_exchanges_started_total", by="reason"), "{{reason}}")], "reqps")
    board.lines("Budgets spent", "Asked for and not sent, for the good of the providers.",
                [(rate("holdfast_retries_refused_total"), "retries"),
                 (rate("holdfast_hedges_refused_total"), "hedges"),
                 (rate("holdfast_upstream_throttled_total"), "packets"),
                 (rate("holdfast_refreshes_shed_total"), "refreshes")], "reqps")
    board.lines("Sudden absences", "Records that were suddenly gone, and what came of it.",
                [(rate("holdfast_turns_total", by="reason"), "{{reason}}"),
                 (rate("holdfast_answers_shrunk_total"), "shrunk")], "reqps")
    board.lines("Usable upstreams", "Of each route; at the floor, the next failure is an outage.",
                [(f"min by (route) ({at('holdfast_route_usable_upstreams')})", "{{route}}"),
                 (f"max({at('holdfast_route_min_usable')})", "highest floor")])
    board.lines("Changes of the network", "Times that health and connections began anew.",
                [(f"sum by (reason) (increase({at('holdfast_network_changes_total')}"
                  "[$__rate_interval]))", "{{reason}}")])


def upstreams(board):
    def state(word):
        return f"max by (instance, upstream) ({at('holdfast_upstream_state', f'state={chr(34)}{word}{chr(34)}')})"

    board.row("Upstreams")
    board.states("Health", "The state of each upstream, seen by each machine.",
                 f"{state('recovering')} + 2 * {state('suspect')} + 3 * {state('down')}",
                 "{{upstream}} on {{instance}}",
                 {0: ("up", GREEN), 1: ("recovering", BLUE), 2: ("suspect", AMBER),
                  3: ("down", RED)})
    board.lines("Share of queries", "Exchanges sent to each.",
                [(rate("holdfast_exchanges_started_total", by="upstream"), "{{upstream}}")],
                "reqps", stacked=True)
    board.lines("Round-trip time, p95", "Of answered exchanges.",
                [(quantile(0.95, "holdfast_exchange_rtt_seconds", "upstream"), "{{upstream}}")],
                "s")
    board.lines("Failed exchanges", "By upstream and how they ended.",
                [(rate("holdfast_exchanges_total", 'outcome!~"positive|nodata|nxdomain"',
                       "upstream, outcome"), "{{upstream}} {{outcome}}")], "reqps")
    board.lines("Good share", "Of the last fifty exchanges of each.",
                [(f"min by (upstream) ({at('holdfast_upstream_good_ratio')})", "{{upstream}}")],
                "percentunit")
    board.lines("Failed probes", "Health questions that were not answered.",
                [(rate("holdfast_probes_failed_total", by="upstream"), "{{upstream}}")], "reqps")
    board.lines("TLS handshakes", "Full ones cost a round trip more than resumed ones.",
                [(rate("holdfast_upstream_tls_handshakes_total", by="upstream, result"),
                  "{{upstream}} {{result}}")], "reqps")
    board.lines("Certificates", "Time left of the first certificate that ends.",
                [(f"min by (upstream) ({at('holdfast_upstream_certificate_expiry_timestamp_seconds')}"
                  " > 0) - time()", "{{upstream}}")], "s")


def chains(board):
    board.row("Chains")
    board.lines("Endpoints that are ready", "Of each upstream of class ens; below the quorum names fail.",
                [(f"min by (upstream) (sum by (instance, upstream) "
                  f"({at('holdfast_endpoint_state', 'state=' + chr(34) + 'ready' + chr(34))}))",
                  "{{upstream}}")])
    board.lines("Answers in place of the DNS", "From zones' copies on a chain: their own DNS fails.",
                [(rate("holdfast_chain_copies_total"), "answers")], "reqps",
                colours={"answers": AMBER})
    board.lines("Votes lost", "An endpoint said something else than the others: it lies, or is broken.",
                [(f"sum by (endpoint) (increase({at('holdfast_endpoint_minority_total')}"
                  "[$__rate_interval]))", "{{endpoint}}")])
    board.lines("Calls to endpoints", "By how they ended.",
                [(rate("holdfast_endpoint_requests_total", by="endpoint, outcome"),
                  "{{endpoint}} {{outcome}}")], "reqps")
    board.lines("Time to reply, p95", "Of the endpoints' replies.",
                [(quantile(0.95, "holdfast_endpoint_request_seconds", "endpoint"),
                  "{{endpoint}}")], "s")
    board.lines("Blocks behind", "Below the block that questions are asked at.",
                [(f"max by (endpoint) ({at('holdfast_endpoint_blocks_behind')})",
                  "{{endpoint}}")])


def memory(board):
    board.row("Memory")
    board.lines("Cache", "Bytes held, and the bound.",
                [(f"sum({at('holdfast_cache_bytes')})", "held"),
                 (f"sum({at('holdfast_cache_max_bytes')})", "bound")], "bytes")
    board.lines("Cache entries", "Stored and given up for room.",
                [(rate("holdfast_cache_inserts_total"), "stored"),
                 (rate("holdfast_cache_evictions_total"), "given up")], "reqps")
    board.lines("Prefetches", "Popular answers refreshed before they end.",
                [(rate("holdfast_prefetches_total", by="reason"), "{{reason}}")], "reqps")
    board.lines("Store", "Answers written, dropped, and read when nobody answered.",
                [(rate("holdfast_store_written_total"), "written"),
                 (rate("holdfast_store_dropped_total"), "dropped"),
                 (rate("holdfast_store_reads_total", by="result"), "read: {{result}}")], "reqps")
    board.lines("Store on disk", "Bytes, the write-ahead log included.",
                [(f"sum({at('holdfast_store_bytes')})", "bytes")], "bytes")
    board.lines("Fleet", "What is shared with the other machines, where there is a fleet.",
                [(rate("holdfast_fleet_published_total"), "published"),
                 (rate("holdfast_fleet_reads_total", by="result"), "read: {{result}}")], "reqps")


def service(board):
    board.row("The daemon")
    board.lines("Processor", "Seconds of it a second.",
                [(f"sum by (instance) (rate({at('process_cpu_seconds_total')}[$__rate_interval]))",
                  "{{instance}}")], "none")
    board.lines("Resident memory", "",
                [(f"max by (instance) ({at('process_resident_memory_bytes')})", "{{instance}}")],
                "bytes")
    board.lines("File descriptors", "Share of their limit.",
                [(f"max by (instance) ({at('process_open_fds')} / {at('process_max_fds')})",
                  "{{instance}}")], "percentunit")
    board.lines("Last ticks", "Age of the checker's and of the slowest worker's: above five seconds "
                "something is stuck.",
                [(f"max by (instance) ({at('holdfast_checker_last_tick_age_seconds')})",
                  "checker {{instance}}"),
                 (f"max by (instance) ({at('holdfast_worker_last_tick_age_seconds')})",
                  "worker {{instance}}")], "s")
    board.lines("Questions to itself", "What its own listeners answer, as a client would ask.",
                [(f"max by (instance) ({at('holdfast_self_query_last_seconds')})",
                  "{{instance}}")], "s")
    board.lines("A scrape", "What asking for these figures takes.",
                [(f"max by (instance) ({at('scrape_duration_seconds')})", "{{instance}}")], "s")


def variables():
    def query(name, label, text):
        return {"type": "query", "name": name, "label": label, "datasource": SOURCE,
                "query": {"query": text, "refId": f"variable-{name}"}, "refresh": 2, "sort": 1, "multi": True, "includeAll": True, "allValue": ".+",
                "current": {"selected": True, "text": ["All"], "value": ["$__all"]},
                "hide": 0, "options": [], "regex": "", "skipUrlSync": False}

    return [
        {"type": "datasource", "name": "datasource", "label": "Data source", "query": "prometheus",
         "refresh": 1, "multi": False, "includeAll": False, "hide": 0, "options": [],
         "regex": "", "skipUrlSync": False},
        query("job", "Job", "label_values(holdfast_build_info, job)"),
        query("instance", "Machine", 'label_values(holdfast_build_info{job=~"$job"}, instance)'),
    ]


def annotations():
    def mark(name, colour, expr, title):
        return {"name": name, "datasource": SOURCE, "enable": True, "hide": False,
                "iconColor": colour, "expr": expr, "titleFormat": title, "step": "60s",
                "useValueForTime": False}

    return [
        mark("Drills", BLUE, f"{at('holdfast_drill_active')} == 1", "A drill on {{instance}}"),
        mark("Reloads", GREY,
             f"changes({at('holdfast_config_last_reload_success_timestamp_seconds')}[1m]) > 0",
             "Configuration taken on {{instance}}"),
        mark("Restarts", AMBER, f"changes({at('process_start_time_seconds')}[1m]) > 0 "
             f"and on (job, instance) {at('holdfast_build_info')}", "Started on {{instance}}"),
    ]


def dashboard():
    board = Board()
    for part in (overview, clients, failover, upstreams, chains, memory, service):
        part(board)
    return {
        "uid": "holdfast", "title": "holdfast", "tags": ["dns", "holdfast"],
        "description": "A local resolver that fails over between providers. What each alert means "
                       "is in docs/OPERATIONS.md.",
        "schemaVersion": 39, "version": 1, "editable": True, "graphTooltip": 1,
        "timezone": "browser", "refresh": "30s", "time": {"from": "now-3h", "to": "now"},
        "templating": {"list": variables()}, "annotations": {"list": annotations()},
        "links": [], "panels": board.panels,
    }


def text():
    return json.dumps(dashboard(), indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    out = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).with_name("holdfast.json")
    out.write_text(text(), encoding="utf-8")
