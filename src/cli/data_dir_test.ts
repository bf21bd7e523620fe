import { expect } from "expect";
import { prepareDataDir } from "./data_dir.ts";

Deno.test({
  name: "what is in a data directory from before is its owner's alone, but not what somebody else put there",
  ignore: Deno.build.os === "windows",
  async fn() {
    const folder = await Deno.makeTempDir();
    await Deno.chmod(folder, 0o755);
    for (const name of ["events.db", "events.db-wal", "series.db", "api-key", "rules.json"]) {
      await Deno.writeTextFile(`${folder}/${name}`, "", { mode: 0o644 });
      await Deno.chmod(`${folder}/${name}`, 0o644);
    }
    await Deno.mkdir(`${folder}/outbox`);
    await Deno.chmod(`${folder}/outbox`, 0o755);
    await prepareDataDir(folder);
    const modeOf = async (name: string) => ((await Deno.stat(`${folder}/${name}`)).mode ?? 0) & 0o777;
    expect(await modeOf(".")).toBe(0o700);
    expect(await modeOf("outbox")).toBe(0o700);
    for (const name of ["events.db", "events.db-wal", "series.db", "api-key"]) {
      expect([name, await modeOf(name)]).toEqual([name, 0o600]);
    }
    expect(await modeOf("rules.json")).toBe(0o644);
    await Deno.remove(folder, { recursive: true });
  },
});
