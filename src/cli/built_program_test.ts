import { expect } from "expect";
import { BUILT_OF, builtProgram, stateOf } from "./built_program.ts";

Deno.test("what was built is run until a source changes, goes, or is put back as it was of old", async () => {
  const path = await Deno.makeTempDir();
  const root = new URL(`file://${path}/`);
  const folder = new URL("dist/program/", root);
  const source = new URL("a.ts", root);
  const run = () => builtProgram("main.ts", { folder, root });
  try {
    expect(run()).toBeUndefined();
    await Deno.mkdir(folder, { recursive: true });
    await Deno.writeTextFile(source, "1");
    const built = async () =>
      await Deno.writeTextFile(new URL(BUILT_OF, folder), JSON.stringify({ "a.ts": stateOf(source) }));
    await built();
    expect(run()).toBe(`${path}/dist/program/main.js`);

    await Deno.writeTextFile(source, "12");
    expect(run()).toBeUndefined();
    await built();
    expect(run()).toBeDefined();
    // As long as before, and older: a branch that was checked out, an archive that was unpacked.
    await Deno.writeTextFile(source, "34");
    await Deno.utime(source, 1_000, 1_000);
    expect(run()).toBeUndefined();
    await built();
    await Deno.remove(source);
    expect(run()).toBeUndefined();
  } finally {
    await Deno.remove(path, { recursive: true });
  }
});
