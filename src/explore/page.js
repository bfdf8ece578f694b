"use strict";
const $ = (id) => document.getElementById(id);
const element = (name, properties = {}, ...children) => {
  const made = Object.assign(document.createElement(name), properties);
  made.append(...children);
  return made;
};
const page = JSON.parse($("data").textContent);
const { base } = page;
/** Keys that are shown at first where the experiment says nothing of what may change. */
const FIRST = 4;
const knobs = new Map(page.knobs.map((knob) => [knob.path, knob]));
const swept = page.knobs.filter((knob) => knob.reason === "swept").map((knob) => knob.path);
/** The keys that are shown at first. Where nothing is said of what may change: what the experiment gives, as sliders. */
const first = (() => {
  const asked = page.knobs.filter(({ reason }) => ["swept", "goal", "tuned", "uncertain"].includes(reason));
  // A key without a table is about the runs, as horizon is.
  const sliders = page.knobs.filter(({ control, path }) => control === "slider" && path.includes("."));
  const given = sliders.filter(({ reason }) => reason === "given").slice(0, FIRST);
  const rest = sliders.slice(0, FIRST);
  return (asked.length > 0 ? asked : given.length > 0 ? given : rest).map((knob) => knob.path);
})();
/** Figures of the page: at one point, and along a sweep. */
const FIGURES = [
  { name: "Late rate", kind: "rates", along: "sweep", measure: "late_rate", open: true },
  { name: "Stall rate", kind: "rates", along: "sweep", measure: "stall_rate", open: true },
  { name: "Handshake waits", kind: "waits", measure: "stall_rate", open: true },
  { name: "Differences to the baseline, late rate", kind: "differences", measure: "late_rate" },
  { name: "Causes of stalls", kind: "causes", measure: "stall_rate" },
  { name: "Staleness", kind: "freshness", measure: "stall_rate" },
  { name: "Stall rate over time", kind: "timeline", measure: "stall_rate" },
];
/** A run that takes longer than this is not waited for when a setting changes, ms. */
const PATIENCE = 120;
/** Letters of a name in a narrow place. */
const NAMED = 28;
/** Letters of an address in a message. */
const SHOWN = 80;
const SEEDS = "a whole number from 0 to 9223372036854775807";
const isSeed = (text) => /^\d{1,20}$/.test(text) && BigInt(text) < 2n ** 63n;
const COUNTS = "a whole number from 1 to 1000";
const isCount = (text) => /^\d{1,4}$/.test(text) && Number(text) >= 1 && Number(text) <= 1000;
const POINTS = "the number of a point, from 0";
const isPoint = (text) => /^\d{1,6}$/.test(text);
/** Places of a slider. */
const STEPS = 1000;
const ZERO = 30;

// The setting: what the sliders, the address and the command say.
const fresh = () => ({
  set: {},
  keys: [...first],
  off: base.strategies.length > 0 ? page.strategies.filter((name) => !base.strategies.includes(name)) : [],
  // Text: a seed has 63 bits, a number of a script 53.
  seed: base.seed ?? page.seed,
  replications: page.replications,
  along: [],
  /** The point that is looked at; null: in the middle of a sweep, as the swept keys are at first. */
  point: null,
});
let setting = fresh();
let pinned = null;
const past = [];
const future = [];

function written(of) {
  const words = new URLSearchParams();
  for (const [path, value] of Object.entries(of.set)) words.append("s", `${path}=${value}`);
  for (const path of of.keys.filter((path) => !fresh().keys.includes(path))) words.append("k", path);
  for (const name of of.off) words.append("off", name);
  for (const path of of.along) words.append("along", path);
  if (of.seed !== fresh().seed) words.set("seed", of.seed);
  if (of.replications !== page.replications) words.set("n", of.replications);
  if (of.point !== null) words.set("point", of.point);
  // At the end, so that a cut address has none.
  if (words.toString() !== "") words.set("of", page.id);
  return words.toString();
}
/** The setting that an address gives, and each part of the address that gives none, with the reason. */
function parsed(text) {
  const all = fresh();
  const ignored = [];
  const leave = (what, why) => void ignored.push(`${what.length > SHOWN ? `${what.slice(0, SHOWN)}…` : what}: ${why}`);
  const add = (list, one, from) => {
    if (!from.includes(one)) return false;
    if (!list.includes(one)) list.push(one);
    return true;
  };
  const words = [...new URLSearchParams(text)];
  let off = null;
  for (const [at, [word, given]] of words.entries()) {
    const what = `${word}=${given}`;
    if (["seed", "n", "point"].includes(word) && words.findIndex(([other]) => other === word) < at) {
      leave(what, `the address has ${word} twice, the first is kept`);
      continue;
    }
    switch (word) {
      case "s": {
        const [path, rest] = [given.split("=")[0], given.slice(given.indexOf("=") + 1).trim()];
        if (!knobs.has(path)) leave(given, "this page has no such key");
        else if (!given.includes("=") || rest === "") leave(given, "the value is missing");
        else if (path in all.set) leave(given, `the address has ${path} twice, the first is kept`);
        else all.set[path] = rest;
        break;
      }
      case "k":
        if (!add(all.keys, given, [...knobs.keys()])) leave(what, "this page has no such key");
        break;
      case "off":
        if (!add((off ??= []), given, page.strategies)) leave(what, `this page has no such strategy; accepted: ${page.strategies.join(", ")}`);
        break;
      case "along":
        if (!add(all.along, given, swept)) leave(what, `the experiment does not sweep it; accepted: ${swept.join(", ") || "nothing"}`);
        break;
      case "seed":
        if (isSeed(given)) all.seed = String(BigInt(given));
        else leave(what, `accepted: ${SEEDS}`);
        break;
      case "n":
        if (isCount(given)) all.replications = Number(given);
        else leave(what, `accepted: ${COUNTS}`);
        break;
      case "point":
        if (isPoint(given)) all.point = Number(given);
        else leave(what, `accepted: ${POINTS}`);
        break;
      case "of":
        if (given !== page.id) leave(what, `the address is of another experiment, this page has ${page.id}; what the address does not name has the values of this page`);
        break;
      default:
        leave(what, knobs.has(word) ? `accepted: s=${what}` : "addresses of this page have no such part");
    }
  }
  for (const path of Object.keys(all.set)) add(all.keys, path, [path]);
  if (off?.length === page.strategies.length) leave("off", "no strategy would be left");
  else if (off) all.off = off;
  if (words.length > 0 && !words.some(([word]) => word === "of")) ignored.push(`The address does not end with of=${page.id}, so it may be cut: its last value may be another.`);
  return { setting: all, ignored };
}
/** Takes the values out of a setting that the experiment refuses, and says why. */
async function allowed(all, ignored, mine) {
  // Where another setting is set meanwhile, nobody waits for the answer.
  const refusal = async (set) => (mine === turn ? refused({ ...all, set }) : "");
  if (Object.keys(all.set).length === 0 || !(await refusal(all.set))) return;
  const parts = Object.entries(all.set);
  if (mine === turn) say("Values of the address are refused. Each is tried alone …");
  const told = (path, given, why) => void ignored.push(why.startsWith("--set ") ? plain(why) : `${path}=${given}: ${plain(why)}`);
  // One bad part: all others may need each other.
  for (const [path, given] of parts) {
    const remaining = Object.fromEntries(parts.filter(([other]) => other !== path));
    if (await refusal(remaining)) continue;
    told(path, given, await refusal(all.set));
    all.set = remaining;
    return;
  }
  let set = {};
  let left = parts;
  let rest;
  // A part may be accepted only after another one.
  do {
    rest = [];
    for (const [path, given] of left) {
      const more = { ...set, [path]: given };
      const why = await refusal(more);
      if (why) rest.push([path, given, why]);
      else set = more;
    }
    if (rest.length === left.length) break;
    left = rest;
  } while (left.length > 0);
  for (const [path, given, why] of rest) told(path, given, why);
  all.set = set;
}

