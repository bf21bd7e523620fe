import { setImmediate } from "node:timers/promises";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock, VirtualClock } from "../../src/core/clock.ts";
import type { Channel } from "../../src/ports/channel.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { type FailingSide, openSide, type Side, WAYS } from "../../tests/support/failing_sides.ts";
import { appendAlerts } from "../../tests/support/notifier_bench.ts";

const RECIPIENTS = 1_000;
const SYMBOLS = Array.from({ length: 200 }, (_, index) => String(100_000 + index));
const PARTITIONS = 6;
/** How long the other side takes to answer, ms. */
const ANSWER_MS = 50;
/** The storm must be over by then, ms of the virtual clock. */
const MOST_MS = 3_600_000;
const BEGIN = Date.UTC(2026, 10, 30, 1);

/**
 * What healthy recipients of a storm wait, with and without others whose side fails, 5 % of them in each way: the
 * notifier, the lanes and the channels as they ship, against servers on loopback. The time is the virtual clock's, so
 * that what a provider takes (Telegram's 25 a second: seven minutes) is kept without being waited for; an answer takes
 * 50 ms of it, a call that hangs as long as it may. `delivery-fair -- 10000 mail ses slack`: on those channels only.
 */
export async function fair({ args }: { readonly args: string[] }): Promise<Record<string, unknown>[]> {
  const alerts = Number(args[0] ?? 10_000);
  const sides = (Object.keys(WAYS) as Side[]).filter((side) =>
    args.length < 2 || args.slice(1).includes(side)
  );
  const rows = [];
  for (const side of sides) {
    const without = await storm({ side, alerts, failing: false });
    const among = await storm({ side, alerts, failing: true });
    rows.push({
      scenario: "delivery-fair",
      channel: side,
      alerts,
      failing: WAYS[side].map(({ name }) => name).join(", "),
      healthyP50Ms: among(0.5),
      healthyP99Ms: among(0.99),
      withoutFailingP50Ms: without(0.5),
      withoutFailingP99Ms: without(0.99),
    });
    // It takes minutes: each channel's figures are said as they come.
    console.error(JSON.stringify(rows.at(-1)));
  }
  return rows;
}

interface Storm {
  readonly side: Side;
  readonly alerts: number;
  readonly failing: boolean;
}

/** A storm's percentiles of what the healthy wait, ms. */
async function storm({ side, alerts, failing }: Storm): Promise<(share: number) => number> {
  const other = await openSide(side);
  const calls = new Calls();
  const clock = new VirtualClock(BEGIN, () => calls.ready());
  const log = await openSqliteLog({ path: ":memory:", partitions: PARTITIONS, clock: systemClock });
  const ways = WAYS[side].length;
  /** Of twenty groups of five recipients (a mail domain) one fails in each way. */
  const wayOf = (recipient: number) => Math.floor(recipient / 5) % 20;
  const isHealthy = (recipient: number) => wayOf(recipient) >= ways;
  const times: number[] = [];
  const notifier = new Notifier({
    log,
    channels: [timed(other, { clock, calls })],
    clock,
    random: seededRandom(1),
    stormPerMinute: 0,
    drainMs: 100,
    onDelivery({ id, state }) {
      if (state === "sent" && isHealthy(Number(/^r\d+-(\d+)/.exec(id)?.[1]))) times.push(clock.now() - BEGIN);
    },
  });
  const stop = new AbortController();
  let stopped = false;
  const running = notifier.run(stop.signal).finally(() => stopped = true);
  try {
    const numbers = Array.from({ length: alerts }, (_, index) => index % RECIPIENTS);
    await appendAlerts(
      log,
      numbers.map((recipient, index) =>
        alertFixture({
          ruleId: `r${index}-${recipient}`,
          symbol: SYMBOLS[index % SYMBOLS.length] as string,
          recipients: [other.recipient(recipient, failing && !isHealthy(recipient) ? wayOf(recipient) : -1)],
          channels: [],
          eventTime: BEGIN,
        })
      ),
    );
    const healthy = numbers.filter(isHealthy).length;
    while (times.length < healthy) {
      if (clock.now() - BEGIN > MOST_MS) throw new Error(`${side}: ${times.length} of ${healthy} came`);
      await clock.advance(1_000);
    }
  } finally {
    stop.abort();
    while (!stopped) await clock.advance(1_000);
    await running;
    await other.channel.close();
    await other.close();
    await log.close();
  }
  times.sort((one, later) => one - later);
  return (share) => times[Math.floor(times.length * share)] ?? 0;
}

/** Calls that the other side is about to answer: the virtual time stands still meanwhile. */
class Calls {
  readonly #open = new Set<Promise<unknown>>();

  async during<T>(work: () => Promise<T>): Promise<T> {
    const working = work();
    this.#open.add(working);
    try {
      return await working;
    } finally {
      this.#open.delete(working);
    }
  }

  async ready(): Promise<void> {
    for (;;) {
      for (let turn = 0; turn < 8; turn++) await setImmediate();
      if (this.#open.size === 0) return;
      await Promise.allSettled(this.#open);
    }
  }
}

/** The channel, whose answers take a while of the virtual clock. */
function timed(
  { channel, hangs }: FailingSide,
  { clock, calls }: { clock: VirtualClock; calls: Calls },
): Channel {
  const { limits } = channel;
  return {
    channel: channel.channel,
    transport: channel.transport,
    ...(limits === undefined ? {} : { limits: () => calls.during(() => limits.call(channel)) }),
    ...(channel.callTimeoutMs === undefined ? {} : { callTimeoutMs: channel.callTimeoutMs }),
    async send(message, signal) {
      if (hangs(message.to)) return await channel.send(message, signal);
      await clock.sleep(ANSWER_MS, signal);
      return await calls.during(() => channel.send(message, signal));
    },
    close: () => Promise.resolve(),
  };
}
