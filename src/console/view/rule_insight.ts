import type { ApiExplanation } from "../../control/client/types.ts";
import { failureOf } from "../api/failure.ts";
import type { ShownRule } from "../api/types.ts";
import { fill, h } from "../base/dom.ts";
import { day, shortTime } from "../format.ts";
import { needWords } from "../i18n/words.ts";
import type { ViewContext } from "./context.ts";
import { failureWords } from "./states.ts";

const DAY_MS = 86_400_000;
/** Twenty trading days are four weeks. */
const BACKTEST_DAYS = 28;
const LOOK_MS = 700;

/** Why a rule has or has not fired, as the server explains it, and what it would have done in the last twenty days. */
export class RuleInsight {
  readonly element = h("div", { class: "insight", role: "status", hidden: true });
  readonly #context: ViewContext;
  readonly #rule: ShownRule;

  constructor(context: ViewContext, rule: ShownRule) {
    this.#context = context;
    this.#rule = rule;
  }

  /** Asks why; asked again it is put away. */
  async explain(): Promise<void> {
    if (!this.element.hidden) {
      this.element.hidden = true;
      return;
    }
    await this.#show(async () => {
      const explanation = await this.#context.client.explain(this.#rule.id);
      fill(this.element, ...this.#explained(explanation));
    });
  }

  /** Runs the rule over the last twenty days; the report opens as a page of its own. */
  async backtest(): Promise<void> {
    const { client, say, state, signal } = this.#context;
    await this.#show(async () => {
      let job = await client.startBacktest(this.#rule.id, day(state.now() - BACKTEST_DAYS * DAY_MS));
      while (job.state === "queued" || job.state === "running") {
        const { days, daysTotal } = job.progress;
        fill(this.element, h("p", {}, say("backtest.running", { days, total: daysTotal })));
        await new Promise((go) => setTimeout(go, LOOK_MS));
        if (signal.aborted) return;
        job = await client.backtest(job.id);
      }
      const { days, fires, trades } = job.progress;
      fill(
        this.element,
        h(
          "p",
          {},
          job.state === "done"
            ? say(trades === 0 ? "backtest.empty" : "backtest.done", { days, count: fires })
            : say("backtest.failed", { reason: job.problem ?? job.state }),
        ),
        job.state === "done" &&
          h(
            "a",
            { href: `/v1/backtests/${job.id}/report?format=html`, target: "_blank", rel: "noreferrer" },
            say("backtest.open"),
          ),
      );
    });
  }

  #explained({ verdict, reason, conditions, lastTrade, feed }: ApiExplanation): HTMLElement[] {
    const { say, locale, state } = this.#context;
    const words = needWords(locale).verdicts?.[verdict] ?? reason;
    return [
      h("p", { class: "insight-verdict" }, words),
      h(
        "ul",
        {},
        ...conditions.map(({ when, measured, distance, holds, missing }) =>
          h(
            "li",
            { "data-holds": String(holds) },
            h("code", {}, when),
            h(
              "span",
              {},
              missing !== null
                ? say("explain.missing", { reason: missing })
                : holds
                ? say("explain.holds", { measured: measured ?? "–" })
                : say("explain.measured", { measured: measured ?? "–", distance: distance ?? "–" }),
            ),
          )
        ),
      ),
      h(
        "p",
        { class: "under" },
        lastTrade === null
          ? say("explain.notrade")
          : say("explain.last", { time: shortTime(lastTrade.eventTime, state.now()) }),
        feed?.silent ? ` · ${feed.silent}` : "",
      ),
    ];
  }

  async #show(work: () => Promise<void>): Promise<void> {
    const { say } = this.#context;
    this.element.hidden = false;
    fill(this.element, h("p", {}, say("app.loading")));
    try {
      await work();
    } catch (thrown) {
      fill(this.element, h("p", { class: "fault" }, failureWords(say, failureOf(thrown))));
    }
  }
}
