// Pictures of a report, to be looked at: node screenshots.mjs REPORT OUT
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { SCHEMES, SIZES, launch, open } from "./browser.mjs";

const [report, out] = process.argv.slice(2);
if (!out) {
  console.error("usage: node screenshots.mjs REPORT OUT");
  process.exit(2);
}
mkdirSync(out, { recursive: true });
const browser = await launch();
try {
  for (const size of Object.keys(SIZES)) {
    for (const scheme of SCHEMES) {
      const { page, close } = await open(browser, report, { size, scheme });
      const path = join(out, `${size}-${scheme}.png`);
      await page.screenshot({ path, fullPage: true });
      console.log(path);
      await close();
    }
  }
  const { page, close } = await open(browser, report, { size: "desktop", media: "print" });
  const path = join(out, "print.pdf");
  await page.pdf({ path, format: "A4" });
  console.log(path);
  await close();
} finally {
  await browser.close();
}
