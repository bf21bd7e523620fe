import { expect } from "expect";
import { runTickbell, startTickbell, until } from "../support/tickbell.ts";

const rule = (id: string) => ({
  id,
  symbol: "005930",
  kind: "target_price",
  comparator: "gte",
  value: "1",
  recipients: ["kim@example.com"],
});

Deno.test("a backup of a running start is whole, is read back, and restored goes on where it was", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-backup-" });
  const data = `${folder}/data`;
  const target = `${folder}/monday`;
  try {
    const running = await startTickbell(data, ["--rate", "500"]);
    const post = async (id: string) => {
      const answer = await running.api("/v1/rules", { method: "POST", body: JSON.stringify(rule(id)) });
      await answer.body?.cancel();
      expect(answer.status).toBe(201);
    };
    await post("before");
    await running.line(/rule before$/);
    const made = await runTickbell(["backup", target, "--data-dir", data, "--api-url", running.url]);
    expect([made.code, made.err]).toEqual([0, ""]);
    expect(made.out).toMatch(
      /^Written to .*monday, read back and sound: events\.db .* KiB, series\.db .*api-key/,
    );
    await post("after");
    const refused = await runTickbell(["restore", target, "--data-dir", data]);
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining("another process is using")]);
    expect(await running.stop()).toBe(0);

    const restored = await runTickbell(["restore", target, "--data-dir", data]);
    expect([restored.code, restored.err]).toEqual([0, ""]);
    expect(restored.out).toContain(`What was there is in ${data}/before-restore-`);
    const again = await startTickbell(data, ["--rate", "500"]);
    const rules = await (await again.api("/v1/rules")).json();
    expect(rules.data.map(({ id }: { id: string }) => id)).toEqual(["before"]);
    const status = await until(async () => {
      const answer = await again.api("/readyz");
      const body = await answer.json();
      return answer.ok ? body : undefined;
    }, "readiness");
    expect(status.components.log.state).toBe("ready");
    expect(await again.stop()).toBe(0);
    expect(again.lines.filter((line) => / rule before$/.test(line))).toEqual([]);

    // Nothing uses it now: the command makes the copy itself.
    const cold = await runTickbell(["backup", "--data-dir", data, "--json"]);
    const { folder: where } = JSON.parse(cold.out);
    await Deno.writeTextFile(`${where}/events.db`, "x", { append: true });
    const damaged = await runTickbell(["restore", where, "--data-dir", `${folder}/other`]);
    expect([damaged.code, damaged.err]).toEqual([
      1,
      expect.stringContaining("has a events.db that is not as it was"),
    ]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
