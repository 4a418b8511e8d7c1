// What is wrong, the worst first: from a status, and from how it changes.

const WORST = {bad: 0, warn: 1, note: 2};
const NAMED = 4; // of many alike; how many more there are is told

/** "a, b, c and 5 more" */
function some(names) {
  if (names.length <= NAMED) return names.join(", ");
  return names.slice(0, NAMED).join(", ") + " and " + (names.length - NAMED) + " more";
}

function problemsOfRoutes(status, add) {
  const panic = status.routes.filter((route) => route.panic && !route.builtin);
  if (panic.length === 0) return;
  add(
    "bad",
    "panic",
    plural(panic.length, "route") + " in panic: " + some(panic.map((route) => route.zone)),
    "Fewer upstreams are usable than min_usable; what is held is answered at once. Why is below, at the upstreams.",
  );
}

/** "down for 8s: silent" */
function stateText(upstream) {
  const since = upstream.since === null ? "" : " for " + age(upstream.since);
  return upstream.state + since + ": " + (upstream.fault || upstream.cause);
}

function problemsOfUpstream(upstream, add) {
  const name = upstream.name;
  const told = (tone, what, todo) => add(tone, upstream.state + " " + name, what, todo);
  if (upstream.forced !== "auto") {
    const left = upstream.forced_for === null ? "" : ", " + age(upstream.forced_for) + " left";
    told(
      "note",
      "Upstream " + name + " is " + upstream.forced + " by the operator" + left,
      "holdfastctl force-auto " + name + " undoes it",
    );
  } else if (upstream.state === "down") {
    told("bad", "Upstream " + name + " is " + stateText(upstream), "Others are asked instead.");
  } else if (upstream.state === "suspect") {
    told("warn", "Upstream " + name + " is " + stateText(upstream), "Others are asked first.");
  } else if (upstream.state === "recovering") {
    const share = percent(upstream.share);
    told("note", "Upstream " + name + " is recovering: it takes " + share + " of its load", "");
  } else if (upstream.fault) {
    told("warn", "Upstream " + name + " fails: " + upstream.fault, "");
  }
}

/** A provider none of whose upstreams is usable is one problem, not several. */
function problemsOfProviders(status, add) {
  const providers = providersOf(status);
  const lost = [...providers].filter(([, upstreams]) => !upstreams.some((one) => one.usable));
  const all = lost.length === providers.size;
  for (const [provider, upstreams] of lost) {
    const states = upstreams.map((upstream) => upstream.name + " is " + stateText(upstream));
    add(
      "bad",
      "lost " + provider,
      "Provider " + provider + " is lost; " + some(states),
      all ? "No provider is left: only what is held is answered." : "Others are asked instead.",
    );
  }
  const names = new Set(lost.map(([provider]) => provider));
  for (const upstream of status.upstreams) {
    if (!names.has(upstream.provider) || upstream.forced !== "auto")
      problemsOfUpstream(upstream, add);
  }
}

function problemsOfMemory(status, add) {
  if (status.holds > 0) {
    add(
      "warn",
      "holds",
      plural(status.holds, "answer") + " held against what a provider says",
      "holdfastctl holds names them; holdfastctl release NAME gives in",
    );
  }
  const store = status.store;
  if (store && !store.up && !store.loading)
    add(
      "warn",
      "store",
      "The store is not written",
      "A restart would forget what was learnt since; the log says why.",
    );
  if (store && store.set_aside > 0)
    add(
      "warn",
      "aside",
      plural(store.set_aside, "damaged file") + " of the store set aside",
      "A disk that changes files should be looked at.",
    );
  if (status.fleet && !status.fleet.up) {
    add(
      "warn",
      "fleet",
      "The fleet's memory is not connected: " + (status.fleet.fault || "no answer yet"),
      "",
    );
  }
  if (status.takeover && status.takeover.drift.length > 0) {
    add(
      "bad",
      "drift",
      "Somebody rewrote this host's name resolution: " + some(status.takeover.drift),
      "Programs may ask somebody else; holdfastctl takeover writes it again",
    );
  }
}

/** `pace`: what happens in a second, null while that is not known. Problems {key, tone, what, todo}. */
function problemsOf(status, pace) {
  const found = [];
  const add = (tone, key, what, todo) => found.push({tone, key, what, todo});
  if (status.stopping) add("warn", "stopping", "The daemon is stopping", "");
  else if (!status.ready) add("warn", "starting", "The daemon is starting", "");
  if (pace && pace.failures > 0) {
    add(
      "bad",
      "failures",
      rate(pace.failures) + " queries a second are answered SERVFAIL",
      "holdfastctl why NAME tells who said what",
    );
  }
  if (pace && pace.shed > 0)
    add(
      "warn",
      "shed",
      rate(pace.shed) + " queries or connections a second are shed",
      "holdfast_shed_total in the metrics says why",
    );
  problemsOfRoutes(status, add);
  problemsOfProviders(status, add);
  problemsOfMemory(status, add);
  if (status.config.last_reload_error) {
    add(
      "warn",
      "reload",
      "The last reload was refused: " + status.config.last_reload_error,
      "The configuration before it is in force.",
    );
  }
  for (const drill of status.drills || []) {
    add(
      "note",
      "drill " + drill.id,
      "A drill is running: " + drillText(drill),
      "holdfastctl drill stop ends it",
    );
  }
  return found.sort((a, b) => WORST[a.tone] - WORST[b.tone]);
}

function drillText(drill) {
  const share = drill.percent < 100 ? ", " + drill.percent + " %" : "";
  return [drill.pack, drill.provider, drill.mode].filter(Boolean).join(" ") + share;
}