const value = (path, of = setting) => of.set[path] ?? knobs.get(path).value;
/** What is set: the command line's own, each swept key that stays at one value, and what was changed. */
function sets(of) {
  const single = swept.filter((path) => !of.along.includes(path));
  const changed = Object.keys(of.set).filter((path) => !swept.includes(path) && of.set[path] !== knobs.get(path).value);
  const own = base.set.filter((one) => !changed.includes(one.split("=")[0].trim()));
  return [...own, ...[...single, ...changed].map((path) => `${path}=${value(path, of)}`)];
}
const varied = (of) => base.vary.filter((one) => of.along.includes(one.split("=")[0].trim()));
function request(of = setting) {
  const on = page.strategies.filter((name) => !of.off.includes(name));
  return {
    op: "load",
    name: page.file,
    text: page.text,
    data: page.data,
    set: sets(of),
    vary: varied(of),
    strategies: on.length === page.strategies.length && base.strategies.length === 0 ? [] : on,
    seed: base.seed === null && of.seed === page.seed ? null : of.seed,
    replications: of.replications,
    rare: base.rare,
  };
}
const quoted = (text) => (/^[A-Za-z0-9/._\-=,:%]+$/.test(text) ? text : `'${text.replaceAll("'", "'\\''")}'`);
function options({ set, vary, seed, rare }) {
  const words = [...set.map((one) => `--set ${quoted(one)}`), ...vary.map((one) => `--vary ${quoted(one)}`)];
  if (seed !== null) words.push(`--seed ${seed}`);
  if (rare) words.push("--rare");
  return words;
}
/** What makes the same runs where the files are saved that the page holds. */
function command(of = request()) {
  const only = of.strategies.map((name) => `--strategy ${quoted(name)}`);
  return ["pushpull run", quoted(of.name), ...options(of), ...only, `--replications ${of.replications}`].join(" ");
}
/** The files that the experiment asks for: the name under which each is saved, and what puts it where the experiment looks. */
const files = [{ name: page.file, text: page.text, move: "" }];
for (const { name, text } of page.data) {
  const parts = name.split("/");
  // Browsers change other letters, hidden files, dots at the end, and names without an extension.
  const tame = parts.at(-1).replace(/[^\p{L}\p{N}._-]/gu, "_").replace(/^[-.]/, "_").replace(/\.+$/, "");
  const flat = tame.includes(".") ? tame : `${tame}.csv`;
  const saved = files.some((file) => file.name === flat) ? `${files.length}-${flat}` : flat;
  // A leading hyphen would be an option.
  const path = (given) => quoted(given.startsWith("-") ? `./${given}` : given);
  const folder = parts.length > 1 ? `mkdir -p ${path(parts.slice(0, -1).join("/") || "/")} && ` : "";
  const move = saved === name ? "" : `${folder}mv ${path(saved)} ${path(name)}`;
  files.push({ name: saved, text, move });
}

