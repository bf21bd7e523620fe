import { expect } from "expect";
import fc from "fast-check";
import { RecordingChannel } from "../../../tests/support/notifier_bench.ts";
import { checkProperty } from "../../../tests/support/property.ts";
import { seededRandom } from "../../core/backoff.ts";
import { type CallEnd, ChannelError } from "../../ports/channel.ts";
import { FairQueue } from "./fair_queue.ts";
import { Lane, type Place } from "./lane.ts";

const turn = (tenant: string, scope: string, recipient: string, id = 0) => ({ tenant, scope, recipient, id });
type Item = ReturnType<typeof turn>;
type Seat = Place<Item>;
const failed = (concerns: CallEnd["concerns"], retryAfterMs?: number) => ({
  error: new ChannelError("x", "x", {
    end: "not_taken",
    concerns,
    ...(retryAfterMs === undefined ? {} : { retryAfterMs }),
  }),
});
const taken = { taken: "1" };
const noAnswer = new ChannelError("timeout", "x", { end: "unknown", concerns: "provider" });

function lane(over: { concurrent?: number; each?: { perSecond: number; concurrent: number } } = {}) {
  const free = { perSecond: Infinity, concurrent: over.concurrent ?? 100 };
  return new Lane<Item>({
    name: "mail",
    channel: new RecordingChannel(),
    random: seededRandom(1),
    limits: free,
    each: () => over.each ?? free,
    now: 0,
  });
}

/** The place of the next one to be called. */
function seatOf(lane: Lane<Item>, now: number): Seat {
  return lane.take(now)?.place as Seat;
}

function all(queue: FairQueue<Item>): Item[] {
  const items: Item[] = [];
  for (let item = queue.take(() => true); item; item = queue.take(() => true)) items.push(item);
  return items;
}

Deno.test("tenants take turns, in a tenant the scopes, in a scope the recipients", () => {
  const queue = new FairQueue<Item>();
  for (let id = 0; id < 100; id++) queue.push(turn("beta", "a.example", "u@a.example", id));
  queue.push(turn("acme", "a.example", "kim@a.example"));
  queue.push(turn("beta", "b.example", "lee@b.example"));
  queue.push(turn("beta", "a.example", "v@a.example"));
  const order = all(queue).map(({ recipient }) => recipient);
  expect(order.indexOf("kim@a.example")).toBeLessThanOrEqual(1);
  expect(order.indexOf("lee@b.example")).toBeLessThanOrEqual(2);
  expect(order.indexOf("v@a.example")).toBeLessThanOrEqual(4);
});

Deno.test("whatever is pushed comes out once, each recipient's in order, also past scopes that stand aside", () => {
  const name = fc.constantFrom("a", "b", "c");
  checkProperty(
    fc.property(
      fc.array(fc.record({ tenant: name, scope: name, recipient: name, blocked: name, letIn: fc.boolean() })),
      (pushes) => {
        const queue = new FairQueue<Item>();
        const out: Item[] = [];
        pushes.forEach(({ tenant, scope, recipient, blocked, letIn }, id) => {
          queue.push(turn(tenant, scope, `${scope}/${recipient}`, id));
          if (letIn) { for (const one of ["a", "b", "c"]) queue.letIn(one); }
          const item = queue.take((other) => other !== blocked);
          if (item !== undefined) {
            expect(item.scope).not.toBe(blocked);
            out.push(item);
          }
          expect(queue.size).toBe(id + 1 - out.length);
        });
        for (const one of ["a", "b", "c"]) queue.letIn(one);
        out.push(...all(queue));
        expect(out.length).toBe(pushes.length);
        const last = new Map<string, number>();
        for (const { tenant, recipient, id } of out) {
          const key = `${tenant}|${recipient}`;
          expect(id).toBeGreaterThan(last.get(key) ?? -1);
          last.set(key, id);
        }
      },
    ),
    300,
  );
});

Deno.test("a recipient's trouble backs off the recipient, the provider's the lane", () => {
  const mail = lane();
  for (let index = 0; index < 5; index++) {
    const item = turn("t", "grey.example", `u${index}@grey.example`);
    mail.end(mail.tryReserve(item, 0) as Seat, failed("recipient"), 0);
  }
  expect(mail.tryReserve(turn("t", "grey.example", "u@grey.example"), 0)).toBeUndefined();
  const good = turn("t", "good.example", "kim@good.example");
  expect([mail.paused(0), mail.pausedScopes(0)]).toEqual([false, 1]);
  mail.end(mail.tryReserve(good, 0) as Seat, failed("provider", 5_000), 0);
  expect([mail.paused(0), mail.tryReserve(good, 0)]).toEqual([true, undefined]);
  expect(mail.tryReserve(good, 5_001)).toBeDefined();
});

