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

Deno.test("start may reach what its settings lead to and nothing else, in the image as by the launcher", async () => {
  const flags = await flagsFor(["start", "--influx-url", "http://influx.internal:8086"], "/none");
  expect(flags.filter((flag) => flag.startsWith("--allow-net"))).toEqual([
    expect.stringContaining("influx.internal:8086"),
  ]);
  expect(flags.some((flag) => flag.startsWith("--allow-ffi"))).toBe(false);
  const box = await flagsFor(["start", "--upstream", "kafka.centre:9092"], "/none");
  expect(box).toContain("--allow-net");
  expect(box.find((flag) => flag.startsWith("--allow-ffi"))).toMatch(/@node-rs$/);
});
