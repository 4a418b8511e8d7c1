// The page: asks the daemon for its status every two seconds while it is in sight, and draws it.

const PERIOD = 2000; // ms between an answer and the next question
const PATIENCE = 5000; // ms for an answer

let latest = null;

function drawHead(status) {
  setText(byId("version"), status.version);
  const word = status.stopping ? "stopping" : status.ready ? "ready" : "starting";
  setText(
    byId("process"),
    word +
      ", running for " +
      age(status.uptime) +
      ", configuration " +
      status.config.generation +
      " taken " +
      age(status.config.age) +
      " ago, " +
      plural(status.workers, "worker"),
  );
  setText(
    byId("listening"),
    "Listening on " + status.listeners.join(", ") + ". Configuration " + status.config.file + ".",
  );
}

function drawProblems(status, pace) {
  const problems = problemsOf(status, pace);
  const worst = problems.length ? problems[0].tone : "good";
  const usable = status.upstreams.filter((upstream) => upstream.usable).length;
  const counted = usable + " of " + plural(status.upstreams.length, "upstream") + " usable";
  const amount = problems.filter((problem) => problem.tone === worst).length;
  const words = {
    bad: plural(amount, "thing") + " wrong",
    warn: plural(amount, "thing") + " to look at",
    note: "Names resolve; " + plural(amount, "thing") + " to know",
    good: "All is well",
  };
  setText(byId("verdict"), SIGNS[worst] + " " + words[worst] + " · " + counted);
  setClass(byId("verdict"), "verdict " + (worst === "note" ? "good" : worst));
  document.title =
    (worst === "bad" || worst === "warn" ? SIGNS[worst] + " " + words[worst] + " – " : "") +
    "holdfast";
  const create = () => {
    const item = make("li");
    item.append(make("span", "sign"), make("b", "what"), make("span", "todo"));
    item.firstChild.setAttribute("aria-hidden", "true");
    return item;
  };
  sync(byId("problems"), problems, create, (item, problem) => {
    setClass(item, problem.tone);
    setText(item.children[0], SIGNS[problem.tone]);
    setText(item.children[1], problem.what);
    setText(item.children[2], problem.todo);
  });
}

function draw(status) {
  const pace = paceNow();
  drawHead(status);
  drawProblems(status, pace);
  drawFigures(status, pace);
  drawUpstreams(status);
  drawRoutes(status);
  drawTimeline(status);
  drawDrills(status);
  drawMemory(status);
}

/** What is shown is old, and looks it; the last verdict may be wrong by now. */
function late(why) {
  const told = SIGNS.bad + " " + why;
  document.body.classList.add("late");
  setText(byId("verdict"), told);
  setClass(byId("verdict"), "verdict bad");
  setClass(byId("pulse"), "late");
  setText(byId("pulse"), latest ? "as of " + latest.at : "no answer yet");
  document.title = told + " – holdfast";
}

async function ask() {
  const response = await fetch("api/v1/status", {
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
  });
  if (!response.ok) throw new Error("the daemon says " + response.status);
  return response.json();
}

async function refresh() {
  let status;
  try {
    status = await ask();
  } catch (error) {
    const silent = error.name === "TypeError" || error.name === "TimeoutError";
    return late("The daemon does not answer" + (silent ? "" : ": " + error.message));
  }
  try {
    remember(status);
    latest = status;
    draw(status);
  } catch (error) {
    return late("This page does not understand the daemon: " + error.message);
  }
  document.body.classList.remove("late");
  setClass(byId("pulse"), "dim");
  setText(byId("pulse"), "as of " + status.at);
}

async function keepFresh() {
  for (;;) {
    if (!document.hidden) await refresh();
    await new Promise((resolve) => setTimeout(resolve, samples.length === 1 ? PERIOD / 4 : PERIOD));
  }
}

byId("routes-more").addEventListener("click", () => {
  allRoutes = !allRoutes;
  if (latest) drawRoutes(latest);
});
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) refresh();
});
keepFresh();