Deno.test("failing recipients take a quarter of the lane at most, however slow they are", () => {
  const mail = lane({ concurrent: 10 });
  const bad = Array.from({ length: 40 }, (_, index) => turn("t", `bad${index}.example`, "x"));
  for (const item of bad) {
    mail.push(item);
    mail.push({ ...item, id: 1 });
  }
  for (const _ of bad) mail.end(seatOf(mail, 0), failed("recipient"), 0);
  let hanging = 0;
  while (mail.take(1) !== undefined) hanging++;
  expect(hanging).toBe(3);
  const good = turn("t", "good.example", "kim@good.example");
  mail.push(good);
  expect(mail.take(1)?.item).toBe(good);
});

Deno.test("one webhook's rate is its own: a thousand at one a second take a second, not a thousand", () => {
  const slack = lane({ each: { perSecond: 1, concurrent: 1 } });
  for (let index = 0; index < 1_000; index++) {
    for (let id = 0; id < 2; id++) slack.push(turn("t", `hook${index}`, `hook${index}`, id));
  }
  const wave = (now: number) => {
    let count = 0;
    for (let next = slack.take(now); next; next = slack.take(now)) {
      slack.end(next.place, taken, now);
      count++;
    }
    return count;
  };
  expect([wave(0), wave(500), wave(1_000), slack.queued]).toEqual([1_000, 0, 1_000, 0]);
});

Deno.test("a lane says when to come back, and is idle when nothing is left", () => {
  const slack = lane({ each: { perSecond: 1, concurrent: 1 } });
  slack.push(turn("t", "hook", "hook", 0));
  slack.push(turn("t", "hook", "hook", 1));
  slack.end(seatOf(slack, 0), taken, 0);
  expect([slack.take(0), slack.dueAt(0)]).toEqual([undefined, 1_000]);
  slack.end(seatOf(slack, 1_000), taken, 1_000);
  expect([slack.dueAt(1_000), slack.idle(1_000)]).toEqual([undefined, true]);
});

Deno.test("calls that hang give their places to others, and keep their own scope waiting", () => {
  const mail = lane({ concurrent: 4 });
  for (let id = 0; id < 5; id++) mail.push(turn("t", "hangs.example", "x", id));
  const hanging = Array.from({ length: 4 }, () => seatOf(mail, 0));
  const good = turn("t", "good.example", "kim@good.example");
  mail.push(good);
  expect([mail.take(1_999), mail.dueAt(1_999)]).toEqual([undefined, 2_000]);
  const { item, place } = mail.take(2_000) as { item: Item; place: Seat };
  expect([item, mail.take(2_000)]).toEqual([good, undefined]);
  mail.end(place, taken, 2_050);
  // What hung while others were taken is the recipient's: the provider is not paused.
  for (const one of hanging) mail.end(one, { error: noAnswer }, 30_000);
  expect([mail.paused(30_000), mail.pausedScopes(30_000), mail.inFlight]).toEqual([false, 0, 0]);
});

Deno.test("where every call takes long none is slow: what one scope gets stays as it was", () => {
  const mail = lane({ concurrent: 2 });
  let now = 0;
  for (let id = 0; id < 60; id++) mail.push(turn("t", "gmail.example", "x", id));
  for (let wave = 0; wave < 20; wave++) {
    const seats = [seatOf(mail, now), mail.take(now)?.place].filter((seat) => seat !== undefined);
    now += 3_000;
    if (wave > 10) expect([seats.length, mail.take(now - 1)]).toEqual([2, undefined]);
    for (const seat of seats) mail.end(seat, taken, now);
  }
});

Deno.test("a provider that hangs with everybody is the provider's trouble", () => {
  const mail = lane({ concurrent: 5 });
  for (let id = 0; id < 5; id++) mail.push(turn("t", `d${id}.example`, "x", id));
  const seats = Array.from({ length: 5 }, () => seatOf(mail, 0));
  for (const seat of seats) mail.end(seat, { error: noAnswer }, 30_000);
  expect([mail.paused(30_000), mail.pausedScopes(30_000)]).toEqual([true, 0]);
});
