// How fast a page of the explorer answers:
//
//   node speed.mjs PAGE [TRIES]
//
// A try moves the first slider of the page, and waits until all runs are made and shown. It does so from rest, and again
// while runs are being made. Printed are the least and the middle of the tries: what else the machine does only adds.
// Times are those of the browser, from the slider's event to the next picture after the figures have changed.
import { pathToFileURL } from "node:url";
import { launch } from "./browser.mjs";

const [file, tries = "7"] = process.argv.slice(2);
if (!file || !/^[1-9]\d*$/.test(tries)) {
  console.error("usage: node speed.mjs PAGE [TRIES]");
  process.exit(2);
}
const WAIT = { timeout: 300_000 };
const browser = await launch();
const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
await page.goto(pathToFileURL(file).href);
const done = () => page.waitForFunction(() => document.body.dataset.done, null, WAIT);
await done();

/** Moves the slider; the time until figures of the new setting are seen, ms. */
const move = (place) =>
  page.evaluate(
    (place) =>
      new Promise((go) => {
        const slider = document.querySelector("#knobs input[type=range]");
        const from = performance.now();
        const seen = new MutationObserver(() => {
          if (!document.body.dataset.first) return;
          seen.disconnect();
          requestAnimationFrame(() => setTimeout(() => go(performance.now() - from)));
        });
        seen.observe(document.body, { attributes: true, attributeFilter: ["data-first"] });
        slider.value = place;
        slider.dispatchEvent(new Event("input", { bubbles: true }));
      }),
    place,
  );

const times = { rest: [], midway: [], all: [] };
for (let index = 0; index < Number(tries); index++) {
  // Between a tenth and nine tenths of the slider.
  const place = 100 + Math.round((800 * index) / Number(tries));
  times.rest.push(await move(place));
  times.midway.push(await move(place + 50));
  await done();
  times.all.push(await page.evaluate(() => Number(document.body.dataset.done)));
}
const { runs, events, processors } = await page.evaluate(() => {
  const { points, strategies, replications } = view.job.plan;
  return {
    runs: points.length * strategies.length * replications,
    events: view.events,
    processors: navigator.hardwareConcurrency,
  };
});
await browser.close();

const told = (all) => {
  const sorted = all.toSorted((one, other) => one - other);
  return `${Math.round(sorted[0])} ms at least, ${Math.round(sorted[sorted.length >> 1])} ms in the middle of ${all.length}`;
};
console.log(`${runs} runs, ${events.toLocaleString("en")} events, ${processors} processors`);
console.log(`first figure, from rest: ${told(times.rest)}`);
console.log(`first figure, while runs are made: ${told(times.midway)}`);
console.log(`all runs: ${told(times.all)}`);
