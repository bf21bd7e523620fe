import { until } from "../../../tests/support/until.ts";
import { expect } from "expect";
import { Program } from "../program.ts";
import type { Command } from "../command.ts";
import { completion, completionCommand } from "./completion.ts";
import { alertCommands } from "./alerts.ts";
import { keyCommands } from "./keys.ts";
import { statusCommand } from "./status.ts";
import { draftOf } from "./rule_draft.ts";
import { patchOf, ruleCommands } from "./rules.ts";
import { displayWidth, table } from "../table.ts";
import { alertFixture } from "../../alerts/fixture.ts";
import { encodeAlert } from "../../alerts/codec.ts";
import { ROOT_KEY, type TestControl, withControl } from "../../../tests/support/control.ts";

const COMMANDS = [
  ...ruleCommands,
  ...alertCommands,
  ...keyCommands,
  statusCommand,
] as unknown as readonly Command[];

interface Ran {
  readonly code: number;
  readonly out: string[];
  readonly err: string[];
}

/** Runs `body` with the program over a served API. */
async function withProgram(
  body: (
    run: (words: string[], signal?: AbortSignal, printed?: () => void) => Promise<Ran>,
    test: TestControl,
  ) => Promise<void>,
): Promise<void> {
  await withControl(async (test) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, test.control.app.fetch);
    const env = { TICKBELL_API_URL: `http://127.0.0.1:${server.addr.port}`, TICKBELL_API_KEY: ROOT_KEY };
    const run = async (
      words: string[],
      signal = new AbortController().signal,
      printed = () => {},
    ): Promise<Ran> => {
      const [out, err]: [string[], string[]] = [[], []];
      const code = await new Program(COMMANDS).run(words, {
        out: (line) => {
          out.push(line);
          printed();
        },
        err: (line) => err.push(line),
        env,
        signal,
      });
      return { code, out, err };
    };
    try {
      await body(run, test);
    } finally {
      await server.shutdown();
    }
  });
}

Deno.test("rules are added, listed, edited, explained and removed from the terminal", () =>
  withProgram(async (run) => {
    const added = await run([
      "rules",
      "add",
      "005930",
      "목표가",
      "71900",
      "이상",
      "--to",
      "kim@example.com",
      "--id",
      "r",
    ]);
    expect(added).toEqual({ code: 0, out: ["Made r."], err: [] });
    const list = await run(["rules", "list", "symbol=005930"]);
    expect(list.out[1]).toContain("삼성전자");
    expect(JSON.parse((await run(["rules", "list", "--json"])).out[0]!)).toMatchObject([{
      id: "r",
      value: "71900",
    }]);
    const edited = await run(["rules", "edit", "r", "value=72000", "labels.team=a", "enabled=false"]);
    expect(edited.out).toEqual(["Changed r to version 2: paused: it fires once it is resumed."]);
    expect((await run(["rules", "explain", "r"])).out[0]).toContain("paused");
    expect((await run(["rules", "test", "005930", "target_price", "gte", "1"])).out[0]).toContain("0 times");
    expect((await run(["rules", "rm", "r"])).code).toBe(0);
    expect((await run(["rules", "show", "r"])).code).toBe(4);
  }));

Deno.test("rules with conditions, and rules as people say them, are made from the terminal", () =>
  withProgram(async (run) => {
    const to = ["--to", "kim@example.com"];
    const added = await run([
      "rules",
      "add",
      "--rule-symbols",
      "005930,000660",
      "--when",
      "시가대비 5% 이상 그리고 거래대금 100억 이상",
      "--on",
      "crossing",
      "--repeat",
      "day",
      "--id",
      "w",
      ...to,
    ]);
    expect(added.out).toEqual(["Made w."]);
    expect(JSON.parse((await run(["rules", "show", "w", "--json"])).out[0]!)).toMatchObject({
      symbols: ["000660", "005930"],
      when: "from_open >= 5 and day_value >= 10000000000",
      kind: "condition",
      on: "crossing",
      repeat: "day",
      maxAlertsPerDay: 200,
    });
    const bad = await run(["rules", "add", "005930", "--when", "rats >= 5", ...to]);
    expect(bad.err[0]).toContain('when: column 1: expected a measure, found "rats"; did you mean rate?');
    const read = await run(["rules", "read", "하이닉스 3% 빠지면 한 번만"]);
    expect(read.out.slice(0, 2)).toEqual(["SK하이닉스: 하락률이 3% 이상 (한 번만)", "  when: rate <= -3"]);
    const made = await run(["rules", "read", "카카오 52주 신고가", "--yes", "--json", ...to]);
    expect(JSON.parse(made.out[0]!)).toMatchObject({ symbol: "035720", when: "new_high(52w) >= 1" });
    const half = await run(["rules", "read", "카카오 6만원 넘으면 매수", "--yes", ...to]);
    expect([half.code, half.out.at(-1)]).toEqual([3, "Not understood: 매수"]);
    expect(JSON.parse((await run(["rules", "list", "--json"])).out[0]!)).toHaveLength(2);
  }));

