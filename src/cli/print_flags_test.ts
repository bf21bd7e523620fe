import { expect } from "expect";
import { flagsFor } from "./print_flags.ts";

Deno.test("a .env that cannot be read leaves what the program needs to say so", async () => {
  const path = await Deno.makeTempFile({ suffix: ".env" });
  try {
    await Deno.writeFile(path, Uint8Array.of(0x41, 0x3d, 0xff, 0xfe, 0x0a));
    expect(await flagsFor(["start"], path)).toEqual(["--allow-read", "--allow-env", "--allow-sys"]);
  } finally {
    await Deno.remove(path);
  }
});
