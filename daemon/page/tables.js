// The tables of the page, each drawn whole from a status.

const FEW_ROUTES = 30; // shown before one asks for all
const FEW_RECORDS = 50;

let allRoutes = false;

const UPSTREAMS = [
  {label: "Upstream", className: "name"},
  {label: "State", className: "whole half"},
  {label: "Score", className: "whole half"},
  {label: "RTT", className: "whole half"},
  {label: "Share", className: "whole half"},
  {label: "Last probe", className: "half"},
  {label: "Why", className: "half"},
];

function upstreamRow(upstream, share) {
  const forced =
    upstream.forced === "auto"
      ? ""
      : ", forced" + (upstream.forced_for === null ? "" : " " + age(upstream.forced_for) + " more");
  const tone = TONES[upstream.state] || "warn";
  const probe = upstream.last_probe;
  const {measured, smoothed, p95, p99} = upstream.rtt;
  return {
    key: "upstream " + upstream.name,
    className: tone === "good" ? "" : tone,
    cells: [
      {text: upstream.name, sub: [upstream.transport, upstream.address].filter(Boolean).join(" ")},
      {
        text: SIGNS[upstream.state] + " " + upstream.state,
        sub: upstream.since === null ? forced.slice(2) : "for " + age(upstream.since) + forced,
        className: tone,
      },
      {
        text: upstream.samples > 0 ? percent(upstream.good_ratio) + " good" : "–",
        sub: upstream.rank,
      },
      measured ? {text: rtt(smoothed), sub: "p95 " + rtt(p95) + ", p99 " + rtt(p99)} : "–",
      share === null ? "–" : {text: percent(share), bar: share},
      probe === null
        ? "–"
        : {
            text: probe.outcome,
            sub: age(probe.age) + " ago",
            className: probe.success ? "" : "bad",
          },
      {text: upstream.cause, sub: upstream.fault || ""},
    ],
  };
}

function drawUpstreams(status) {
  const shares = sharesNow(status);
  const providers = providersOf(status);
  const rows = [];
  for (const [provider, upstreams] of providers) {
    const usable = upstreams.filter((upstream) => upstream.usable).length;
    const sum = upstreams.reduce((sum, upstream) => sum + (shares.of(upstream.name) || 0), 0);
    const words =
      usable === 0 ? SIGNS.down + " lost" : usable + " of " + upstreams.length + " usable";
    rows.push({
      key: "provider " + provider,
      className: "group" + (usable === 0 ? " bad" : ""),
      cells: [
        {
          text: provider,
          sub: upstreams[0].class + ", " + words + ", " + percent(sum) + " of queries",
        },
      ],
    });
    for (const upstream of upstreams) rows.push(upstreamRow(upstream, shares.of(upstream.name)));
  }
  fillTable(byId("upstreams"), UPSTREAMS, rows, "none");
  setText(
    byId("upstreams-note"),
    plural(providers.size, "provider") +
      ", " +
      plural(status.upstreams.length, "upstream") +
      "; shares " +
      (shares.recent ? "of the last two minutes" : "since the start"),
  );
}

const ROUTES = [
  {label: "Zone", className: "name"},
  {label: "Usable", className: "whole half"},
  {label: "Tiers", className: "half"},
  {label: "Visibility", className: "half"},
  {label: "Policy", className: "half"},
];

function drawRoutes(status) {
  const states = new Map(status.upstreams.map((upstream) => [upstream.name, upstream.state]));
  const named = (name) =>
    states.get(name) === "up" ? name : SIGNS[states.get(name) || "suspect"] + " " + name;
  const own = status.routes.filter((route) => !route.builtin).sort((a, b) => b.panic - a.panic);
  const shown = allRoutes ? own : own.slice(0, FEW_ROUTES);
  const rows = shown.map((route) => ({
    key: route.zone,
    className: route.panic ? "bad" : "",
    cells: [
      route.zone,
      route.panic
        ? {
            text: SIGNS.down + " " + route.usable + ", panic: below " + route.min_usable,
            className: "bad",
          }
        : count(route.usable),
      route.tiers.map((tier) => tier.map(named).join(", ")).join("  ›  ") || "answered here",
      route.visibility,
      route.policy,
    ],
  }));
  fillTable(byId("routes"), ROUTES, rows, "none");
  const builtin = status.routes.length - own.length;
  setText(
    byId("routes-note"),
    plural(own.length, "route") +
      (builtin ? ", and " + plural(builtin, "built-in private zone") : ""),
  );
  const more = byId("routes-more");
  more.hidden = own.length <= FEW_ROUTES;
  setText(more, allRoutes ? "Show fewer" : "Show all " + count(own.length));
}

