// Pictures of a report or of an explorer's page, to be looked at: node screenshots.mjs PAGE OUT [--screen]
//
// --screen shows what is seen without scrolling. An explorer's page is shown when all its runs are made.
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { ALL_SIZES, SCHEMES, launch, open } from "./browser.mjs";

const [file, out, flag] = process.argv.slice(2);
if (!out || (flag && flag !== "--screen")) {
  console.error("usage: node screenshots.mjs PAGE OUT [--screen]");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const browser = await launch();
const ready = (page) => page.waitForFunction(() => !document.getElementById("progress") || document.body.dataset.done, null, { timeout: 300_000 });
try {
  for (const size of Object.keys(ALL_SIZES)) {
    for (const scheme of SCHEMES) {
      const { page, close } = await open(browser, file, { size, scheme });
      await ready(page);
      const path = join(out, `${size}-${scheme}.png`);
      await page.screenshot({ path, fullPage: !flag });
      console.log(path);
      await close();
    }
  }
  const { page, close } = await open(browser, file, { size: "desktop", media: "print" });
  await ready(page);
  const path = join(out, "print.pdf");
  await page.pdf({ path, format: "A4" });
  console.log(path);
  await close();
} finally {
  await browser.close();
}
