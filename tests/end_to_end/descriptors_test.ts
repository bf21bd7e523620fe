import { expect } from "expect";
import { mailsIn, startTickbell, until } from "../support/tickbell.ts";

/** Descriptors the process may have: it needs some forty, and has connections on top. */
const LIMIT = 128;

Deno.test("a flood of idle connections cuts the API off for a moment; the roles go on and the listener comes back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-descriptors-" });
  const tickbell = await startTickbell(folder, ["--rate", "500"], {}, { descriptors: LIMIT });
  const open: Deno.Conn[] = [];
  try {
    const { hostname, port } = new URL(tickbell.url);
    for (let each = 0; each < 4 * LIMIT; each++) {
      const connection = await Deno.connect({ hostname, port: Number(port) }).catch(() => undefined);
      if (connection === undefined) break;
      open.push(connection);
    }
    await until(
      () => tickbell.logged.some((line) => line.includes("listens again:")),
      "the listener's failure",
    );
    // They stay open on our side: it must come back all the same.
    const rule = {
      id: "a",
      symbol: "005930",
      kind: "target_price",
      comparator: "gte",
      value: "1",
      recipients: ["kim@example.com"],
    };
    await until(async () => {
      const answer = await tickbell.api("/v1/rules/a", { method: "PUT", body: JSON.stringify(rule) }).catch(
        () => undefined,
      );
      await answer?.body?.cancel();
      if (answer?.status === 404) {
        const made = await tickbell.api("/v1/rules", { method: "POST", body: JSON.stringify(rule) });
        await made.body?.cancel();
        return made.status === 201;
      }
      return answer?.ok ?? false;
    }, "the API again");
    await until(async () => (await mailsIn(tickbell.outbox)).length > 0, "the mail");
  } finally {
    for (const connection of open) connection.close();
    expect(await tickbell.stop()).toBe(0);
    await Deno.remove(folder, { recursive: true });
  }
});
