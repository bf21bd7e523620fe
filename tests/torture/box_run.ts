/**
 * Everything in one process, as `tickbell start` is, over a replayed market, and meanwhile everything of the table of faults
 * that can happen to it.
 *
 * @module
 */
import { openEmbeddedLog } from "../../src/cli/open_embedded_log.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { messageOf } from "../../src/core/errors.ts";
import { encodeTrade } from "../../src/market/encode_trade.ts";
import type { Trade } from "../../src/market/trade.ts";
import { freePorts } from "../support/kafka_broker.ts";
import { check, type Findings, undone } from "./check.ts";
import { pause, type Rig } from "./fault.ts";
import { API_KEY, atItsEnd, PatientApi } from "./patient_api.ts";
import { HookPeer, MailPeer } from "./peers.ts";
import { runProgram, TortureProcess } from "./process.ts";
import { type SmallDisk, smallDisk } from "./small_disk.ts";
import { type Outcome, type RunOptions, torment } from "./torment.ts";
import { expectedAlerts, type PostedRule, type RuleLife, tortureRule, tortureTrades } from "./world.ts";

const WINDOW_MS = 20_000;
/** How long everything may take to come to its end once the market has closed. */
const DRAIN_MS = 240_000;
/** The descriptors it may have: it needs some forty. */
const DESCRIPTORS = 256;

/** @returns how often what happened, and what was found. */
export async function tortureBox(options: RunOptions): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-torture-" });
  const disk = await smallDisk(`${folder}/data`, 200 + 2 * options.seconds);
  const mail = await MailPeer.open();
  const hook = await HookPeer.open();
  const run = new BoxRun({ ...options, folder, disk, mail, hook });
  try {
    return await run.run();
  } catch (cause) {
    throw new Error(`${messageOf(cause)}\n${await run.lastLines()}`, { cause });
  } finally {
    await run.close();
    await mail.close();
    await hook.close();
    await disk?.close();
    await Deno.remove(folder, { recursive: true });
  }
}

interface Parts {
  readonly folder: string;
  readonly disk: SmallDisk | undefined;
  readonly mail: MailPeer;
  readonly hook: HookPeer;
}

class BoxRun {
  readonly #options: RunOptions & Parts;
  readonly #random: () => number;
  readonly #dataDir: string;
  readonly #url = `http://127.0.0.1:${freePorts(1)[0]}`;
  readonly #args: readonly string[];
  readonly #process: TortureProcess;
  readonly #api = new PatientApi(this.#url);
  readonly #endedBySelf: string[] = [];

