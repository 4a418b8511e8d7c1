// What changes from one status to the next: rates, shares, and the figures at the top.

const SAMPLES = 60; // kept: two minutes of them
const PACE = 5; // answers back from which rates are counted: ten seconds

const samples = [];

function isNewProcess(status) {
  const last = samples[samples.length - 1];
  return last && status.uptime < last.uptime;
}

function remember(status) {
  if (isNewProcess(status)) samples.length = 0;
  const exchanges = new Map(
    status.upstreams.map((upstream) => [upstream.name, upstream.exchanges]),
  );
  const last = samples[samples.length - 1];
  const {queries, failures, shed, failovers} = status.traffic;
  const {hits, misses} = status.cache;
  const sample = {
    uptime: status.uptime,
    queries,
    failures,
    shed,
    failovers,
    hits,
    misses,
    exchanges,
    perSecond: null,
  };
  if (last && sample.uptime > last.uptime)
    sample.perSecond = (queries - last.queries) / (sample.uptime - last.uptime);
  samples.push(sample);
  if (samples.length > SAMPLES) samples.shift();
}

/** What happened in a second, over the last ten of them; null before there are two answers. */
function paceNow() {
  const now = samples[samples.length - 1];
  const then = samples[Math.max(0, samples.length - 1 - PACE)];
  const seconds = now.uptime - then.uptime;
  if (!(seconds > 0)) return null;
  const each = (name) => (now[name] - then[name]) / seconds;
  const asked = now.hits - then.hits + now.misses - then.misses;
  return {
    queries: each("queries"),
    failures: each("failures"),
    shed: each("shed"),
    failovers: each("failovers"),
    hits: asked > 0 ? (now.hits - then.hits) / asked : null,
  };
}

/** Each upstream's share of the questions sent, of late or, if there were none, since the start. */
function sharesNow(status) {
  const now = samples[samples.length - 1].exchanges;
  const then = samples[0].exchanges;
  const share = (from) => {
    const sent = new Map(
      status.upstreams.map(({name}) => [name, Math.max(0, now.get(name) - (from.get(name) || 0))]),
    );
    return {sent, sum: [...sent.values()].reduce((a, b) => a + b, 0)};
  };
  const late = share(then);
  const chosen = late.sum > 0 ? late : share(new Map());
  return {
    recent: late.sum > 0,
    of: (name) => (chosen.sum > 0 ? chosen.sent.get(name) / chosen.sum : null),
  };
}

const SVG = "http://www.w3.org/2000/svg";

/** The queries of the last two minutes as a line. */
function drawLine(figure) {
  let path = figure.querySelector("path");
  if (!path) {
    const svg = document.createElementNS(SVG, "svg");
    svg.setAttribute("preserveAspectRatio", "none");
    svg.setAttribute("aria-hidden", "true");
    path = svg.appendChild(document.createElementNS(SVG, "path"));
    figure.append(svg);
  }
  const rates = samples.map((sample) => sample.perSecond).filter((perSecond) => perSecond !== null);
  const most = Math.max(1e-9, ...rates);
  const points = rates.map((perSecond, i) => i + " " + (19 - (18 * perSecond) / most).toFixed(2));
  path.parentNode.setAttribute("viewBox", "0 0 " + Math.max(1, rates.length - 1) + " 20");
  path.setAttribute("d", points.length > 1 ? "M" + points.join("L") : "");
}

function drawFigures(status, pace) {
  const {traffic, cache} = status;
  const now = (name) => rate(pace && pace[name]);
  const figures = [
    {key: "Queries a second", value: now("queries"), more: "", line: true},
    {
      key: "Failed a second",
      value: now("failures"),
      more: count(traffic.failures) + " of " + count(traffic.queries) + " since the start",
      tone: pace && pace.failures > 0 ? "bad" : "",
    },
    {
      key: "Failovers a second",
      value: now("failovers"),
      more: count(traffic.failovers) + " since the start",
    },
    {
      key: "Cache hits",
      value: pace && pace.hits !== null ? percent(pace.hits) : percent(cache.hit_ratio),
      more: percent(cache.hit_ratio) + " since the start",
    },
    {
      key: "Cache",
      value: count(cache.entries),
      more: bytes(cache.bytes) + " of " + bytes(cache.max_bytes),
      bar: cache.max_bytes ? cache.bytes / cache.max_bytes : 0,
    },
    {
      key: "Lookups in flight",
      value: count(traffic.lookups_in_flight),
      more: count(traffic.shed) + " shed since the start",
    },
  ];
  const create = (item) => {
    const figure = make("div", "figure");
    figure.append(make("div", "name", item.key), make("div", "value"), make("div", "more"));
    return figure;
  };
  sync(byId("figures"), figures, create, (figure, item) => {
    setText(figure.children[1], item.value);
    setClass(figure.children[1], "value" + (item.tone ? " main " + item.tone : ""));
    setText(figure.children[2], item.more);
    if (item.line) drawLine(figure);
    if (item.bar === undefined) return;
    const bar = part(figure, "bar", true);
    if (!bar.firstChild) bar.append(make("span"));
    bar.firstChild.style.width = (Math.min(1, item.bar) * 100).toFixed(1) + "%";
  });
}
