/** The console in a real browser. */
import { CHROMIUM, runInBrowser } from "../support/chromium.ts";
import { partTest } from "../support/part.ts";

const TITLES: Readonly<Record<string, string>> = {
  atFullSpeed: "3,000 symbols, 5,000 trades a second, 300 alerts at once: quick, and every trade is counted",
  readmeTour:
    "the first hour by the console alone: from the printed code to a rule, its alert, its mail, and why",
  asksForTheKey: "without a key the console asks for it, refuses a wrong one, takes the right one",
  inEnglish: "in English and in the light; every step is in the address, and Back goes back",
  readsOnly: "a key that may only read is offered nothing else",
  onAPhone: "on a phone, by touch: one view at a time, none too wide",
  twoEditors: "two who change a rule at once: the second is shown both",
  rulesDesk: "many rules at once with undo, labels, copies, files, why and backtest",
  dragsALine: "a line of the chart is dragged and changes its rule",
  deadAndEnded: "a silent feed is said to be, and an ended replay; no price without a trade",
  asleepForMinutes:
    "a page in the background for minutes, frozen or not, has what it missed, gaps as gaps, and says what fired",
  pushedToWhoSignedIn:
    "who signs in by a mailed link makes a rule and is pushed its alert; the worker shows it",
  closedMarket: "a closed market is said to be closed",
  watchLists: "lists under names: made, filled, shared by their address, deleted and kept again",
  manyTabs: "eight tabs of a browser are live",
  byKeyboard: "the tour by the keyboard alone",
  everyView:
    "axe finds nothing in any view, in both languages and themes; nothing is too wide from 320 px on",
  pushedFromAPage:
    "without a key or an account a message's page adds this browser, which a push leads back to",
  goneAndBack: "it says that the server is away, and finds it again",
};

partTest("the console in a real browser", CHROMIUM, async (t) => {
  const { out, said } = await runInBrowser("scenarios.ts");
  const lines = out.split("\n").filter((line) => line.startsWith("{"));
  const scenarios = lines.map((line) => JSON.parse(line));
  for (const { measured } of scenarios) if (measured !== undefined) console.log(measured);
  const ended = new Map(scenarios.map(({ name, error }) => [name, error]));
  for (const [name, title] of Object.entries(TITLES)) {
    await t.step(title, () => {
      const error = ended.get(name) ?? `it did not run:\n${said}`;
      if (error !== "") throw new Error(error);
    });
  }
});