// Instances of the module, each in a worker.
class Helper {
  constructor() {
    this.ended = false;
    /** The time since when it is at results or a story; 0: it is not. */
    this.since = 0;
    /** How many of these it is asked for. */
    this.busy = 0;
    this.waiting = new Map();
    this.last = 0;
    /** The turn of the setting that it holds, and how many settings it is about to load. */
    this.holds = 0;
    this.loading = 0;
    const text = $("worker").textContent;
    const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
    this.worker = new Worker(url);
    URL.revokeObjectURL(url);
    this.worker.onmessage = ({ data }) => {
      const { go, stop } = this.waiting.get(data.id) ?? {};
      this.waiting.delete(data.id);
      if (data.panic !== undefined) stop?.(Object.assign(new Error(data.panic), { panic: true }));
      else if (data.refused !== undefined) stop?.(new Error(data.refused));
      else go?.(data.value);
    };
    this.worker.onerror = (event) => this.end(Object.assign(new Error(event.message || "the worker failed"), { panic: true }));
    this.worker.postMessage({ module: Helper.module });
  }
  send(message, transfer = []) {
    const id = ++this.last;
    return new Promise((go, stop) => {
      this.waiting.set(id, { go, stop });
      this.worker.postMessage({ id, ...message }, transfer);
    });
  }
  ask(request) {
    return this.send({ request });
  }
  end(why = new Error("ended")) {
    this.ended = true;
    this.worker.terminate();
    for (const { stop } of this.waiting.values()) stop(why);
    this.waiting.clear();
  }
}
let teller = null;
/** Says whether a setting is accepted. It has no runs that another setting would end. */
let judge = null;
/** Why the experiment refuses a setting; empty where it accepts. */
async function refused(of) {
  if (!judge || judge.ended) judge = new Helper();
  const asked = judge;
  try {
    await asked.ask(request(of));
    return "";
  } catch (error) {
    if (!error.panic) return error.message;
    asked.end();
    throw error;
  }
}
/** Each has a helper, and the time since when it is at a run. */
const runners = [];
let turn = 0;
/** The turn of the setting that is set. A turn may also end without another setting. */
let wanted = 0;
/** The results that are shown: the answer of the module, with the job, the point and the figures that were asked for. */
let view = null;
let began = 0;

/** Whether results can be asked for: the module has this setting. */
const held = (job) => teller.loading === 0 && teller.holds === job.mine;
/** Whether the results that are shown are of another setting than the one that is set. */
const stale = () => view !== null && view.job.mine !== wanted;
const pointOf = ({ points }) => setting.point ?? points.length >> 1;
/** Whether another point than the one that is shown was chosen. */
const elsewhere = () => view !== null && !stale() && pointOf(view.job.plan) !== view.point;
const whole = () => view !== null && !stale() && !elsewhere() && view.complete === view.job.plan.replications;

/** Whether something is at work for so long that another setting does not wait for its end. */
const late = ({ since }) => since > 0 && performance.now() - since > PATIENCE;
/** Asks for what may take long. */
async function timed(helper, request) {
  if (helper.busy === 0) helper.since = performance.now();
  helper.busy += 1;
  try {
    return await helper.ask(request);
  } finally {
    helper.busy -= 1;
    if (helper.busy === 0) helper.since = 0;
  }
}
function renew(runner) {
  runner.helper.end();
  runner.helper = new Helper();
  runner.since = 0;
}