Deno.test("refusals are lines with their fields, and exit codes that distinguish them", () =>
  withProgram(async (run) => {
    const bad = await run(["rules", "add", "005931", "change_rate", "gte", "5.125", "--to", "nobody"]);
    expect(bad.code).toBe(3);
    expect(bad.err).toEqual([
      'tickbell: value: must be a decimal with at most 2 places, got "5.125"',
      'tickbell: recipients[0]: must be a mail address, webhook:https://…, slack:https://…, telegram:CHAT_ID, discord:https://…, ntfy:TOPIC, sms:PHONE or push:https://…, got "nobody"',
    ]);
    expect((await run(["rules", "list", "--api-key", "wrong"])).code).toBe(5);
    expect((await run(["rules", "list", "--api-url", "http://127.0.0.1:1"])).code).toBe(1);
    expect((await run(["rules", "add"])).code).toBe(2);
    expect((await run(["rules", "list", "nonsense"])).code).toBe(2);
  }));

Deno.test("an import from a file, an export to one, and the import again finds everything unchanged", () =>
  withProgram(async (run) => {
    const folder = await Deno.makeTempDir();
    try {
      const csv =
        "symbol,kind,condition,recipients,id\n005930,목표가,71900|이상,a@example.com,one\n005931,목표가,1|이상,a@example.com,two\n";
      await Deno.writeTextFile(`${folder}/rules.csv`, csv);
      const imported = await run(["rules", "import", `${folder}/rules.csv`]);
      expect(imported.code).toBe(3);
      expect(imported.out).toEqual(["2 lines, 1 created, 0 replaced, 0 deleted, 0 unchanged, 1 refused"]);
      expect(imported.err[0]).toContain("line 3.symbol: is not a listed symbol");
      for (const name of ["out.csv", "out.ndjson"]) {
        expect((await run(["rules", "export", `${folder}/${name}`])).code).toBe(0);
        const again = await run(["rules", "import", `${folder}/${name}`, "--mode", "replace", "--json"]);
        expect(JSON.parse(again.out.at(-1)!).summary).toMatchObject({ lines: 1, unchanged: 1 });
      }
      expect((await run(["rules", "import", `${folder}/none.csv`])).code).toBe(1);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  }));

Deno.test("keys are made, listed and revoked from the terminal", () =>
  withProgram(async (run) => {
    const made = await run(["keys", "create", "importer", "--scopes", "rules:write", "--json"]);
    const { id, key } = JSON.parse(made.out[0]!);
    expect((await run(["rules", "list", "--api-key", key])).code).toBe(0);
    expect((await run(["keys", "list", "--api-key", key])).code).toBe(5);
    expect((await run(["keys", "list"])).out[1]).toContain("importer");
    expect((await run(["keys", "revoke", id])).code).toBe(0);
    expect((await run(["rules", "list", "--api-key", key])).code).toBe(5);
  }));

Deno.test("alerts tail prints alerts as they fire and ends with the signal", () =>
  withProgram(async (run, { log }) => {
    const stop = new AbortController();
    // Until the first is printed, alerts are written again under new ids: the stream may not be open yet.
    const timer = setInterval(async () => {
      const alert = alertFixture({ id: `r${Date.now()}@0`, tenant: "default" });
      await log.append([{ topic: "alerts", key: alert.symbol, value: encodeAlert(alert), timestamp: 0 }]);
    }, 20);
    const { code, out } = await run(["alerts", "tail"], stop.signal, () => stop.abort());
    clearInterval(timer);
    expect(code).toBe(0);
    expect(out[0]).toContain("삼성전자");
  }));

Deno.test("alerts are listed over pages, as many as are asked for, and it is reported when there are more", () =>
  withProgram(async (run, { log }) => {
    await log.append(Array.from({ length: 1_105 }, (_, index) => {
      const alert = alertFixture({ id: `r${index}@0`, tenant: "default" });
      return { topic: "alerts" as const, key: alert.symbol, value: encodeAlert(alert), timestamp: 0 };
    }));
    const list = async (limit: number) => (await run(["alerts", "list", "--limit", String(limit)])).out;
    // The API follows the log: the last alert is awaited.
    await until(async () => (await list(2_000)).length >= 1_105, "the alerts to be followed");
    expect((await list(1_104)).length).toBe(1_105);
    expect((await list(1_104)).at(-1)).toBe("There are more: --limit 11040");
  }));

Deno.test("words of the command line as rules and patches", () => {
  const { direction, note, id } = { direction: undefined, note: undefined, id: undefined };
  const config = { to: ["a@example.com"], direction, note, id };
  expect(draftOf(["005930", "change_rate", "gte", "-1.5"], config)).toMatchObject({
    comparator: "gte",
    value: "-1.5",
  });
  expect(draftOf(["005930", "등락률", "-1.5", "이하"], config)).toMatchObject({
    comparator: "이하",
    value: "-1.5",
  });
  expect(patchOf({ enabled: "true", recipients: "a,b", note: "", "labels.x": "" })).toEqual({
    enabled: true,
    recipients: ["a", "b"],
    note: null,
    labels: { x: null },
  });
});

Deno.test("completion knows every word and flag", () => {
  const all = [...COMMANDS, completionCommand(() => COMMANDS)];
  const bash = completion("bash", all);
  expect(bash).toContain('"") words="alerts completion keys rules status"');
  expect(bash).toContain('"rules") words="add apply edit explain export import list read rm show test"');
  expect(bash).toMatch(/"rules import"\) words="[^"]*--atomic/);
  expect(completion("zsh", all)).toContain("#compdef tickbell");
  expect(completion("fish", all)).toContain("-l atomic");
});

