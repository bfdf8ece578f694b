// The explorer's page as its readers use it.
//
//   node steps.test.mjs PUSHPULL
//
// PUSHPULL is the program. Says what is wrong and exits 1, or says what was checked and exits 0.
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { ALL_SIZES, SCHEMES } from "./browser.mjs";
import { done, end, expect, followed, look, root, run, saved, work } from "./explored.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

// The page at each size, in each theme.
const html = join(work, "page.html");
run("incident", "explore", join(root, "experiments/incident.toml"), "--out", html, "--set", "horizon=5m", "--set", "warmup=1m", "--replications", "4");
for (const size of Object.keys(ALL_SIZES)) {
  for (const scheme of SCHEMES) {
    const place = `${size}, ${scheme}`;
    await look(place, html, { size, scheme }, async (page) => {
      expect((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, `${place}: the page scrolls sideways`);
      // Only a wide page has its settings beside the results; on any, the first screen has the answer.
      const answer = await page.$eval("#conclusion dd", (answer) => answer.getBoundingClientRect().bottom);
      expect(answer < ALL_SIZES[size].height / 2, `${place}: the answer ends ${answer} px below the top`);
      expect((await page.$eval("#state", (state) => state.getBoundingClientRect().top)) < answer, `${place}: the state stands above the answer`);
      if (size !== "desktop") {
        await page.focus("#fold > summary");
        await page.keyboard.press("Enter");
        await page.focus("#number-seed");
        const { top, state, bar } = await page.evaluate(() => ({
          top: document.activeElement.getBoundingClientRect().top,
          state: document.getElementById("state").getBoundingClientRect().top,
          bar: document.getElementById("brief").getBoundingClientRect().bottom,
        }));
        expect(state >= 0 && top > state, `${place}: the state stays in sight above the settings`);
        await page.waitForFunction(() => !document.getElementById("brief").hidden);
        expect(bar <= top, `${place}: what has the focus is not covered`);
      }
      await page.evaluate(axe);
      const { violations } = await page.evaluate(() => axe.run(document));
      for (const { id, nodes } of violations) expect(false, `${place}: axe ${id}: ${nodes[0].html.slice(0, 200)}`);
      expect(violations.length === 0, `${place}: axe`);
    });
  }
}

// A reader's steps.
/** Of the first value; a pinned one stands behind. */
const limits = (page) => page.textContent("#table tbody tr td small");
const moved = await look("a slider", html, {}, async (page) => {
  const before = await limits(page);
  await page.click("#pin");
  await page.focus("input[type=range]");
  for (let step = 0; step < 10; step++) await page.keyboard.press("PageUp");
  await page.waitForFunction(() => location.hash.includes("bus.loss"));
  await done(page);
  expect((await limits(page)) !== before, "a slider that is moved with the keyboard changes the table");
  expect((await page.textContent("#table")).includes("pinned:"), "the pinned setting stands beside");
  expect((await page.$$(".pinfigure svg")).length > 0, "and so do its figures");
  const ids = await page.$$eval("[id]", (all) => all.map(({ id }) => id));
  expect(new Set(ids).size === ids.length, "ids are unique");
  const now = { hash: await page.evaluate(() => location.hash), limits: await limits(page) };
  await page.evaluate(() => document.activeElement.blur());
  // Each press is a step.
  for (let step = 0; step < 10; step++) await page.keyboard.press("Control+z");
  await page.waitForFunction(() => !location.hash.includes("bus.loss") && document.getElementById("undo").disabled);
  await done(page);
  expect((await limits(page)) === before, "undo comes back to the results before");
  return now;
});
await look("an address", html, { hash: moved?.hash ?? "" }, async (page) => {
  expect((await limits(page)) === moved?.limits, "the address gives the same results");
});
/** What the page says of its address. */
const notice = (page) => page.$eval("#notice", (notice) => (notice.hidden ? "" : notice.innerText));
await look("an address of nonsense", html, { hash: "#s=foo%3D1&s=bus.loss%3D2&s=api.workers%3D3&s=api.workers%3D4&s=%%&k=x&k=gateways.count&off=nobody&off=push&along=y&seed=-1&n=0&n=7&bus.loss=0.3&&=" }, async (page) => {
  const said = await notice(page);
  for (const what of ["foo=1: this page has no such key", "api.workers=4: the address has api.workers twice", "%%: this page", "k=x: this page has no such key", "off=nobody: this page has no such strategy; accepted: push, ", "along=y: the experiment does not sweep it; accepted: bus.loss", "seed=-1: accepted: a whole number", "n=0: accepted: a whole number", "n=7: the address has n twice, the first is kept", "bus.loss=0.3: accepted: s=bus.loss=0.3", "so it may be cut"])
    expect(said.includes(what), `nonsense in the address: ${what} is missing in ${said}`);
  expect(/bus\.loss=2: .*accepted/.test(said), `a value that is out of range is named with what is accepted: ${said}`);
  const command = await page.textContent("#words");
  expect(command.includes("--set api.workers=3") && command.includes("--set bus.loss=0.01") && !command.includes("--strategy push "), `the rest is kept: ${command}`);
  expect((await page.$$("#table tbody tr")).length === 6 && (await page.textContent("#alarm")) === "", "and run");
  await page.click("#dismiss");
  expect((await notice(page)) === "", "the message can be dismissed");
  await page.evaluate(() => notice(["x"]));
  await page.click("#reset");
  expect((await notice(page)) === "", "another setting is of no address");
});
await look("an address of another experiment", html, { hash: "#s=bus.loss%3D0.1&of=incident-00000000" }, async (page) => {
  const said = await notice(page);
  expect(said.includes("of=incident-00000000: the address is of another experiment, this page has incident-"), said);
  expect((await page.textContent("#words")).includes("bus.loss=0.1"), "its settings are kept");
});
await look("a whole address and a cut one", html, { hash: "#s=bus.loss%3D0.05" }, async (page) => {
  expect((await notice(page)).includes("so it may be cut"), "a cut address");
  const [whole, before] = [await page.evaluate(() => location.hash), await page.textContent("#words")];
  await page.evaluate(() => (location.hash = ""));
  await page.waitForFunction((before) => document.getElementById("words").textContent !== before, before);
  expect((await notice(page)) === "", "an empty address is whole");
  await page.evaluate((hash) => (location.hash = hash), whole);
  await page.waitForFunction((before) => document.getElementById("words").textContent === before, before);
  expect((await notice(page)) === "", "the page's own address is whole");
  await page.goBack();
  await page.waitForFunction((before) => document.getElementById("words").textContent !== before, before);
  await done(page);
  await page.click("#undo");
  await page.waitForFunction((before) => document.getElementById("words").textContent === before, before);
});
await look("files", html, {}, async (page) => {
  const csv = await page.evaluate(() => teller.ask({ op: "csv" }));
  const runs = await saved(page, "#save", 1, "runs");
  expect(runs.names[0] === "runs.csv" && readFileSync(join(runs.folder, "runs.csv"), "utf8") === csv, "runs.csv is saved");
});

// What the page says is done in a shell, and gives the bytes of the page.
const same = async (page, name) => {
  const csv = await page.evaluate(() => teller.ask({ op: "csv" }));
  const native = readFileSync(join(await followed(page, name), "runs.csv"), "utf8");
  expect(native === csv && csv.split("\n").length > 2, `${name}: the page's command does not give the runs of the page`);
  return native;
};
const changed = join(work, "changed.toml");
const text = readFileSync(join(root, "experiments/incident.toml"), "utf8");
writeFileSync(changed, text);
run("changed", "explore", "changed.toml", "--set", "horizon=3m", "--set", "warmup=1m", "--seed", "9223372036854775807", "--replications", "2", "--out", "changed.html");
// The file of the page is not the file of the disk any more.
writeFileSync(changed, text.replace("seed = ", "seed = 9"));
await look("a file that has changed", join(work, "changed.html"), {}, (page) => same(page, "changed"));
run("ran", "run", join(root, "experiments/incident.toml"), "--set", "horizon=3m", "--set", "bus.loss=0.03", "--set", "warmup=1m", "--strategy", "push", "--strategy", "push-retry", "--replications", "3", "--quiet", "--out", "ran");
run("ran", "report", "ran", "--explore");
await look("a report of a changed run", join(work, "ran/explorer.html"), {}, async (page) => {
  expect((await same(page, "again")) === readFileSync(join(work, "ran/runs.csv"), "utf8"), "the page of a report has the runs of its folder");
});
mkdirSync(join(work, "measured/deep er"), { recursive: true });
writeFileSync(join(work, "measured/deep er/waits.csv"), "wait\n0.01\n0.02\n0.03\n");
run("data", "explore", join(root, "experiments/incident.toml"), "--set", "horizon=3m", "--set", "warmup=1m", "--set", `http.delay={ empirical = '${join(work, "measured/deep er/waits.csv")}', unit = 's' }`, "--replications", "2", "--out", "data.html");
await look("a data file", join(work, "data.html"), {}, async (page) => {
  rmSync(join(work, "measured"), { recursive: true });
  await same(page, "data");
});
await look("a story", html, {}, async (page) => {
  await page.click("#table tbody tr button");
  await page.waitForFunction(() => document.getElementById("tale").textContent.includes("stalled because"));
  await page.keyboard.press("Escape");
  // Acknowledged and sent again, no push is lost in so few attempts.
  await page.click("#table tbody tr:nth-child(3) button");
  await page.waitForFunction(() => document.getElementById("tale").textContent === "No counted attempt stalled in these runs.");
  expect((await page.textContent("#teller")).startsWith("push-retry:"), "the story of push-retry");
  await page.keyboard.press("Escape");
  expect(await page.evaluate(() => document.activeElement.textContent === "push-retry"), "the focus comes back to the strategy");
});
await look("a wrong value", html, {}, async (page) => {
  await page.fill(".knob input[type=text]", "2");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("alarm").textContent.includes("accepted"));
  await page.fill("#key", "api.queue_limit");
  await page.click("#more button");
  expect((await page.textContent("#alarm")).startsWith("bus.loss=2: "), "another key takes no message away, and no message has an option of the command line");
  await page.fill(".knob input[type=text]", "0.02");
  await page.keyboard.press("Enter");
  await done(page);
  expect((await page.textContent("#alarm")) === "", "a right value takes the message away");
});
await look("numbers", html, {}, async (page) => {
  const enter = async (field, text) => {
    await page.fill(field, text);
    await page.keyboard.press("Enter");
  };
  for (const [field, word, wrong, kept] of [["#number-seed", "Seed", ["abc", "-1", "1.5", "", "9223372036854775808"], "42"], ["#number-replications", "Replications", ["0", "1001", "two"], "4"]]) {
    for (const text of wrong) {
      await enter(field, text);
      const said = await page.textContent("#alarm");
      expect(said.startsWith(text ? `${word} ${text}: accepted: a whole number from` : `${word}: accepted:`) && said.includes(`stays at ${kept}`), `${word} ${text}: ${said}`);
      expect((await page.inputValue(field)) === kept, `${word} ${text} is taken back`);
    }
  }
  for (const seed of ["0", "9223372036854775807"]) {
    await enter("#number-seed", seed);
    await page.waitForFunction((seed) => document.getElementById("words").textContent.includes(` --seed ${seed} `), seed);
    await done(page);
    expect((await same(page, `seed-${seed}`)).includes("\n"), `seed ${seed}`);
  }
});
await look("a value set back", html, { hash: "#k=horizon" }, async (page) => {
  const field = page.locator("#knobs .knob", { hasText: "horizon" }).locator("input[type=text]");
  for (const value of ["4m", "5m"]) {
    await field.fill(value);
    await page.keyboard.press("Enter");
    await page.waitForFunction((value) => document.getElementById("words").textContent.includes(`--set horizon=${value} `), value);
    await done(page);
  }
});
await look("the last strategy", html, {}, async (page) => {
  const boxes = await page.$$("#strategies input");
  for (const box of boxes) await box.click();
  expect((await page.textContent("#alarm")) === "One strategy stays: push-pull." && (await boxes.at(-1).isChecked()), "one strategy stays");
  await page.waitForFunction(() => document.querySelectorAll("#table tbody tr").length === 1);
  expect(!(await page.textContent("#table thead")).includes("difference"), "one strategy is compared with none");
});
await look("a sweep", html, {}, async (page) => {
  await page.click("#pin");
  await page.focus("#runs input[type=checkbox]");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => document.querySelectorAll("#place option").length === 6);
  expect(await page.evaluate(() => document.activeElement.id === "along-bus.loss" && document.activeElement.checked), "the focus stays where it was");
  await done(page);
  const before = await limits(page);
  // All at once: what is asked for while a figure is drawn comes, too.
  await page.evaluate(() => {
    for (const summary of document.querySelectorAll("#figures details:not([open]) > summary")) summary.click();
    document.getElementById("place").value = "0";
    document.getElementById("place").dispatchEvent(new Event("change"));
  });
  await page.waitForFunction(() => [...document.querySelectorAll("#figures details")].every((one) => one.open && one.querySelector("svg, p")));
  await page.waitForFunction((before) => document.querySelector("#table tbody tr td small").textContent !== before, before);
  await page.click("#pin");
  expect((await page.textContent("#pinned")).endsWith(", at bus.loss = 0.0"), `a pinned point has its name: ${await page.textContent("#pinned")}`);
});
run("staleness", "explore", join(root, "experiments/staleness.toml"), "--set", "horizon=2m", "--set", "warmup=30s", "--set", "clients.revoke_after=1m", "--set", "clients.update_every=30s", "--replications", "1", "--out", "staleness.html");
for (const size of Object.keys(ALL_SIZES)) {
  await look(`a sweep of many keys, ${size}`, join(work, "staleness.html"), { size, hash: "#along=strategies.pull-ttl.pull.ttl&along=strategies.soft.expire.after" }, async (page) => {
    expect((await page.$$("#place option")).length > 1, "there are several points");
    expect((await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)) <= 0, `${size}: a sweep of many keys scrolls sideways`);
    expect((await page.$$eval("input[type=checkbox]", (boxes) => boxes.every((box) => box.getBoundingClientRect().width > 8))) || size !== "desktop", "a checkbox has a width");
  });
}
const fifty = await look("fifty moves", html, {}, async (page) => {
  await page.evaluate(async () => {
    const slider = document.querySelector("#knobs input[type=range]");
    slider.focus();
    for (let place = 550; place < 800; place += 5) {
      slider.value = place;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      await new Promise(requestAnimationFrame);
    }
    slider.dispatchEvent(new Event("change", { bubbles: true }));
  });
  await page.waitForFunction(() => document.getElementById("words").textContent.includes("bus.loss=0.07"));
  await done(page);
  const now = { hash: await page.evaluate(() => location.hash), limits: await limits(page) };
  await page.click("#undo");
  expect(await page.evaluate(() => document.getElementById("undo").disabled && !location.hash.includes("bus.loss")), "one move is one step");
  return now;
});
await look("the address of fifty moves", html, { hash: fifty?.hash ?? "" }, async (page) => {
  expect((await limits(page)) === fifty?.limits, "the last of fifty moves is what is shown");
});
// A worker that ends by itself, at rest and at work.
await look("a worker that ends", html, {}, async (page) => {
  for (const loss of ["0.03", "0.1"]) {
    await page.evaluate(() => [...runners.map(({ helper }) => helper), teller].forEach(({ worker }) => worker.onerror({ message: "made to end" })));
    await page.fill(".knob input[type=text]", loss);
    await page.keyboard.press("Enter");
    await page.waitForFunction((loss) => document.getElementById("words").textContent.includes(`bus.loss=${loss} `), loss);
    await done(page);
  }
  expect((await page.textContent("#alarm")) === "", "workers that ended are replaced");
});
// A run of too many events panics: the page says how to see that again, and works on.
await look("a panic", html, {}, async (page) => {
  await page.fill("#key", "events_max");
  await page.keyboard.press("Enter");
  const field = page.locator("#knobs .knob", { hasText: "events_max" }).locator("input[type=text]");
  const events = await field.inputValue();
  await field.fill("5000");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("alarm").textContent.includes("pushpull trace"));
  await field.fill(events);
  await page.keyboard.press("Enter");
  await done(page);
  expect((await page.textContent("#alarm")) === "", "after a panic the page works on");
});
// Results of one setting are not taken for those of another.
const short = (what, file, ...words) => run(what, "explore", join(root, "experiments/incident.toml"), "--set", "horizon=2m", "--set", "warmup=30s", ...words, "--out", file);
const three = ["--strategy", "push", "--strategy", "push-ack", "--strategy", "push-pull"];
short("short", "short.html", ...three, "--replications", "2", "--budget", "40000");
const small = join(work, "short.html");
const state = (page) => page.textContent("#state");
const enter = async (page, path, text) => {
  const field = page.locator("#knobs .knob", { has: page.locator(".key", { hasText: new RegExp(`^${path}$`) }) }).locator("input[type=text]");
  await field.fill(text);
  await field.press("Enter");
};
const stopped = (page) => page.waitForFunction(() => /not accepted|have stopped/.test(document.getElementById("state").textContent));
await look("a pin", small, {}, async (page) => {
  const command = await page.textContent("#words");
  expect(await page.isEnabled("#pin"), "whole results can be pinned");
  await enter(page, "bus.loss", "2");
  await stopped(page);
  expect(await page.isDisabled("#pin"), "a refused setting cannot be pinned");
  expect((await page.textContent("#digest")) === "The command would be refused.", "the command of a refused setting is called so");
  expect(await page.isHidden("#brief"), "beside the conclusion the message stands once");
  await page.evaluate(() => scrollTo(0, document.body.scrollHeight));
  await page.waitForFunction(() => !document.getElementById("brief").hidden);
  expect((await page.textContent("#brief")).startsWith("bus.loss=2: "), "far below, the bar has the message");
  await page.evaluate(() => document.getElementById("pin").onclick());
  expect(await page.isHidden("#pinned"), "nor by force");
  await enter(page, "bus.loss", "0.01");
  await done(page);
  await page.click("#pin");
  expect((await page.textContent("#pinned")) === `Pinned: ${command}`, "the pin has the command of its results");
  await page.fill("#number-replications", "1000");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => /^[1-9]\d* of 1000/.test(document.getElementById("state").textContent));
  expect(await page.isDisabled("#pin"), "a part of the replications cannot be pinned");
});
await look("figures after a refusal", small, {}, async (page) => {
  const under = () =>
    page.$$eval("#figures details", (all) => all.map((one) => [one.querySelector("summary").textContent, one.querySelector(".plot")?.getAttribute("aria-label") ?? one.querySelector("p")?.textContent ?? ""]));
  await enter(page, "bus.loss", "2");
  await stopped(page);
  await page.click("#figures details:nth-of-type(1) > summary");
  await page.evaluate(() => show());
  const rate = (await under()).find(([name]) => name === "Stall rate")[1];
  expect(/stall/i.test(rate) && !/late/i.test(rate), `under Stall rate: ${rate}`);
  await page.click("#figures details:nth-of-type(5) > summary");
  await page.waitForFunction(() => document.querySelector("#figures details:nth-of-type(5) .plot"));
  expect((await under())[4][1] === "Why attempts stalled", `an opened figure is drawn of the results that are shown: ${(await under())[4]}`);
});
await look("results of an earlier setting", small, { hash: "#n=1000" }, async (page) => {
  await page.evaluate(() => document.getElementById("along-bus.loss").click());
  const { said, marked, points, rows } = await page.evaluate(() => ({
    said: document.getElementById("state").textContent,
    marked: document.body.classList.contains("older"),
    points: document.querySelectorAll("#place option").length,
    rows: document.querySelectorAll("#table tbody tr").length,
  }));
  expect(marked && points <= 1 && rows === 3, `old results are marked, without the points of the new setting: ${points} ${said}`);
  await page.waitForFunction(() => document.querySelectorAll("#place option").length === 6);
  expect(!(await page.evaluate(() => document.body.classList.contains("older"))), "new results are not marked");
});
await look("a budget", small, {}, async (page) => {
  await page.fill("#key", "clients.arrivals.poisson");
  await page.keyboard.press("Enter");
  await enter(page, "clients.arrivals.poisson", "30/s");
  await stopped(page);
  expect((await state(page)).endsWith("The results below are of an earlier setting."), `after a stop: ${await state(page)}`);
  await page.click("#strategy-push");
  await page.waitForFunction(() => document.getElementById("words").textContent.includes("--strategy push-ack"));
  await stopped(page);
  for (const [at, name] of ["push", "push-ack", "push-pull"].entries()) {
    await page.click(`#table tbody tr:nth-child(${at + 1}) button`);
    const [title, tale] = [await page.textContent("#teller"), await page.textContent("#tale")];
    expect(title.startsWith(`${name}:`) && tale.includes("earlier setting"), `the row ${name} opens: ${title} ${tale.slice(0, 60)}`);
    await page.keyboard.press("Escape");
  }
});
await look("a story that comes late", small, {}, async (page) => {
  await page.evaluate(() => {
    const [push, , pull] = document.querySelectorAll("#table tbody button");
    push.click();
    document.getElementById("story").close();
    change("bus.loss", "0.05");
    start();
    pull.click();
  });
  await done(page);
  const [title, tale] = [await page.textContent("#teller"), await page.textContent("#tale")];
  expect(title.startsWith("push-pull:") && tale.includes("earlier setting"), `the story of push stays away from another dialog: ${title} ${tale.slice(0, 60)}`);
});
await look("a point", small, { hash: "#along=bus.loss&k=clients.arrivals.poisson" }, async (page) => {
  const place = () => page.inputValue("#place");
  const shown = () => page.evaluate(() => view.point);
  await page.click("#figures details:nth-of-type(4) > summary");
  const between = await page.evaluate(() => {
    document.getElementById("place").value = "1";
    document.getElementById("place").onchange();
    return { pin: document.getElementById("pin").disabled, older: document.body.classList.contains("older"), said: document.getElementById("state").textContent };
  });
  expect(between.pin && between.older && between.said === "Point 1 is drawn; the results below are still of point 3.", `another point is on its way: ${JSON.stringify(between)}`);
  await page.waitForFunction(() => view.point === 1 && document.querySelector("#figures details:nth-of-type(4) figcaption"));
  const caption = await page.textContent("#figures details:nth-of-type(4) figcaption");
  expect(caption.startsWith("At bus.loss = 0.001. "), `a figure of one point says which: ${caption}`);
  expect(!(await page.textContent("#figures details:nth-of-type(1) figcaption")).startsWith("At "), "a figure of the sweep has all");
  await page.click("#pin");
  await page.reload();
  await done(page);
  expect((await shown()) === 1 && (await place()) === "1", "the address has the point");
  await page.click("#pin");
  await page.selectOption("#place", "2");
  await page.waitForFunction(() => view.point === 2);
  await page.click("#back");
  await done(page);
  expect((await shown()) === 1 && (await place()) === "1", "the pinned setting has its point");
  await enter(page, "clients.arrivals.poisson", "60/s");
  await stopped(page);
  expect((await page.isDisabled("#place")) && (await place()) === "1" && (await shown()) === 1, "results without their runs have no other point");
  await page.click("#undo");
  await done(page);
  await page.click('[id="along-bus.loss"]');
  await done(page);
  expect(!(await page.evaluate(() => location.hash)).includes("point="), "other points: the middle again");
});
await look("an address of a point that is none", small, { hash: "#along=bus.loss&point=99" }, async (page) => {
  expect((await page.textContent("#alarm")) === "There is no point 99 here, the last is 5." && (await page.evaluate(() => view.point)) === 3, await page.textContent("#alarm"));
});
await look("a pin of another baseline", small, {}, async (page) => {
  await page.click("#pin");
  await page.click("#strategy-push");
  await page.waitForFunction(() => document.getElementById("table").textContent.includes("difference to push-ack"));
  await done(page);
  const differences = await page.$$eval("#table tbody tr", (rows) => rows.map((row) => row.children[2].textContent).join());
  expect(!differences.includes("pinned") && (await page.textContent("#table")).includes("pinned"), `differences to push are none to push-ack: ${differences}`);
});
short("many points", "many.html", "--strategy", "push", "--set", "horizon=3s", "--set", "warmup=1s", "--replications", "1", "--vary", "bus.loss=0..0.5:600");
await look("a view that takes long", join(work, "many.html"), {}, async (page) => {
  await page.click('[id="along-bus.loss"]');
  await page.waitForFunction(() => teller.since > 0 && performance.now() - teller.since > 200);
  const { ended, said } = await page.evaluate(() => {
    const old = teller;
    document.getElementById("undo").click();
    return { ended: old.ended, said: document.getElementById("state").textContent };
  });
  expect(ended && !/^\d/.test(said), `another setting ends the view of the one before: ${said}`);
  await done(page);
  expect(await page.isHidden("#point"), "and has its own results");
});
await look("another unit", small, { hash: "#k=stall_after" }, async (page) => {
  for (const [path, own, other] of [["stall_after", "5s", "5000ms"], ["bus.loss", "0.02", "2%"]]) {
    const slider = page.locator(`[id="knob-${path}"]`);
    await enter(page, path, own);
    const place = await slider.inputValue();
    await enter(page, path, other);
    expect((await slider.inputValue()) === place && (await slider.getAttribute("aria-valuetext")) === other, `${other} is where ${own} is`);
    await slider.press("ArrowLeft");
    const now = Number.parseFloat(await page.evaluate((path) => value(path), path));
    expect(now < Number.parseFloat(own) && now > 0.9 * Number.parseFloat(own), `a key goes from ${other} to the next value: ${now}`);
  }
  const told = await page.evaluate(() => [990, 3000].map((number) => text(number, { unit: "ms" })).join(", "));
  expect(told === "990ms, 3s", `a slider writes seconds from 1,000 ms on: ${told}`);
});
// Names that a browser changes when it saves, and letters that are not shown.
for (const name of ["-x.csv", ".h.csv", "a:b*~.csv", "-d/-x.csv", "waits", ".hid", "a b.csv."]) {
  mkdirSync(join(work, "-d"), { recursive: true });
  writeFileSync(join(work, name), "\ufeffwait\n0.01\n0.02\n0.03\n");
  // A page whose file is beside its experiment.
  writeFileSync(join(work, "odd.toml"), `# \ufe0f\u00ad\u200b\n${readFileSync(join(root, "experiments/incident.toml"), "utf8")}`);
  run(name, "explore", "odd.toml", "--strategy", "push", "--replications", "1", "--set", "horizon=2m", "--set", "warmup=30s", "--set", `http.delay={ empirical = '${name}', unit = 's' }`, "--out", "odd.html");
  await look(`a file ${name}`, join(work, "odd.html"), {}, (page) => same(page, `odd ${name.replaceAll("/", " ")}`));
}
// The rows of a file.
writeFileSync(join(work, "points.csv"), "bus.delay,path.loss\n10ms,0.0\n20ms,0.1\n");
writeFileSync(join(work, "rows.toml"), `${readFileSync(join(root, "experiments/incident.toml"), "utf8")}\n[[sweep]]\ncsv = "points.csv"\n`);
run("rows", "explore", "rows.toml", "--strategy", "push", "--replications", "1", "--set", "horizon=2m", "--set", "warmup=30s", "--out", "rows.html");
await look("rows of a file", join(work, "rows.html"), {}, async (page) => {
  await same(page, "rows, one point");
  for (const path of ["bus.delay", "path.loss"]) await page.click(`[id="along-${path}"]`);
  await page.waitForFunction(() => document.querySelectorAll("#place option").length === 2);
  await done(page);
  await same(page, "rows, all points");
});
await look("pooled quantiles", small, {}, async (page) => {
  const folder = await followed(page, "pooled");
  const [head, ...lines] = readFileSync(join(folder, "distributions.csv"), "utf8").trim().split("\n").map((line) => line.split(","));
  const at = (name) => head.indexOf(name);
  const shown = await page.evaluate(() => here().strategies.map(({ name, measures }) => [name, measures[3].mean, measures[4].mean]));
  for (const [name, ...means] of shown) {
    for (const [index, quantile] of ["0.5", "0.99"].entries()) {
      const line = lines.find((line) => line[at("strategy")] === name && line[at("measure")] === "handshake_wait_s" && line[at("quantile")] === quantile);
      expect(String(means[index] ?? "inf") === String(line[at("value")] === "inf" ? "inf" : Number(line[at("value")])), `${name} ${quantile}: ${means[index]} against ${line}`);
    }
  }
});
short("planned", "loss.html", ...three, "--set", "bus.loss=0.02", "--replications", "40");
await look("a page's replications and file", join(work, "loss.html"), {}, async (page) => {
  expect((await page.inputValue("#number-replications")) === "40", "the page begins with the replications of the command line");
});
await look("a link with one bad part", small, { hash: "#s=warmup%3D125s&s=horizon%3D150s&s=bus.loss%3D2&s=api.workers%3D0&n=1" }, async (page) => {
  const command = await page.textContent("#words");
  expect(command.includes("warmup=125s") && command.includes("horizon=150s"), `what is accepted together is kept: ${command}`);
  expect(/bus\.loss=2/.test(await notice(page)) && !/warmup/.test(await notice(page)), await notice(page));
});
await look("keys of a slider", small, {}, async (page) => {
  await page.focus("#knobs input[type=range]");
  for (let step = 0; step < 3; step++) {
    const before = await page.inputValue("#knobs input[type=text]");
    await page.keyboard.press("ArrowRight");
    expect((await page.inputValue("#knobs input[type=text]")) !== before, `a key changes ${before}`);
  }
  await page.keyboard.press("Control+z");
  expect(await page.evaluate(() => document.activeElement.type === "range"), "the focus stays on the slider");
});
// A slider stops where another key forbids more; no pair of keys is known to the page.
const ENDS = { "path.delay.lognormal.p99": "Home", "path.delay.lognormal.median": "End", horizon: "Home", warmup: "End" };
await look("ends of sliders", small, { hash: `#${Object.keys(ENDS).map((path) => `k=${path}`).join("&")}` }, async (page) => {
  const stop = (path) => page.textContent(`[id="stop-${path}"]`);
  const command = await page.textContent("#words");
  for (const [path, end] of Object.entries(ENDS)) {
    await page.focus(`[id="knob-${path}"]`);
    await page.keyboard.press(end);
    await page.waitForFunction((path) => document.getElementById(`stop-${path}`).textContent, path);
    await done(page);
    const [said, now] = [await stop(path), await page.evaluate((path) => value(path), path)];
    expect(said.startsWith(`It stops at ${now}. `) && said.includes("accepted: "), `${path}: ${said}`);
    expect((await page.textContent("#alarm")) === "" && (await page.textContent("#words")).includes(`${path}=${now} `), `${path}: ${await page.textContent("#alarm")}`);
    // Where the end is known, nothing runs again.
    const state = await page.evaluate(() => turn);
    await page.keyboard.press(end);
    await page.keyboard.press(end === "Home" ? "ArrowLeft" : "ArrowRight");
    expect((await page.evaluate(() => turn)) === state && (await stop(path)) === said, `${path}: it stays at its end`);
    await page.keyboard.press(end === "Home" ? "ArrowRight" : "ArrowLeft");
    expect((await stop(path)) === "", `${path}: away from its end nothing is said`);
    await page.keyboard.press("Control+z");
    await page.keyboard.press("Control+z");
    await page.waitForFunction((command) => document.getElementById("words").textContent === command, command);
    await done(page);
    expect(await page.isDisabled("#undo"), `${path}: a refused value is no step of undo`);
  }
});
await look("a drag beyond an end", small, { hash: "#k=horizon" }, async (page) => {
  const slider = page.locator("#knob-horizon");
  await slider.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await slider.boundingBox();
  await page.mouse.move(x + width / 2, y + height / 2);
  await page.mouse.down();
  await page.mouse.move(x, y + height / 2, { steps: 60 });
  await page.waitForFunction(() => document.getElementById("stop-horizon").textContent);
  await page.mouse.up();
  await done(page);
  // Two at once, before the page has looked for either end.
  await page.evaluate(() => {
    for (const path of ["horizon", "path.delay.lognormal.p99"]) {
      stops.delete(path);
      change(path, "1ms", 0);
    }
  });
  await page.waitForFunction(() => ["horizon", "path.delay.lognormal.p99"].every((path) => document.getElementById(`stop-${path}`).textContent));
  await done(page);
  const now = await page.evaluate(() => value("horizon"));
  expect(Number.parseFloat(now) > 0.5 && Number.parseFloat(now) < 0.6, `horizon stops above the warmup of 30 s: ${now}`);
  // A typed value is taken as it is.
  await enter(page, "horizon", "20s");
  await stopped(page);
  expect((await page.textContent("#alarm")).includes("warmup") && (await page.evaluate(() => value("horizon"))) === "20s", await page.textContent("#alarm"));
});
await end("steps of the explorer");