/** The values that were accepted last. */
let acceptedSet = {};
/** By key: where its slider stops, `low` and `high`, as the experiment refuses what is beyond. It holds for one `rest`. */
const stops = new Map();
/** Where sliders went since a setting was accepted last: the place of each key. */
const slides = new Map();
/** A setting without a key. */
const others = (path, of) => written({ ...of, keys: fresh().keys, set: Object.fromEntries(Object.entries(of.set).filter(([other]) => other !== path)) });
/** What stops a slider on the way to a place: the last accepted place, its value, and why. */
function stopped(path, place, of = setting) {
  const found = stops.get(path);
  if (found?.rest !== others(path, of)) return null;
  if (place > found.high?.place) return found.high;
  return place < found.low?.place ? found.low : null;
}
/** Finds where a slider stops on the way to a place whose value is refused. Nothing stops it where all is refused. */
async function search(path, place, of, known) {
  const knob = knobs.get(path);
  const refusal = (text) => refused({ ...of, set: { ...of.set, [path]: text } });
  let text = of.set[path];
  let near = placed(knob, text);
  const side = place < near ? "low" : "high";
  let [far, why] = [place, await refusal(valued(knob, place))];
  if (!why || (await refusal(text))) return;
  while (Math.abs(far - near) > 1) {
    const middle = Math.round((near + far) / 2);
    const said = await refusal(valued(knob, middle));
    if (said) [far, why] = [middle, said];
    else [near, text] = [middle, valued(knob, middle)];
  }
  known[side] = { place: near, text, why: `It stops at ${text}. ${plain(why)}` };
}
/** Sets sliders that went too far to where they stop, one after the other; says whether anything stops one. */
async function halt(mine) {
  const before = written(setting);
  const given = setting.set;
  const all = { ...setting, set: { ...given } };
  for (const path of slides.keys()) all.set[path] = value(path, { set: acceptedSet });
  const ends = [];
  say(`This value is refused; the nearest that is accepted is looked for.${older()}`);
  for (const [path, place] of [...slides]) {
    const rest = others(path, all);
    if (stops.get(path)?.rest !== rest) stops.set(path, { rest });
    const known = stops.get(path);
    const of = { ...all, set: { ...all.set } };
    // An earlier place may be looked at, on the other side.
    await known.searching;
    if (mine !== turn) return false;
    if (!stopped(path, place, of)) await (known.searching = search(path, place, of, known).finally(() => delete known.searching));
    if (mine !== turn) return false;
    const stop = stopped(path, place, of);
    all.set[path] = stop?.text ?? given[path];
    if (stop) ends.push([path, stop]);
  }
  if (ends.length === 0) return false;
  setting.set = all.set;
  for (const [path, stop] of ends) $(`knob-${path}`)?.show(stop);
  // What was refused is no step of undo.
  if (kept === before) {
    kept = written(setting);
    if (past.at(-1) === kept) past.pop();
    marks();
  }
  start(began);
  return true;
}
/** A refusal without the place of the file. */
const plain = (why) => why.replace(/^--set |^\S+:\d+:\d+: /gm, "");
/** Makes the runs of the setting; what ran for an earlier one ends. `said` was wrong before; `slid`: a slider moved. */
async function start(moved = performance.now(), said = "", slid = false) {
  if (!slid) slides.clear();
  cancelAnimationFrame(soon);
  const mine = ++turn;
  wanted = mine;
  began = moved;
  status();
  if (view) say(`The setting is read.${older()}`);
  const load = request();
  $("words").textContent = [...files.map(({ move }) => move).filter(Boolean), command(load)].join("\n");
  history.replaceState(null, "", `#${written(setting)}`);
  $("save").disabled = true;
  delete document.body.dataset.done;
  delete document.body.dataset.first;
  for (const runner of runners) if (runner.helper.ended || late(runner)) renew(runner);
  if (teller.ended || late(teller)) {
    teller.end();
    teller = new Helper();
  }
  const asked = teller;
  const { set } = setting;
  let [plan, error] = [null, null];
  asked.loading += 1;
  try {
    plan = await asked.ask(load);
    asked.holds = mine;
  } catch (caught) {
    error = caught;
  }
  asked.loading -= 1;
  if (error && !error.panic && slid && mine === turn) {
    try {
      if (await halt(mine)) return;
    } catch (caught) {
      error = caught;
    }
  }
  if (mine !== turn) return;
  if (error) {
    if (error.panic) again(error, null, null);
    else trouble(plain(error.message));
    $("digest").textContent = "The command would be refused.";
    say(`This setting is not accepted.${older()}`);
    return;
  }
  acceptedSet = set;
  slides.clear();
  if (setting.point >= plan.points.length) {
    said ||= `There is no point ${setting.point} here, the last is ${plan.points.length - 1}.`;
    look(null);
  }
  trouble(said);
  $("digest").textContent = `This setting has the digest ${plan.digest.slice(0, 16)}, which manifest.json of its results has, too. The digits in the name ${page.file} are the first eight of the digest of the saved files. Version ${page.version}.`;
  const total = plan.replications * plan.points.length * plan.strategies.length;
  const job = { mine, load, plan, hash: written(setting), command: command(load), total, made: 0, complete: 0, drawn: 0, busy: false, once: false, tasks: tasks(plan) };
  progress(job);
  for (const runner of runners) carry(runner, job);
}
function* tasks({ replications, points, strategies }) {
  for (let replication = 0; replication < replications; replication++)
    for (let point = 0; point < points.length; point++)
      for (let strategy = 0; strategy < strategies.length; strategy++) yield { point, strategy, replication };
}
async function carry(runner, job) {
  let task = null;
  try {
    const { helper } = runner;
    await helper.ask(job.load);
    while (job.mine === turn && (task = job.tasks.next().value)) {
      runner.since = performance.now();
      const run = await helper.ask({ op: "run", budget: page.budget, ...task });
      runner.since = 0;
      if (job.mine !== turn) return;
      teller.send({ run }, [run]).then((told) => taken(job, told), (error) => failed(job, error, null));
    }
  } catch (error) {
    if (error.panic) renew(runner);
    runner.since = 0;
    failed(job, error, task);
  }
}
function failed(job, error, task) {
  if (job.mine !== turn) return;
  turn += 1;
  if (error.panic) again(error, job, task);
  else {
    const where = task && job.plan.points.length > 1 ? `Point ${task.point}: ` : "";
    const what = error.message.includes("the budget of this page")
      ? ". Shorten the runs, for instance with the key horizon, or write the page with a larger --budget."
      : "";
    trouble(`${where}${error.message}${what}`);
  }
  status();
  say(`The runs have stopped, ${job.drawn} of ${job.plan.replications} replications are shown.${older()}`);
}
/** A panic: says how to see it again, and replaces the instance. */
function again(error, job, task) {
  const load = job?.load ?? request();
  const words = ["pushpull trace", quoted(load.name), ...options(load), `--replications ${load.replications}`];
  if (task) {
    words.push(`--point ${task.point}`, `--strategy ${quoted(job.plan.strategies[task.strategy])}`, `--replication ${task.replication}`);
  }
  trouble(`The simulator failed: ${error.message}\nThe same on the command line:\n${words.join(" ")}`);
  if (!task) {
    teller.end();
    teller = new Helper();
  }
}
function taken(job, { complete, runs }) {
  if (job.mine !== turn) return;
  job.made = runs;
  job.complete = complete;
  progress(job);
  draw(job);
}
/** Shows what is complete, unless it is being shown; with `force` once more afterwards, as other figures are wanted. */
async function draw(job, force = false) {
  if (job.busy) job.once |= force;
  if (job.busy || !held(job) || job.complete === 0 || (job.complete <= job.drawn && !force)) return;
  job.busy = true;
  job.once = false;
  const now = turn;
  const from = performance.now();
  try {
    const point = pointOf(job.plan);
    const open = FIGURES.filter((figure) => figure.open);
    const many = job.plan.points.length > 1;
    const kind = (figure) => (many && figure.along) || figure.kind;
    const found = await timed(teller, { op: "view", figures: open.map((figure) => ({ kind: kind(figure), measure: figure.measure, point })) });
    if (now !== turn) return;
    view = { ...found, job, point, drawn: new Map(open.map((figure, at) => [figure, found.figures[at]])) };
    view.places = new Map(open.filter(({ along }) => many && !along).map((figure) => [figure, here().place]));
    job.drawn = found.complete;
    show();
    document.body.dataset.first ??= String(Math.round(performance.now() - began));
  } catch (error) {
    if (job.mine === turn) failed(job, error, null);
    else if (now === turn && error.panic) again(error, job, null);
    else if (now === turn) alarm(error.message);
    return;
  } finally {
    job.busy = false;
  }
  if (job.mine === turn) {
    if (whole()) {
      job.seconds ??= (performance.now() - began) / 1000;
      $("save").disabled = false;
      document.body.dataset.done = String(Math.round(job.seconds * 1000));
    }
    progress(job);
  }
  if (job.once) return draw(job, true);
  // Between two pictures there is time for runs.
  if (job.mine === turn && !whole()) setTimeout(() => job.mine === turn && draw(job), Math.max(100, 1.5 * (performance.now() - from)));
}

