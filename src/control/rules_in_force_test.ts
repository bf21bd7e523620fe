import { expect } from "expect";
import { rulesReadRecord } from "../books/rules_read.ts";
import { systemClock, VirtualClock } from "../core/clock.ts";
import { Stream } from "../roles/stream/stream.ts";
import type { EventLog } from "../ports/event_log.ts";
import { SymbolDirectory } from "../market/directory.ts";
import { withControl } from "../../tests/support/control.ts";
import { engineModule } from "../../tests/support/engine_module.ts";
import { temporaryLog } from "../../tests/support/temporary_log.ts";
import { until } from "../../tests/support/until.ts";

const rule = (id: string) => ({ id, symbol: "005930", when: "price >= 1", recipients: ["kim@example.com"] });

Deno.test("201 means in force also where the stream is another process: it says how far it has read the rules", async () => {
  await using temporary = await temporaryLog(3);
  const { log } = temporary;
  await withControl(async ({ json }) => {
    // Nobody evaluates yet: stored is all that can be said.
    expect((await json("POST", "/v1/rules", rule("early"))).status).toBe(201);
    const stop = new AbortController();
    const stream = new Stream({
      log,
      module: await engineModule(),
      directory: new SymbolDirectory([]),
      clock: systemClock,
      random: Math.random,
      reportRules: true,
    });
    const running = stream.run(stop.signal);
    await until(async () => (await stand(log)).size === 3, "every partition is reported");
    for (let turn = 0; turn < 20; turn++) {
      const { status } = await json("POST", "/v1/rules", rule(`turn-${turn}`));
      expect(status).toBe(201);
      const partition = await log.partitionOf("rules", "005930");
      const { end } = await log.bounds("rules", partition);
      expect((await stand(log)).get(partition)).toBe(end);
    }
    stop.abort();
    await running;
    // It has said that it left: nobody waits for it.
    expect([...(await stand(log)).values()]).toEqual([undefined, undefined, undefined]);
    expect((await json("POST", "/v1/rules", rule("late"))).status).toBe(201);
  }, { log });
});

Deno.test("a stream that was killed is waited for once, and a change is stored all the same", async () => {
  await using temporary = await temporaryLog(1);
  const { log } = temporary;
  const clock = new VirtualClock(Date.parse("2026-11-30T10:00:00+09:00"));
  await withControl(async ({ json }) => {
    await log.append([rulesReadRecord({ partition: 0, offset: 0, at: clock.now() })]);
    let answered = false;
    const posting = json("POST", "/v1/rules", rule("first")).finally(() => answered = true);
    await until(async () => {
      await clock.advance(100);
      return answered;
    }, "an answer");
    expect((await posting).status).toBe(201);
    expect(clock.now() - Date.parse("2026-11-30T10:00:00+09:00")).toBeGreaterThanOrEqual(2_000);
    const before = clock.now();
    expect((await json("POST", "/v1/rules", rule("second"))).status).toBe(201);
    expect(clock.now()).toBe(before);
  }, { log, clock });
});

/** How far each partition's rules are said to be in force. */
async function stand(log: EventLog): Promise<Map<number, number | undefined>> {
  const said = new Map<number, number | undefined>();
  const { start, end } = await log.bounds("status", 0);
  for await (const { records } of log.read({ topic: "status", partition: 0, from: start, to: end })) {
    for (const { key, value } of records) {
      if (!key.startsWith("rules/")) continue;
      said.set(
        Number(key.slice(6)),
        value === null ? undefined : JSON.parse(new TextDecoder().decode(value)).offset,
      );
    }
  }
  return said;
}