  constructor(options: RunOptions & Parts) {
    const { folder, mail, seed, say } = options;
    this.#options = options;
    this.#random = seededRandom(seed);
    this.#dataDir = `${folder}/data`;
    this.#args = [
      ...["--data-dir", this.#dataDir, "--port", new URL(this.#url).port, "--api-key", API_KEY],
      ...["--source", "replay", "--file", `${folder}/trades.ndjson`, "--speed", "1"],
      ...["--rules", `${folder}/rules.ndjson`, "--window-ms", String(WINDOW_MS)],
      ...["--mail", "smtp", "--smtp-url", mail.url, "--mail-from", "alerts@example.com"],
      ...["--webhook-secret", "a secret of this run alone", "--webhook-local"],
      ...["--unknown-outcome", "hold", "--storm-per-minute", "0"],
    ];
    this.#process = new TortureProcess("box", {
      folder,
      args: ["start", ...this.#args],
      descriptors: DESCRIPTORS,
      begun: async () => void await this.#api.status(),
      ended: (said) => {
        this.#endedBySelf.push(said);
        say(said);
      },
    });
  }

  async run(): Promise<Outcome> {
    const { seconds, rules: count, folder, say, rate, seed, hook } = this.#options;
    const start = Math.floor(Date.now() / WINDOW_MS) * WINDOW_MS;
    const trades = tortureTrades({ seed, start, seconds, rate });
    await Deno.writeTextFile(`${folder}/trades.ndjson`, trades.map(encodeTrade).join("\n") + "\n");
    const rules = Array.from(
      { length: count },
      (_, index) => tortureRule(`steady-${index}`, this.#random, hook.url),
    );
    await Deno.writeTextFile(`${folder}/rules.ndjson`, rules.map((rule) => JSON.stringify(rule)).join("\n"));
    await this.#process.start();
    say(`${count} rules; the market opens for ${seconds} s`);
    const stop = new AbortController();
    const posting = this.#post(stop.signal);
    const torn = await torment(this.#rig(), seconds * 1000, this.#options).finally(() => stop.abort());
    const posted = await posting;
    say("nothing happens any more");
    await this.#drained();
    const there = await this.#api.rules();
    await this.#process.stop();
    if (this.#endedBySelf.length > 0) throw new Error(this.#endedBySelf.join("\n"));
    const missingRules = [...rules, ...posted].map(({ id }) => id).filter((id) => !there.has(id));
    return { ...torn, findings: await this.#check(trades, { rules, posted, missingRules }) };
  }

  lastLines(): Promise<string> {
    return this.#process.lastLines();
  }

  async close(): Promise<void> {
    await this.#process.kill();
  }

  #rig(): Rig {
    const { mail, hook, disk } = this.#options;
    return {
      random: this.#random,
      mail,
      hook,
      victim: () => this.#process,
      box: {
        dataDir: this.#dataDir,
        url: this.#url,
        ...(disk === undefined ? {} : { fill: (full: boolean) => disk.fill(full) }),
        start: () => runProgram(["start", ...this.#args]),
      },
    };
  }

  /** Posts a rule now and then. @returns those that were taken. */
  async #post(signal: AbortSignal): Promise<readonly PostedRule[]> {
    const posted: PostedRule[] = [];
    while (!signal.aborted) {
      const rule = tortureRule(`posted-${posted.length}`, this.#random, this.#options.hook.url);
      await this.#api.ask("/v1/rules", "POST", [rule]);
      posted.push(rule);
      await pause(1_500);
    }
    return posted;
  }

  /** Waits until the program says that every trade is evaluated and every alert at its end. */
  async #drained(): Promise<void> {
    const until = performance.now() + DRAIN_MS;
    for (let quiet = 0; quiet < 5;) {
      const status = await this.#api.status();
      const done = atItsEnd(status);
      if (!done && performance.now() > until) {
        const { source, lag, components } = status;
        const left = JSON.stringify([source?.state, lag, components.notifier]);
        throw new Error(`not at its end after ${DRAIN_MS} ms: ${left}`);
      }
      quiet = done ? quiet + 1 : 0;
      await pause(300);
    }
  }

  async #check(
    trades: readonly Trade[],
    of: {
      readonly rules: readonly PostedRule[];
      readonly posted: readonly PostedRule[];
      readonly missingRules: readonly string[];
    },
  ): Promise<Findings> {
    const { mail, hook } = this.#options;
    const log = await openEmbeddedLog(`${this.#dataDir}/replay`);
    try {
      const left = await undone(log);
      if (left !== undefined) throw new Error(`it was stopped too early: ${left}`);
      const always: RuleLife[] = of.rules.map((rule) => life(rule, -Infinity));
      // Where in the market's time one of these came is not known: it may have fired on anything.
      const sometime = of.posted.map((rule) => ({ ...life(rule, Infinity), addSent: -Infinity }));
      return await check({
        log,
        trades,
        seen: new Set(),
        expected: expectedAlerts(trades, [...always, ...sometime], { windowMs: WINDOW_MS, lagMs: 0 }),
        came: new Map([...mail.came, ...hook.came]),
        missingRules: of.missingRules,
      });
    } finally {
      await log.close();
    }
  }
}

function life(rule: PostedRule, added: number): RuleLife {
  return { rule, addSent: added, addDone: added, deleteSent: Infinity, deleteDone: Infinity };
}