function progress(job) {
  $("progress").max = job.total;
  $("progress").value = job.made;
  const number = (count) => count.toLocaleString("en");
  const seen = view && job.drawn ? `, ${number(view.events)} events` : "";
  const time = job.seconds ? ` in ${job.seconds.toFixed(2)} s` : "";
  say(`${job.drawn} of ${job.plan.replications} replications shown, ${number(job.made)} of ${number(job.total)} runs made${seen}${time}.${older()}`);
}
const say = (text) => void ($("state").textContent = text);
const alarm = (text) => {
  $("alarm").textContent = text;
  status();
};
/** What is wrong with the setting or its runs; it stays until another setting is set. */
let wrong = "";
const trouble = (text) => alarm((wrong = text));
/** What of an address is not used. */
function notice(ignored) {
  $("notice").hidden = ignored.length === 0;
  $("ignored").replaceChildren(...ignored.map((one) => element("li", { textContent: one })));
}
$("dismiss").onclick = () => notice([]);
/** What the results below belong to, after a message. */
const older = () => (stale() ? " The results below are of an earlier setting." : "");
const narrow = matchMedia("(max-width: 900px)");
/** Whether the conclusion is in sight. */
let near = true;
/** What depends on whether the results are those of the setting. The bar has the first line of a message, else the answer. */
function status() {
  document.body.classList.toggle("older", stale() || elsewhere());
  $("pin").disabled = !whole();
  // Of results without their runs there is no other point.
  $("place").disabled = stale();
  if (stale()) $("place").value = view.point;
  const said = $("alarm").textContent.split("\n")[0];
  const answer = $("conclusion").querySelector("dd")?.textContent ?? "";
  $("brief").textContent = said || `${stale() ? "Of an earlier setting: " : ""}${answer}`;
  $("brief").classList.toggle("bad", said !== "");
  $("brief").hidden = near || !(narrow.matches || said);
}

// What is shown.
function show() {
  $("conclusion").replaceChildren(
    ...view.conclusion.flatMap(({ label, sentence }, index) => [
      element("dt", { textContent: label }),
      element("dd", { className: index === 0 ? "first" : "" }, ...sentence.map(({ text, name }) => (name ? element("b", { textContent: text }) : text))),
    ]),
  );
  $("warnings").replaceChildren(...[...view.job.plan.warnings, ...view.warnings].map((text) => element("li", { textContent: text })));
  places();
  table();
  figures();
  status();
}
const here = () => view.points[view.point];
function places() {
  const { plan } = view.job;
  const many = plan.points.length > 1;
  $("point").hidden = !many;
  const label = (values) => plan.keys.map((key, at) => `${key} = ${values[at]}`).join(", ");
  // Warnings name points by their number.
  $("place").replaceChildren(...plan.points.map((values, at) => element("option", { value: at, textContent: `${at}: ${label(values)}` })));
  // A point that was chosen while this one was drawn is drawn next.
  $("place").value = stale() ? view.point : pointOf(plan);
}
/** Chooses the point that is looked at. It is a part of the address and no step of undo. */
function look(point) {
  const same = kept === written(setting);
  setting.point = point;
  if (same) kept = written(setting);
  history.replaceState(null, "", `#${written(setting)}`);
}
function table() {
  const { measures, differences } = page.columns;
  // Each difference beside its rate.
  const compared = view.job.plan.strategies.length > 1 ? differences : [];
  const names = measures.flatMap((name) => (compared.includes(name) ? [name, `difference to ${brief(view.job.plan.baseline)}`] : [name]));
  const head = element("tr", {}, element("th", { scope: "col", textContent: "Strategy" }), ...names.map((name) => element("th", { scope: "col", textContent: name })));
  const before = (name) => pinned?.here.strategies.find((one) => one.name === name);
  const comparable = pinned?.baseline === view.job.plan.baseline;
  const cell = (now, then) => {
    const [mean, limits] = split(now?.text ?? "–");
    const made = element("td", {}, mean);
    if (limits) made.append(element("small", { textContent: limits }));
    if (now?.verdict) made.append(element("small", { textContent: now.verdict }));
    if (then) made.append(element("small", { className: "pin", textContent: `pinned: ${split(then.text)[0]}` }));
    return made;
  };
  const rows = here().strategies.map((one, index) => {
    const button = element("button", { type: "button", textContent: brief(one.name), title: `${one.name}: the story of its first stalled client` });
    button.onclick = () => story(index);
    const then = before(one.name);
    const cells = measures.flatMap((name, at) => {
      const cells = [cell(one.measures[at], then?.measures[at])];
      const difference = compared.indexOf(name);
      if (difference >= 0) cells.push(cell(one.differences[difference], one.differences[difference] && comparable && then?.differences[difference]));
      return cells;
    });
    return element("tr", {}, element("th", { scope: "row" }, button), ...cells);
  });
  const focus = document.activeElement?.closest("#table")?.querySelectorAll("button");
  const at = focus ? [...focus].indexOf(document.activeElement) : -1;
  $("table").replaceChildren(element("thead", {}, head), element("tbody", {}, ...rows));
  if (at >= 0) $("table").querySelectorAll("button")[at]?.focus();
}
/** A name with … for the middle of a long one. */
function brief(name) {
  const letters = [...name];
  const half = NAMED >> 1;
  return letters.length > NAMED ? `${letters.slice(0, half).join("")}…${letters.slice(-half).join("")}` : name;
}
/** A value, and its limits: `1.19 %` and `1.14 to 1.24`. */
function split(text) {
  const at = text.indexOf(" [");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 1)];
}
function figures() {
  for (const [index, figure] of FIGURES.entries()) {
    figure.body ??= frame(figure);
    if (!figure.open) continue;
    const found = view.drawn.get(figure);
    if (!found) {
      const why = held(view.job) ? "The figure is drawn …" : "The figure comes with the results of the next setting that is accepted.";
      figure.body.replaceChildren(element("p", { className: "faint", textContent: why }));
      continue;
    }
    const old = pinned?.figures[index];
    figure.body.replaceChildren(drawing(found, "", view.places.get(figure)), ...(old && !old.none ? [element("div", { className: "pinfigure" }, element("p", { className: "faint", textContent: "Pinned:" }), drawing(old, "pinned-", pinned.places[index]))] : []));
  }
}
function frame(figure) {
  const body = element("div");
  const made = element("details", { open: figure.open ?? false }, element("summary", { textContent: figure.name }), body);
  made.ontoggle = () => {
    if (made.open === (figure.open ?? false)) return;
    figure.open = made.open;
    figures();
    draw(view.job, true);
  };
  $("figures").append(made);
  return body;
}
/** A figure; `place` is the point that it is of, where there are several. */
function drawing(found, mark, place) {
  if (found.none) {
    const none = found.none.includes("[output]") ? "The experiment keeps no values over time. To have them, write the page again with --set output.bin=10s." : found.none;
    return element("p", { className: "faint", textContent: none });
  }
  // Ids of a page are unique: each begins with the figure's name.
  const svg = mark ? found.svg.replaceAll(`"${found.name}-`, `"${mark}${found.name}-`).replaceAll(` ${found.name}-`, ` ${mark}${found.name}-`).replaceAll(`#${found.name}-`, `#${mark}${found.name}-`) : found.svg;
  const plot = element("div", { className: "plot", tabIndex: 0, innerHTML: svg });
  plot.setAttribute("role", "region");
  plot.setAttribute("aria-label", mark ? `Pinned: ${found.title}` : found.title);
  return element("figure", {}, plot, element("figcaption", { textContent: `${place ? `At ${place}. ` : ""}${found.caption}` }));
}
/** Stories that were asked for. Each is told in the dialog that was opened for it. */
let stories = 0;
$("story").onclose = () => void (stories += 1);
async function story(strategy) {
  const { job, point } = view;
  const mine = ++stories;
  const name = job.plan.strategies[strategy];
  $("teller").textContent = `${name}: its first stalled client`;
  $("tale").textContent = "The run is replayed …";
  $("story").showModal();
  if (!held(job)) {
    $("tale").textContent = "The results below are of an earlier setting, whose runs are gone. A story comes with the results of a setting.";
    return;
  }
  try {
    const found = await timed(teller, { op: "story", point, strategy });
    if (mine === stories) $("tale").textContent = found.text ? `replication ${found.replication}\n${found.text}` : `${found.none[0].toUpperCase()}${found.none.slice(1)}.`;
  } catch (error) {
    if (mine === stories) $("story").close();
    if (!error.panic) return job.mine === turn ? alarm(error.message) : undefined;
    turn += 1;
    again(error, job, { point, strategy, replication: 0 });
    teller.end();
    teller = new Helper();
    start(performance.now(), $("alarm").textContent);
  }
}

