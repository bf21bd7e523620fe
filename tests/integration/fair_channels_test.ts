import { expect } from "expect";
import { openSqliteLog } from "../../src/adapters/sqlite/event_log.ts";
import { alertFixture } from "../../src/alerts/fixture.ts";
import { seededRandom } from "../../src/core/backoff.ts";
import { systemClock } from "../../src/core/clock.ts";
import { Notifier } from "../../src/roles/notifier/notifier.ts";
import { openSide, type Side, WAYS } from "../support/failing_sides.ts";
import { appendAlerts } from "../support/notifier_bench.ts";
import { until } from "../support/until.ts";

const HEALTHY = ["healthy0", "healthy1", "healthy2"];

for (const side of Object.keys(WAYS) as Side[]) {
  Deno.test(`${side}: one recipient's refusal, or one that hangs, delays nobody else`, async () => {
    for (const [way, { name, account }] of WAYS[side].entries()) {
      // What speaks of the account holds everybody back, and is to.
      if (account) continue;
      const other = await openSide(side);
      const log = await openSqliteLog({ path: ":memory:", partitions: 1, clock: systemClock });
      const sent: string[] = [];
      const seen: string[] = [];
      const notifier = new Notifier({
        log,
        channels: [other.channel],
        clock: systemClock,
        random: seededRandom(1),
        stormPerMinute: 0,
        drainMs: 50,
        onDelivery({ state, id }) {
          const ruleId = id.slice(0, id.indexOf("@"));
          seen.push(ruleId);
          if (state === "sent") sent.push(ruleId);
        },
      });
      const alert = (ruleId: string, recipient: string) =>
        alertFixture({ ruleId, recipients: [recipient], channels: [] });
      const stop = new AbortController();
      const running = notifier.run(stop.signal);
      try {
        const failing = Array.from({ length: 12 }, (_, i) => alert(`bad${i}`, other.recipient(i % 2, way)));
        await appendAlerts(log, failing);
        await until(() => seen.length > 0, `${name}: a first call`);
        await appendAlerts(
          log,
          HEALTHY.map((ruleId, index) => alert(ruleId, other.recipient(100 + index, -1))),
        );
        await until(() => sent.length === 3, `${name}: the others' messages`, 4_000);
        expect(sent.toSorted()).toEqual(HEALTHY);
      } finally {
        stop.abort();
        await running;
        await other.channel.close();
        await other.close();
        await log.close();
      }
    }
  });
}
