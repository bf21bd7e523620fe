import { expect } from "expect";
import { ROOT_KEY, type TestControl, withControl } from "../../../tests/support/control.ts";
import { ControlClient } from "../../control/client/client.ts";
import { carryOut, planRules } from "./apply_rules.ts";
import { planLines, planSummary } from "./plan_report.ts";
import { setNameOf } from "./wanted_rules.ts";

const rule = {
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "1000",
  recipients: ["kim@example.com"],
};

/**
 * Writes files into a folder, applies them.
 *
 * @returns what was said and what is in force.
 */
async function withFiles(
  body: (desk: {
    write(name: string, text: string | Uint8Array): Promise<void>;
    apply(name?: string, options?: { prune?: boolean; plan?: boolean }): Promise<string[]>;
    rules(): Promise<Record<string, string>>;
    test: TestControl;
  }) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-apply-" });
  try {
    await withControl(async (test) => {
      const api = new ControlClient({
        url: "http://127.0.0.1",
        key: ROOT_KEY,
        fetch: async (request) => await test.control.app.fetch(request),
      });
      await body({
        test,
        write: (name, text) =>
          typeof text === "string"
            ? Deno.writeTextFile(`${folder}/${name}`, text)
            : Deno.writeFile(`${folder}/${name}`, text),
        async apply(name = "", { prune = true, plan: only = false } = {}) {
          const path = name === "" ? folder : `${folder}/${name}`;
          const plan = await planRules(api, { path, set: name === "" ? "all" : setNameOf(path), prune });
          if (!only) await carryOut(api, plan);
          return [...planLines(plan), planSummary(plan, !only)];
        },
        async rules() {
          const { data } = (await test.json("GET", "/v1/rules?limit=1000&sort=id")).body;
          return Object.fromEntries(data.map((one: { id: string; value: string }) => [one.id, one.value]));
        },
      });
    });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const lines = (...rules: object[]) => rules.map((one) => `${JSON.stringify(one)}\n`).join("");

Deno.test("a file is applied: made, changed, deleted, and a second time nothing is done", () =>
  withFiles(async ({ write, apply, rules }) => {
    await write("r.ndjson", `# mine\n${lines({ ...rule, id: "a" }, { ...rule, id: "b" })}`);
    expect(await apply("r.ndjson")).toEqual([
      "  + a  005930 target_price gte 1000 → kim@example.com",
      "  + b  005930 target_price gte 1000 → kim@example.com",
      "r.ndjson: 2 made",
    ]);
    expect(await apply("r.ndjson")).toEqual(["r.ndjson: 2 rules as before"]);
    await write("r.ndjson", lines({ ...rule, id: "a", value: "90000000", note: "매수" }));
    expect(await apply("r.ndjson", { plan: true })).toEqual([
      "  ~ a  value 1000 → 90000000, note  → 매수",
      "  - b  005930 target_price gte 1000 → kim@example.com: no longer in r.ndjson",
      "r.ndjson: 1 to change, 1 to delete",
    ]);
    expect(await rules()).toEqual({ a: "1000", b: "1000" });
    expect((await apply("r.ndjson")).at(-1)).toBe("r.ndjson: 1 changed, 1 deleted");
    expect(await rules()).toEqual({ a: "90000000" });
  }));

Deno.test("rules without an id are the same while they say the same, and replaced once they are edited", () =>
  withFiles(async ({ write, apply, rules }) => {
    await write("r.json", JSON.stringify([rule]));
    await apply("r.json");
    const { value, kind, ...rest } = rule;
    await write("r.json", JSON.stringify([{ value, ...rest, kind }], null, 2));
    expect(await apply("r.json")).toEqual(["r.json: 1 rule as before"]);
    await write("r.json", JSON.stringify([{ ...rule, value: "2000" }]));
    expect((await apply("r.json")).at(-1)).toBe("r.json: 1 made, 1 deleted");
    expect(Object.values(await rules())).toEqual(["2000"]);
  }));

Deno.test("without prune what is gone stays in force and is reported; other files' and the API's rules are nobody's", () =>
  withFiles(async ({ write, apply, rules, test }) => {
    await test.json("POST", "/v1/rules", { ...rule, id: "mine" });
    await test.json("POST", "/v1/rules", { ...rule, id: "both" });
    await write(
      "a.csv",
      "id,symbol,kind,comparator,value,recipients\na,005930,목표가,이상,1,x@example.com\n",
    );
    await write("b.ndjson", lines({ ...rule, id: "b" }, { ...rule, id: "both", value: "7" }));
    await apply("a.csv");
    expect(await apply("b.ndjson")).toContain("  ~ both  value 1000 → 7, taken over from the API");
    await write("b.ndjson", lines({ ...rule, id: "both", value: "7" }));
    expect(await apply("b.ndjson", { prune: false })).toEqual([
      "  ? b  005930 target_price gte 1000 → kim@example.com: no longer in b.ndjson, still in force (--prune deletes it)",
      "b.ndjson: 1 left, 1 rule as before",
    ]);
    await apply("b.ndjson");
    expect(await rules()).toEqual({ a: "1", both: "7", mine: "1000" });
    expect((await apply()).at(-1)).toBe("all: 2 changed");
  }));

Deno.test("a rule that moves to another symbol is made again", () =>
  withFiles(async ({ write, apply, test }) => {
    await write("r.ndjson", lines({ ...rule, id: "a" }));
    await apply("r.ndjson");
    await write("r.ndjson", lines({ ...rule, id: "a", symbol: "000660" }));
    await apply("r.ndjson");
    expect((await test.json("GET", "/v1/rules/a")).body.symbol).toBe("000660");
    expect(await apply("r.ndjson")).toEqual(["r.ndjson: 1 rule as before"]);
  }));

Deno.test("nothing is done when any rule is refused; what is wrong is reported with its place", () =>
  withFiles(async ({ write, apply, rules }) => {
    await write(
      "r.ndjson",
      `${lines({ ...rule, id: "a" })}\n${lines({ ...rule, value: 5.5 }, { ...rule, to: 1 })}`,
    );
    await expect(apply("r.ndjson")).rejects.toThrow(
      /r\.ndjson: line 3, value: .*5\.5; line 4, to: is not a field/,
    );
    await write("r.ndjson", lines({ ...rule, id: "a" }, { ...rule, id: "a" }));
    await expect(apply("r.ndjson")).rejects.toThrow("line 2, id: stands there twice, first in line 1");
    await write("r.ndjson", "");
    await expect(apply("r.ndjson")).rejects.toThrow("r.ndjson: is empty");
    await write("r.ndjson", lines(rule) + "{");
    await expect(apply("r.ndjson")).rejects.toThrow("line 2: is no JSON");
    expect(await rules()).toEqual({});
  }));

Deno.test("an expiry that is past is reported, and the rule taken", () =>
  withFiles(async ({ write, apply, test }) => {
    await write("r.ndjson", lines({ ...rule, id: "a", expiresAt: 1796999999 }));
    await apply("r.ndjson");
    expect((await test.json("GET", "/v1/rules/a")).body.expiresAt).toBe("1970-01-21T19:09:59.999Z");
    const again = await test.request(
      "POST",
      "/v1/rules:bulk",
      lines({ ...rule, id: "b", expiresAt: 1796999999 }),
      {
        "content-type": "application/x-ndjson",
      },
    );
    const [line] = (await again.text()).split("\n");
    expect(JSON.parse(line!).warnings).toMatchObject([{
      field: "expiresAt",
      code: "expired",
      reason: expect.stringContaining("milliseconds are wanted"),
    }]);
  }));
