import { expect } from "expect";
import { Preview } from "../../src/console/preview/preview.ts";
import { CHROMIUM, runInBrowser } from "../support/chromium.ts";
import { engineModule } from "../support/engine_module.ts";
import { partTest } from "../support/part.ts";
import { DRAGGED, previewedDay } from "../support/previewed_day.ts";

const TRADES = 20_000;
/** What the page has for an answer while a line is dragged, ms; a crowded machine is given more. */
const MOST_MS = 50;
const CROWDED = 4;

partTest(
  "the page's worker says in a real browser what a rule would have done on a day, while a line is dragged",
  CHROMIUM,
  async () => {
    const { success, out, said } = await runInBrowser("preview_in_browser.ts", [String(TRADES)]);
    expect([success, success ? "" : said]).toEqual([true, ""]);
    const answers: { fires: number; ms: number }[] = JSON.parse(out);
    const preview = new Preview(await engineModule(), previewedDay(TRADES));
    expect(answers.map(({ fires }) => fires)).toEqual(
      DRAGGED.map((body) => preview.fires(body).times.length),
    );
    const times = answers.map(({ ms }) => ms).sort((one, other) => one - other);
    const [median, most] = [times[times.length >> 1]!, times.at(-1)!];
    console.log(`${TRADES} trades: ${median.toFixed(1)} ms in the middle, ${most.toFixed(1)} ms at most`);
    expect(median).toBeLessThan(MOST_MS * CROWDED);
  },
);
