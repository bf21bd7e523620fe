import { expect } from "expect";
import { ownKey } from "../../src/books/own_keys.ts";
import { recordsOf } from "../../src/books/records_of.ts";
import type { EventLog } from "../../src/ports/event_log.ts";
import type { Json, TestControl } from "../support/control.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "71900",
  recipients: ["kim@example.com"],
};

/** Runs a body with two control roles over one log. */
export type WithTwo = (body: (a: TestControl, b: TestControl) => Promise<void>) => Promise<void>;

/** What two control instances over one log promise, whatever the log. */
export function twoControlsContract(
  name: string,
  withTwo: WithTwo,
  register: (name: string, body: () => Promise<void>) => void = Deno.test,
): void {
  const test = (what: string, body: () => Promise<void>) => register(`${name}: ${what}`, body);

  test("of two changes of one version by two instances one is kept, and the other's caller hears 412", () =>
    withTwo(async (a, b) => {
      await a.json("POST", "/v1/rules", { ...rule, id: "r" });
      for (let round = 1; round <= 30; round++) {
        await agreed(a, b, "/v1/rules/r");
        const headers = { "if-match": `"${round}"` };
        const [one, two] = await Promise.all([
          a.json("PATCH", "/v1/rules/r", { note: `a${round}` }, headers),
          b.json("PATCH", "/v1/rules/r", { note: `b${round}` }, headers),
        ]);
        expect([one.status, two.status].sort()).toEqual([200, 412]);
        const { body } = await agreed(a, b, "/v1/rules/r");
        expect([body.version, body.note]).toEqual([
          round + 1,
          one.status === 200 ? `a${round}` : `b${round}`,
        ]);
      }
    }));

  test("changes of whatever stands, by two instances at once, are all made; of two deletions one finds nothing", () =>
    withTwo(async (a, b) => {
      for (let round = 0; round < 10; round++) {
        const path = `/v1/rules/r${round}`;
        await a.json("POST", "/v1/rules", { ...rule, id: `r${round}` });
        await agreed(a, b, path);
        const changes = await Promise.all([
          a.json("PATCH", path, { note: "a" }),
          b.json("PATCH", path, { value: "72000" }),
        ]);
        expect(changes.map(({ status }) => status)).toEqual([200, 200]);
        const { body } = await agreed(a, b, path);
        expect([body.version, body.note, body.value]).toEqual([3, "a", "72000"]);
        const gone = await Promise.all([a.request("DELETE", path), b.request("DELETE", path)]);
        await Promise.all(gone.map((response) => response.body?.cancel()));
        expect(gone.map(({ status }) => status).sort()).toEqual([204, 404]);
      }
    }));

  test("of two rules of one id, made at once by two instances for two symbols, one is kept", () =>
    withTwo(async (a, b) => {
      for (let round = 0; round < 10; round++) {
        const id = `r${round}`;
        const [one, two] = await Promise.all([
          a.json("POST", "/v1/rules", { ...rule, id }),
          b.json("POST", "/v1/rules", { ...rule, id, symbol: "000660" }),
        ]);
        expect([id, ...[one.status, two.status].sort()]).toEqual([id, 201, 409]);
        const { body } = await agreed(a, b, `/v1/rules/${id}`);
        expect(body.symbol).toBe(one.status === 201 ? "005930" : "000660");
      }
    }));

  test("a key that one instance revokes while another one rotates it stays revoked, also in its last record", () =>
    withTwo(async (a, b) => {
      for (let round = 0; round < 10; round++) {
        const { body: { id } } = await a.json("POST", "/v1/keys", { name: "k", scopes: ["rules:read"] });
        await agreed(a, b, `/v1/keys/${id}`);
        const [rotated, revoked] = await Promise.all([
          a.json("POST", `/v1/keys/${id}/rotate`, {}),
          b.request("DELETE", `/v1/keys/${id}`),
        ]);
        expect([revoked.status, [201, 409].includes(rotated.status)]).toEqual([204, true]);
        expect((await agreed(a, b, `/v1/keys/${id}`)).body.revokedAt).not.toBe(null);
        expect(await lastOf(a.log, ownKey("key", id))).toMatchObject({ revokedAt: expect.any(Number) });
      }
    }));

  test("a key made or revoked on one instance is known to the other", () =>
    withTwo(async (a, b) => {
      const { body } = await a.json("POST", "/v1/keys", { name: "k", scopes: ["rules:read"] });
      const auth = { authorization: `Bearer ${body.key}` };
      const until = async (status: number) => {
        for (let attempt = 0; attempt < 200; attempt++) {
          if ((await b.json("GET", "/v1/rules", undefined, auth)).status === status) return;
          await new Promise((resolve) => setTimeout(resolve, 5));
        }
        throw new Error(`the other never answers ${status}`);
      };
      await until(200);
      await a.request("DELETE", `/v1/keys/${body.id}`);
      await until(401);
    }));
}

/** What the last record of one of control's own keys says. */
async function lastOf(log: EventLog, key: string): Promise<unknown> {
  let last: unknown;
  for await (const record of recordsOf(log, { topic: "control", partition: 0 })) {
    if (record.key === key) last = JSON.parse(new TextDecoder().decode(record.value!));
  }
  return last;
}

/** Both come to know what the other wrote. */
async function agreed(a: TestControl, b: TestControl, path: string): Promise<Json> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const [one, two] = await Promise.all([a.json("GET", path), b.json("GET", path)]);
    if (JSON.stringify(one.body) === JSON.stringify(two.body)) return one;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error("the two never agree");
}