// Where there is no room beside the results, the settings fold below the conclusion, and the command ends the page.
function place() {
  if (narrow.matches) {
    $("conclusion").after($("fold"));
    $("main").append($("command"));
  } else $("settings").append($("fold"), $("command"));
  $("settings").hidden = narrow.matches;
  $("fold").open = !narrow.matches;
}
narrow.onchange = () => {
  place();
  status();
};
place();
// A message stays in sight; on a narrow page the answer, too, while a slider below it is moved.
const seen = ([{ isIntersecting }]) => {
  near = isIntersecting;
  status();
};
new IntersectionObserver(seen, { rootMargin: "-80px 0px 0px 0px" }).observe($("conclusion"));

// Controls.
const text = (number, { unit, whole }) => {
  const rounded = whole ? Math.max(Math.round(number), 0) : Number(number.toPrecision(2));
  return unit === "ms" && rounded >= 1000 ? `${rounded / 1000}s` : `${rounded}${unit}`;
};
const UNITS = { ns: 1e-9, us: 1e-6, "µs": 1e-6, "μs": 1e-6, ms: 1e-3, s: 1, m: 60, min: 60, h: 3600, d: 86400 };
/** A number, its size in seconds, per second or 1, and which of these; NaN for other values. */
function size(text) {
  const share = /^([\d.]+(?:e[+-]?\d+)?)(%?)$/i.exec(text);
  if (share) return { size: Number(share[1]) / (share[2] ? 100 : 1), kind: "" };
  const rate = /^([\d.]+)\/([a-z]+)$/.exec(text);
  if (rate) return { size: Number(rate[1]) / UNITS[rate[2]], kind: "/s" };
  const parts = /^([\d.]+[a-zµμ]+)+$/.test(text) ? [...text.matchAll(/([\d.]+)([a-zµμ]+)/g)] : [];
  return { size: parts.length > 0 ? parts.reduce((sum, [, number, unit]) => sum + Number(number) * UNITS[unit], 0) : NaN, kind: "s" };
}
/** The number of a value in the unit of its slider; NaN for a value that is no such number. */
function measured(knob, text) {
  const [given, one] = [size(text.trim().replace(/^(["'])(.*)\1$/, "$2")), size(`1${knob.unit}`)];
  if (given.kind === one.kind) return given.size / one.size;
  return given.size === 0 ? 0 : NaN;
}
function placed(knob, shown) {
  const number = measured(knob, shown);
  if (!(number >= 0)) return STEPS / 2;
  const start = knob.zero && knob.log ? ZERO : 0;
  if (knob.zero && number === 0) return 0;
  const low = knob.zero && !knob.log ? 0 : knob.low;
  const share = knob.log ? Math.log(number / low) / Math.log(knob.high / low) : (number - low) / (knob.high - low);
  return start + Math.min(Math.max(share, 0), 1) * (STEPS - start);
}
function valued(knob, place) {
  const start = knob.zero && knob.log ? ZERO : 0;
  if (knob.zero && place < Math.max(start, 1)) return `0${knob.unit}`;
  const low = knob.zero && !knob.log ? 0 : knob.low;
  const share = (place - start) / (STEPS - start);
  return text(knob.log ? low * (knob.high / low) ** share : low + (knob.high - low) * share, knob);
}
const REASONS = { swept: "swept by the experiment", goal: "a goal", tuned: "tuned by the experiment", uncertain: "uncertain by the experiment", assumed: "assumed", given: "given by the experiment", default: "default" };
function control(path) {
  const knob = knobs.get(path);
  const id = `knob-${path}`;
  const made = element("div", { className: "knob" });
  made.title = knob.about;
  const about = element("details", {}, element("summary", { textContent: `about, ${REASONS[knob.reason]}` }), element("p", { textContent: knob.about }));
  const key = element("div", { className: "key", textContent: path });
  const label = element("label", { htmlFor: id, textContent: knob.title });
  const along = setting.along.includes(path);
  if (knob.control === "words") {
    const select = element("select", { id, disabled: along }, ...knob.words.map((word) => element("option", { value: word, textContent: word })));
    if (!knob.words.includes(value(path))) select.append(element("option", { value: value(path), textContent: value(path) }));
    select.value = value(path);
    select.onchange = () => change(path, select.value);
    made.append(element("div", { className: "top" }, label), key, select, about);
    return made;
  }
  const exact = element("input", { type: "text", value: value(path), spellcheck: false, disabled: along });
  exact.onchange = () => {
    if (why) why.textContent = "";
    if (exact.value.trim()) change(path, exact.value.trim());
    if (!slider) return;
    slider.value = placed(knob, exact.value);
    slider.setAttribute("aria-valuetext", exact.value);
  };
  let [slider, why] = [null, null];
  if (knob.control === "slider") {
    exact.setAttribute("aria-label", `${knob.title}, exact value`);
    why = element("p", { className: "stop", id: `stop-${path}` });
    why.setAttribute("role", "status");
    slider = element("input", { type: "range", id, min: 0, max: STEPS, step: 1, disabled: along });
    slider.value = placed(knob, value(path));
    slider.setAttribute("aria-valuetext", value(path));
    slider.setAttribute("aria-describedby", why.id);
    slider.show = (at) => {
      slider.value = at.place;
      why.textContent = at.why;
      exact.value = at.text;
      slider.setAttribute("aria-valuetext", at.text);
    };
    slider.oninput = () => {
      const place = Number(slider.value);
      const at = stopped(path, place) ?? { place, text: valued(knob, place), why: "" };
      slider.show(at);
      if (at.text !== value(path)) change(path, at.text, place);
    };
    slider.onchange = keep;
    // A value has two digits, so neighbouring places may have the same: a key goes on to the next value.
    slider.onkeydown = (event) => {
      const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
      if (!way || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      const from = measured(knob, exact.value);
      let place = Number(slider.value);
      do place += way;
      while (place > 0 && place < STEPS && (measured(knob, valued(knob, place)) - from) * way <= 0);
      if (place < 0 || place > STEPS) return;
      slider.value = place;
      slider.oninput();
      keep();
    };
    made.append(element("div", { className: "top" }, label, exact), key, slider, why, about);
  } else {
    exact.id = id;
    made.classList.add("wide");
    made.append(element("div", { className: "top" }, label), key, exact, about);
  }
  return made;
}
function check(id, words, checked, change) {
  const box = element("input", { type: "checkbox", id, checked });
  box.onchange = () => change(box.checked, box);
  return element("label", { className: "check" }, box, words);
}
/** A field for a whole number of the setting, which takes back what is not accepted. */
function number(words, key, accepts, accepted, read) {
  const id = `number-${key}`;
  const box = element("input", { type: "text", inputMode: "numeric", id, value: setting[key], autocomplete: "off" });
  box.onchange = () => {
    const given = box.value.trim();
    if (accepts(given)) commit({ [key]: read(given) });
    else alarm(`${words}${given && ` ${given}`}: accepted: ${accepted}. It stays at ${setting[key]}.`);
    box.value = setting[key];
  };
  return element("div", { className: "pair" }, element("label", { htmlFor: id, textContent: words }), box);
}
function controls() {
  const focus = document.activeElement?.id;
  $("knobs").replaceChildren(...setting.keys.map(control));
  const boxes = page.strategies.map((name) =>
    check(`strategy-${name}`, element("span", { textContent: brief(name), title: name }), !setting.off.includes(name), (checked, box) => {
      const off = checked ? setting.off.filter((other) => other !== name) : [...setting.off, name];
      if (off.length < page.strategies.length) return commit({ off });
      box.checked = true;
      alarm(`One strategy stays: ${name}.`);
    }),
  );
  $("strategies").replaceChildren(element("legend", { textContent: "Strategies" }), ...boxes);
  const sweeps = swept.map((path) =>
    check(`along-${path}`, `Along the sweep of ${path}`, setting.along.includes(path), (checked) => {
      const along = checked ? [...setting.along, path] : setting.along.filter((other) => other !== path);
      // Other points.
      commit({ along, point: null });
      controls();
    }),
  );
  $("runs").replaceChildren(
    element("legend", { textContent: "Runs" }),
    number("Replications", "replications", isCount, COUNTS, Number),
    number("Seed", "seed", isSeed, SEEDS, (given) => String(BigInt(given))),
    ...sweeps,
  );
  if (focus) $(focus)?.focus();
  marks();
  $("keys").replaceChildren(
    ...page.knobs.filter(({ path }) => !setting.keys.includes(path)).map(({ path, reason, title }) => element("option", { value: path, textContent: `${title} (${REASONS[reason]})` })),
  );
}
/** How far the setting is from the page's own, and which steps there are. */
function marks() {
  const count = Object.keys(setting.set).filter((path) => setting.set[path] !== knobs.get(path).value).length;
  $("changed").textContent = count > 0 ? `: ${count} changed` : "";
  const focus = document.activeElement;
  $("undo").disabled = past.length === 0;
  $("redo").disabled = future.length === 0;
  // A button that ends with its last step hands the focus on.
  if (focus === $("undo") && focus.disabled) $("redo").focus();
  if (focus === $("redo") && focus.disabled) $("undo").focus();
}
let kept = "";
let soon = 0;
/** A setting has changed; runs begin at the next picture, so a slider that moves fast begins few. */
function change(path, to, place = null) {
  const slid = place !== null;
  if (slid) slides.set(path, place);
  setting.set = { ...setting.set, [path]: to };
  const moved = performance.now();
  cancelAnimationFrame(soon);
  soon = requestAnimationFrame(() => start(moved, "", slid));
  // The step of a slider ends when it is let go.
  if (!slid) keep();
}
function commit(parts) {
  Object.assign(setting, parts);
  keep();
  start();
}
/** Makes undo come back to the setting before. */
function keep() {
  const now = written(setting);
  if (now === kept) return;
  past.push(kept);
  future.length = 0;
  kept = now;
  marks();
}
function go(to, from, into) {
  if (from && from.length === 0) return;
  if (into) into.push(kept);
  kept = to ?? from.pop();
  ({ setting } = parsed(kept));
  notice([]);
  controls();
  start();
}
$("undo").onclick = () => go(null, past, future);
$("redo").onclick = () => go(null, future, past);
$("reset").onclick = () => {
  setting = fresh();
  notice([]);
  keep();
  controls();
  start();
};
addEventListener("keydown", (event) => {
  const key = event.key.toLowerCase();
  if (!(event.ctrlKey || event.metaKey) || !"zy".includes(key) || event.target.type === "text") return;
  event.preventDefault();
  if (event.shiftKey || key === "y") go(null, future, past);
  else go(null, past, future);
});
/** Takes the setting of an address as far as it can be used, and says what cannot. */
async function follow(address) {
  const mine = ++turn;
  const { setting: wanted, ignored } = parsed(address);
  try {
    await allowed(wanted, ignored, mine);
  } catch (error) {
    if (mine !== turn) return;
    setting = wanted;
    controls();
    return again(error, null, null);
  }
  if (mine !== turn) return;
  setting = wanted;
  notice(ignored);
  controls();
  start();
}
addEventListener("hashchange", () => {
  const now = location.hash.slice(1);
  if (now !== written(setting)) follow(now).then(keep);
});
$("more").onsubmit = (event) => {
  event.preventDefault();
  const path = $("key").value.trim();
  if (!path) return;
  if (!knobs.has(path)) return alarm(`There is no key ${path} that can be changed here; the list of the field has all.`);
  alarm(wrong);
  if (!setting.keys.includes(path)) setting.keys = [...setting.keys, path];
  keep();
  controls();
  $("key").value = "";
  history.replaceState(null, "", `#${written(setting)}`);
  document.getElementById(`knob-${path}`)?.focus();
};
$("copy").onclick = async () => {
  try {
    await navigator.clipboard.writeText($("words").textContent);
    $("copy").textContent = "Copied";
  } catch {
    getSelection().selectAllChildren($("words"));
    $("copy").textContent = "Selected";
  }
  setTimeout(() => ($("copy").textContent = "Copy the command"), 1500);
};
function download(name, text, type = "text/plain") {
  const url = URL.createObjectURL(new Blob([text], { type }));
  element("a", { href: url, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(url), 1000);
}
$("save").onclick = async () => download("runs.csv", await teller.ask({ op: "csv" }), "text/csv");
$("saved").textContent = files.map(({ name }) => name).join(", ");
$("file").onclick = () => files.forEach(({ name, text }) => download(name, text));
$("place").onchange = () => {
  if (stale() || !held(view.job)) return void ($("place").value = view.point);
  look(Number($("place").value));
  view.job.hash = written(setting);
  status();
  say(`Point ${setting.point} is drawn; the results below are still of point ${view.point}.`);
  draw(view.job, true);
};
function mark() {
  for (const id of ["unpin", "back", "pinned"]) $(id).hidden = !pinned;
  if (pinned) $("pinned").textContent = `Pinned: ${pinned.command}${pinned.of}`;
  if (view) show();
}
$("pin").onclick = () => {
  if (!whole()) return;
  const { job } = view;
  const of = job.plan.points.length > 1 ? `, at ${here().place}` : "";
  pinned = { hash: job.hash, command: job.command, baseline: job.plan.baseline, here: here(), of, figures: FIGURES.map((figure) => view.drawn.get(figure)), places: FIGURES.map((figure) => view.places.get(figure)) };
  mark();
};
$("unpin").onclick = () => {
  pinned = null;
  mark();
  $("pin").focus();
};
$("back").onclick = () => {
  ({ setting } = parsed(pinned.hash));
  notice([]);
  keep();
  controls();
  start();
};

(async () => {
  const bytes = Uint8Array.from(atob($("module").textContent.trim()), (letter) => letter.charCodeAt(0));
  try {
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    Helper.module = await WebAssembly.compile(await new Response(stream).arrayBuffer());
  } catch (error) {
    return alarm(`This browser cannot start the simulator: ${error}`);
  }
  teller = new Helper();
  const count = Math.min(Math.max(navigator.hardwareConcurrency || 2, 1), 8);
  for (let index = 0; index < count; index++) runners.push({ helper: new Helper(), since: 0 });
  await follow(location.hash.slice(1));
  kept = written(setting);
})();
