import { expect } from "expect";
import { ROOT_KEY, withControl } from "../support/control.ts";

const SCRIPT = new URL("../../helm/stock-app/files/bootstrap_rule.ts", import.meta.url).pathname;

/** As the chart's template makes it of notiType 목표가, userCondition "53200|미만" and stockCode 005930. */
const RULE = {
  id: "helm-005930-target_price-0a1b2c3d",
  symbol: "005930",
  kind: "target_price",
  condition: "53200|미만",
  recipients: ["alerts@example.com"],
  note: "helm",
};

Deno.test("the rule of an old values file is posted once, through the real control API", async () => {
  await withControl(async ({ control, json }) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, control.app.fetch);
    try {
      const url = `http://127.0.0.1:${server.addr.port}`;
      const first = await post(url, RULE);
      expect(first.said).toContain(`Rule ${RULE.id} is in force.`);
      expect(first.code).toBe(0);
      const { body } = await json("GET", `/v1/rules/${RULE.id}`);
      expect(body).toMatchObject({
        symbol: "005930",
        kind: "target_price",
        comparator: "lt",
        value: "53200",
        enabled: true,
      });

      expect((await post(url, RULE)).said).toContain("is there already");
      // A rule that was deleted by hand stays deleted, though every upgrade runs the hook again.
      await (await control.app.request(`/v1/rules/${RULE.id}`, {
        method: "DELETE",
        headers: { authorization: `Bearer ${ROOT_KEY}` },
      })).body?.cancel();
      expect((await post(url, RULE)).code).toBe(0);
      expect((await json("GET", "/v1/rules")).body.data).toEqual([]);
    } finally {
      await server.shutdown();
    }
  });
});

Deno.test("the other kinds of an old values file are accepted", async () => {
  await withControl(async ({ json }) => {
    const { id: _, condition: __, ...rule } = RULE;
    const kinds: readonly Record<string, string>[] = [
      { kind: "price_limit", direction: "either" },
      { kind: "price_limit", direction: "up" },
      { kind: "change_rate", condition: "1.5|이상" },
      { kind: "change_rate", condition: "-1.5|이하", direction: "up" },
      { kind: "day_change", condition: "1000|초과" },
    ];
    for (const [index, kind] of kinds.entries()) {
      const { status, body } = await json("POST", "/v1/rules", { ...rule, ...kind, id: `helm-${index}` });
      expect(`${kind.kind} ${status} ${JSON.stringify(body.errors ?? "")}`).toBe(`${kind.kind} 201 ""`);
    }
  });
});

Deno.test("a rule that the API refuses fails the hook with the API's own words", async () => {
  await withControl(async ({ control }) => {
    const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, control.app.fetch);
    try {
      const { code, said } = await post(`http://127.0.0.1:${server.addr.port}`, {
        ...RULE,
        symbol: "999999",
      });
      expect(code).toBe(1);
      expect(said).toContain("The control API refused the rule (4");
      expect(said).toContain("999999");
    } finally {
      await server.shutdown();
    }
  });
});

/** Runs the hook's script as the chart does: its own file, no configuration, few rights. */
async function post(url: string, rule: unknown): Promise<{ code: number; said: string }> {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-bootstrap-" });
  try {
    await Deno.writeTextFile(`${folder}/rule.json`, JSON.stringify(rule));
    await Deno.writeTextFile(`${folder}/key`, `${ROOT_KEY}\n`);
    const { code, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
      args: [
        "run",
        "--no-prompt",
        "--no-config",
        "--no-remote",
        "--no-lock",
        `--allow-read=${folder}`,
        "--allow-env",
        "--allow-net=127.0.0.1",
        SCRIPT,
      ],
      env: { CONTROL_URL: url, API_KEY_FILE: `${folder}/key`, RULE_FILE: `${folder}/rule.json` },
    }).output();
    return { code, said: new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}
