/** One machine of one's own, as far as it goes without Docker: the real Caddy before the real program, a backup by the timer's script. */
import { expect } from "expect";
import { freePort } from "../support/influxd.ts";
import { findProgram, partTest } from "../support/part.ts";
import { runTickbell, startTickbell, until } from "../support/tickbell.ts";

const VM = new URL("../../infra/vm/", import.meta.url).pathname;
const CADDY = {
  part: "Caddy",
  missing: async () =>
    await findProgram("caddy") === undefined || await findProgram("curl") === undefined
      ? "Install caddy and curl (Debian)."
      : undefined,
};

partTest("the Caddyfile serves console, API and event streams over TLS, and no metrics", CADDY, async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-machine-" });
  const running = await startTickbell(`${folder}/data`, ["--rate", "100"]);
  const host = `localhost:${freePort()}`;
  const caddy = new Deno.Command("caddy", {
    args: ["run", "--config", "/dev/stdin", "--adapter", "caddyfile"],
    env: {
      DOMAIN: host,
      UPSTREAM: new URL(running.url).host,
      XDG_DATA_HOME: folder,
      XDG_CONFIG_HOME: folder,
      HOME: folder,
    },
    stdin: "piped",
    stdout: "null",
    stderr: "null",
  }).spawn();
  // No root store is touched and no port of the machine's own is taken: the file is the shipped one with these lines.
  const shipped = await Deno.readTextFile(`${VM}Caddyfile`);
  const writer = caddy.stdin.getWriter();
  await writer.write(
    new TextEncoder().encode(
      shipped.replace(/^\{\n/, "{\n\tskip_install_trust\n\tauto_https disable_redirects\n\tadmin off\n"),
    ),
  );
  await writer.close();
  const curl = async (path: string, ...more: string[]) => {
    const args = ["-skS", "--max-time", "5", ...more, `https://${host}${path}`];
    const { stdout, stderr } = await new Deno.Command("curl", { args }).output();
    return new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
  };
  const status = ["-o", "/dev/null", "-w", "%{http_code}"];
  try {
    await until(async () => await curl("/healthz", ...status) === "200", "Caddy to serve", 20_000);
    expect(await curl("/", "-D", "-")).toContain("strict-transport-security: max-age=31536000");
    expect(await curl("/metrics", ...status)).toBe("404");
    const key = `Authorization: Bearer ${running.apiKey}`;
    expect(JSON.parse(await curl("/v1/rules", "-H", key)).data).toEqual([]);
    expect(await curl("/v1/market/stream", "-N", "-H", key, "--max-time", "2")).toMatch(
      /^(data|event|id|:)/m,
    );
  } finally {
    caddy.kill("SIGTERM");
    await caddy.status;
    expect(await running.stop()).toBe(0);
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the nightly script backs up the running program, keeps its days, and what it wrote is restored", async () => {
  const folder = await Deno.makeTempDir({ prefix: "tickbell-machine-" });
  const running = await startTickbell(`${folder}/data`, ["--rate", "100"]);
  try {
    await (await running.api("/v1/rules", {
      method: "POST",
      body: JSON.stringify({
        id: "kept",
        symbol: "005930",
        condition: "1|이상",
        recipients: ["kim@example.com"],
      }),
    })).body?.cancel();
    // "docker compose exec -T tickbell tickbell …" is the program of this checkout, its folders those of the test.
    const main = new URL("../../src/cli/main.ts", import.meta.url).pathname;
    const program = `${folder}/compose`;
    await Deno.writeTextFile(
      program,
      `#!/bin/bash\nshift 4\nargs=("$@")\nargs=("\${args[@]//\\/backups\\//${folder}/backups/}")\n` +
        `args=("\${args[@]/#\\/data/${folder}/data}")\nargs=("\${args[@]//http:\\/\\/127.0.0.1:8000/${running.url}}")\n` +
        `exec '${Deno.execPath()}' run -A --no-check '${main}' "\${args[@]}"\n`,
      { mode: 0o755 },
    );
    const script = (await Deno.readTextFile(`${VM}backup.sh`)).replaceAll(
      "/var/backups/tickbell",
      `${folder}/backups`,
    );
    await Deno.writeTextFile(`${folder}/backup.sh`, script, { mode: 0o755 });
    const old = `${folder}/backups/2026-01-01`;
    await Deno.mkdir(old, { recursive: true });
    await Deno.utime(old, new Date("2026-01-01"), new Date("2026-01-01"));
    const { success, stdout, stderr } = await new Deno.Command(`${folder}/backup.sh`, {
      env: { COMPOSE: program, BACKUP_TO: "echo copied" },
    }).output();
    const said = new TextDecoder().decode(stdout) + new TextDecoder().decode(stderr);
    expect({ success, said: success ? "" : said }).toEqual({ success: true, said: "" });
    expect(said).toMatch(/read back and sound: events\.db[\s\S]*copied .*\/backups\/\d{4}-\d\d-\d\d/);
    const kept = await Array.fromAsync(Deno.readDir(`${folder}/backups`));
    expect(kept.map(({ name }) => name)).not.toContain("2026-01-01");
    const restored = await runTickbell([
      "restore",
      `${folder}/backups/${kept[0]?.name}`,
      "--data-dir",
      `${folder}/other`,
    ]);
    expect([restored.code, restored.err]).toEqual([0, ""]);
  } finally {
    expect(await running.stop()).toBe(0);
    await Deno.remove(folder, { recursive: true });
  }
});