Deno.test("tables know that Hangul is wide", () => {
  expect(displayWidth("삼성ab")).toBe(6);
  expect(table(["A", "B"], [["삼성", "x"], ["abc", "y"]])).toEqual(["A     B", "삼성  x", "abc   y"]);
});

Deno.test("rules rm and keys revoke look first: one that is not there and nothing is done, else each is reported", () =>
  withProgram(async (run) => {
    for (const id of ["a", "b"]) {
      await run([
        "rules",
        "add",
        "005930",
        "target_price",
        "gte",
        "71950",
        "--to",
        "kim@example.com",
        "--id",
        id,
      ]);
    }
    expect(await run(["rules", "rm", "a", "none", "b"])).toEqual({
      code: 4,
      out: [],
      err: ["tickbell: there is no rule none", "tickbell: nothing was done about the others either"],
    });
    const { code, out } = await run(["rules", "rm", "a", "b", "a"]);
    expect(code).toBe(0);
    expect(out.map((line) => line.replace(/:.*/, ""))).toEqual(["Deleted a", "Deleted b"]);
    expect(out[0]).toContain("005930");
    expect((await run(["keys", "revoke", "none"])).code).toBe(4);
  }));

Deno.test("status says how it is, in a person's time", () =>
  withProgram(async (run) => {
    const { out } = await run(["status"]);
    expect(out[0]).toMatch(/^Tickbell is (?:NOT )?ready at \d{4}-\d\d-\d\d \d\d:\d\d:\d\d \(Seoul\)\.$/);
    expect(out).toContain("0 rules; 0 alerts today.");
    expect(out).toContain("No trade was heard yet.");
    const json = JSON.parse((await run(["status", "--json"])).out[0]!);
    expect(json).toMatchObject({ rules: 0, alertsToday: 0, lastTrade: null });
  }));
