/**
 * `tickbell notifier` as a process, and alerts for the other sides of all its channels.
 *
 * @module
 */
import { fileURLToPath } from "node:url";
import type { Alert } from "../../src/alerts/alert.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { outcomesOf } from "./outcomes.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { ChannelSides } from "./channel_sides.ts";

const MAIN = fileURLToPath(new URL("../../src/cli/main.ts", import.meta.url));
const SYMBOLS = Array.from({ length: 40 }, (_, index) => String(100_000 + index));

/** One `tickbell notifier`, killed at the end if it still runs. */
export class NotifierProcess implements AsyncDisposable {
  readonly #child: Deno.ChildProcess;
  readonly #reading: Promise<unknown>;
  #said = "";
  #ended = false;

  constructor(dataDir: string, env: Readonly<Record<string, string>>) {
    this.#child = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", MAIN, "notifier", "--data-dir", dataDir, "--metrics-port", "0"],
      env: { NO_COLOR: "1", TICKBELL_STORM_PER_MINUTE: "0", ...env },
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    const { stdout, stderr } = this.#child;
    this.#reading = Promise.all([stdout, stderr].map((stream) => this.#read(stream)));
  }

  /** How many alerts it has said do not reach their recipient. */
  get lost(): number {
    return this.#said.split("does not reach").length - 1;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (!this.#ended) await this.end("SIGKILL");
  }

  /** Ends it. @returns its exit code. @throws when it had ended by itself. */
  async end(signal: "SIGKILL" | "SIGTERM"): Promise<number> {
    this.#ended = true;
    try {
      this.#child.kill(signal);
    } catch {
      throw new Error(`the notifier ended by itself: ${this.#said.slice(-2_000)}`);
    }
    await this.#reading;
    return (await this.#child.status).code;
  }

  async #read(stream: ReadableStream<Uint8Array<ArrayBuffer>>): Promise<void> {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) this.#said += text;
  }
}

/** Alerts for so many recipients of each side, and what is to arrive for each. */
export function alertsFor(sides: ChannelSides, each: number, from = 0) {
  return sides.sides.flatMap((side, place) =>
    Array.from({ length: each }, (_, nth) => {
      const index = from + nth;
      const { recipient, arrival } = sides.recipient(side, index);
      const alert = alertFixture({
        ruleId: `${side}-${index}`,
        symbol: SYMBOLS[(place + index) % SYMBOLS.length] as string,
        eventTime: Date.now(),
        recipients: [recipient],
        channels: [],
      });
      return { alert, arrival };
    })
  );
}

/** What has become of each, for its one recipient. */
export async function states(log: EventLog, alerts: readonly Alert[]) {
  const outcomes = await Promise.all(alerts.map((alert) => outcomesOf(log, alert)));
  return outcomes.map(([one]) => one?.outcome ?? "unknown");
}

/** What the ledger says of those that it does not call sent. */
export async function unsent(log: EventLog, alerts: readonly Alert[]): Promise<readonly string[]> {
  const outcomes = await Promise.all(alerts.map((alert) => outcomesOf(log, alert)));
  return outcomes.flatMap(([one]) => {
    if (one?.outcome === "sent") return [];
    const { state = "unknown", channel, attempts, code, reason } = one?.delivery ?? {};
    return [`${channel} ${state} ${attempts} ${code} ${reason}`];
  });
}
