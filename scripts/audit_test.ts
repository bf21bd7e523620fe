import { expect } from "expect";
import { fileURLToPath } from "node:url";
import { audit } from "./audit.ts";

const LOCK = fileURLToPath(new URL("../deno.lock", import.meta.url));

/** As npm's registry answers, recorded from its documented form: advisories by package. */
const ADVISORY = {
  id: 1_095_001,
  url: "https://github.com/advisories/GHSA-0000-0000-0000",
  title: "An advisory of the test",
  severity: "high",
  vulnerable_versions: "<99.0.0",
  cwe: ["CWE-400"],
  cvss: { score: 7.5, vectorString: "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H" },
};

async function withRegistry(answer: () => Response, work: (url: string) => Promise<void>): Promise<void> {
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen() {} }, async (request) => {
    await request.arrayBuffer();
    return answer();
  });
  try {
    await work(`http://127.0.0.1:${(server.addr as Deno.NetAddr).port}`);
  } finally {
    await server.shutdown();
  }
}

Deno.test("an advisory against a package of the lock is found, with its address", async () => {
  await withRegistry(() => Response.json({ hono: [ADVISORY] }), async (registry) => {
    const found = await audit(LOCK, registry);
    expect(found).toMatchObject({ outcome: "found" });
    expect("report" in found && found.report).toContain(ADVISORY.url);
  });
});

Deno.test("an answer without any is clean; one of less weight is as well", async () => {
  await withRegistry(() => Response.json({}), async (registry) => {
    expect(await audit(LOCK, registry)).toEqual({ outcome: "clean" });
  });
  const low = { ...ADVISORY, severity: "low" };
  await withRegistry(() => Response.json({ hono: [low] }), async (registry) => {
    expect(await audit(LOCK, registry)).toEqual({ outcome: "clean" });
  });
});

Deno.test("a registry that does not answer, or not so, means that the check was not run", async () => {
  await withRegistry(() => new Response("busy", { status: 503 }), async (registry) => {
    expect(await audit(LOCK, registry)).toMatchObject({ outcome: "not run" });
  });
  await withRegistry(() => new Response("<html>", { status: 200 }), async (registry) => {
    expect(await audit(LOCK, registry)).toMatchObject({ outcome: "not run" });
  });
});