const TIMELINE = [
  {label: "When", className: "whole half"},
  {label: "What", className: "whole half"},
  {label: "Whom", className: "full"},
  {label: "Why", className: "full"},
  {label: "Evidence", className: "full"},
];
const KINDS = {
  failover: "warn",
  failback: "good",
  panic: "bad",
  hold: "warn",
  store: "warn",
  resolv_conf: "warn",
};

/** The records of the timeline; of a daemon that keeps none, the changes of health. */
function recordsOf(status) {
  if (status.timeline) return status.timeline.records;
  return status.transitions.map((change, i) => ({
    seq: change.at + " " + change.upstream + " " + change.to + " " + i,
    at: change.at,
    kind: "state",
    subject: change.upstream,
    cause: change.from + " -> " + change.to + ": " + change.cause,
  }));
}

/** What is coloured is said in words, too: the kind is one, and a state is in the cause. */
function toneOf(record) {
  const entered = record.kind === "state" && /-> (\w+)/.exec(words(record.cause));
  return (entered && TONES[entered[1]]) || KINDS[record.kind] || "";
}

/** Anything as text: evidence may be a text, a list or an object. */
function words(value) {
  if (value === null || value === undefined) return "";
  if (Array.isArray(value)) return value.map(words).join(", ");
  if (typeof value === "object")
    return Object.entries(value)
      .map(([name, inner]) => name + " " + words(inner))
      .join(", ");
  return String(value);
}

function drawTimeline(status) {
  const now = moment(status.at);
  const records = recordsOf(status).slice(0, FEW_RECORDS);
  const rows = records.map((record) => ({
    key: record.seq,
    cells: [
      {text: age((now - moment(record.at)) / 1000) + " ago", sub: words(record.at)},
      {
        text: words(record.kind).replace("_", "."),
        className: toneOf(record),
      },
      words(record.subject),
      words(record.cause),
      words(record.evidence),
    ],
  }));
  fillTable(byId("timeline"), TIMELINE, rows, "none");
  const dropped = status.timeline && status.timeline.dropped;
  setText(byId("timeline-note"), dropped ? plural(dropped, "older record") + " dropped" : "");
}

const DRILLS = [
  {label: "Drill", className: "name"},
  {label: "Of", className: "full"},
  {label: "Ends", className: "whole half"},
  {label: "Queries", className: "whole half"},
];

function drawDrills(status) {
  const now = moment(status.at);
  const drills = status.drills || [];
  const rows = drills.map((drill) => ({
    key: drill.id,
    className: "warn",
    cells: [
      {text: String(drill.id), sub: drillText(drill)},
      {
        text: drill.route ? "route " + drill.route : "every public route",
        sub: "since " + age((now - moment(drill.started)) / 1000),
      },
      "in " + age((moment(drill.ends) - now) / 1000),
      {text: count(drill.queries || 0), sub: count(drill.spoiled || 0) + " spoiled"},
    ],
  }));
  fillTable(byId("drills"), DRILLS, rows, "none");
}

function memoryOf(status) {
  const {store, fleet, takeover, holds} = status;
  const rows = [
    {
      key: "Held",
      value: holds === 0 ? "none" : plural(holds, "answer") + "; holdfastctl holds names them",
      tone: holds ? "warn" : "",
    },
  ];
  rows.push(
    store
      ? {
          key: "Store",
          value:
            plural(store.rows, "answer") +
            ", " +
            bytes(store.bytes) +
            " of " +
            bytes(store.max_bytes) +
            " at " +
            store.path +
            (store.loading ? ", loading" : store.up ? "" : ", not written"),
          tone: store.up || store.loading ? "" : "bad",
        }
      : {key: "Store", value: "none: memory only"},
  );
  rows.push(
    fleet
      ? {
          key: "Fleet",
          value:
            fleet.server +
            (fleet.up ? ", connected for " : ", not connected for ") +
            age(fleet.since) +
            (fleet.fault ? ": " + fleet.fault : "") +
            "; " +
            count(fleet.hits) +
            " of " +
            count(fleet.reads) +
            " reads found",
          tone: fleet.up ? "" : "bad",
        }
      : {key: "Fleet", value: "none"},
  );
  rows.push({
    key: "Takeover",
    value: !takeover
      ? "none: this host may ask others"
      : takeover.drift.length
        ? takeover.drift.join("; ")
        : "this host's names are resolved here",
    tone: takeover && takeover.drift.length ? "bad" : "",
  });
  return rows;
}

function drawMemory(status) {
  const rows = memoryOf(status).flatMap((row) => [
    {key: "name " + row.key, tag: "dt", text: row.key, tone: ""},
    {key: "value " + row.key, tag: "dd", text: row.value, tone: row.tone || ""},
  ]);
  sync(
    byId("memory"),
    rows,
    (row) => make(row.tag),
    (element, row) => {
      setText(element, row.text);
      setClass(element, row.tone);
    },
  );
}
