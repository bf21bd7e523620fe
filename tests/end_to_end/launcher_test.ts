/** The launcher and the process that it gives `start`: neither goes without the other noticing. */
import { expect } from "expect";
import { startTickbell, until } from "../support/tickbell.ts";

/** The process that another has started. */
async function childOf(parent: number): Promise<number> {
  // Without procps on Linux, with it elsewhere.
  const ask = `cat /proc/${parent}/task/*/children 2>/dev/null || pgrep -P ${parent}`;
  const { stdout } = await new Deno.Command("sh", { args: ["-c", ask] }).output();
  const child = Number(new TextDecoder().decode(stdout).trim());
  expect(child).toBeGreaterThan(1);
  return child;
}

function lives(pid: number): boolean {
  try {
    Deno.kill(pid, "SIGCONT");
    return true;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}

async function withDataDir(work: (dataDir: string) => Promise<void>): Promise<void> {
  const dataDir = await Deno.makeTempDir({ prefix: "tickbell-launcher-" });
  try {
    await work(dataDir);
  } finally {
    await Deno.remove(dataDir, { recursive: true });
  }
}

Deno.test("a process that is killed is named by the launcher, with what to examine; its exit code is not 0", async () => {
  await withDataDir(async (dataDir) => {
    const tickbell = await startTickbell(dataDir, [], {}, { launched: true });
    Deno.kill(await childOf(tickbell.pid), "SIGKILL");
    expect(await tickbell.ended()).toBe(137);
    const said = tickbell.logged.join("\n");
    expect(said).toContain('the process of "start" was ended by SIGKILL (exit code 137)');
    expect(said).toContain("no memory left");
  });
});

Deno.test("a process whose launcher is killed stops, and the data directory is free", async () => {
  await withDataDir(async (dataDir) => {
    const tickbell = await startTickbell(dataDir, [], {}, { launched: true });
    const child = await childOf(tickbell.pid);
    await tickbell.kill();
    await until(() => !lives(child), "the end of the process");
    expect(tickbell.logged.join("\n")).toContain("the launcher was killed; this process stops too");
    const again = await startTickbell(dataDir);
    expect(await again.stop()).toBe(0);
  });
});
