import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { expect } from "expect";
import { withControl } from "../../../tests/support/control.ts";

Deno.test("what never changes is compressed once, as the caller takes it", async () => {
  await withControl(async ({ control }) => {
    const ask = async (accepted?: string) => {
      const headers: HeadersInit = accepted === undefined ? {} : { "accept-encoding": accepted };
      const response = await control.app.request("/problems", { headers });
      expect(response.headers.get("vary")).toMatch(/accept-encoding/i);
      return {
        coding: response.headers.get("content-encoding"),
        bytes: new Uint8Array(await response.arrayBuffer()),
      };
    };
    const plain = await ask();
    expect(plain.coding).toBe(null);
    const packed = await ask("gzip, deflate, br, zstd");
    expect(packed.coding).toBe("br");
    expect(new Uint8Array(brotliDecompressSync(packed.bytes))).toEqual(plain.bytes);
    const older = await ask("br;q=0, GZIP;q=0.5");
    expect(older.coding).toBe("gzip");
    expect(new Uint8Array(gunzipSync(older.bytes))).toEqual(plain.bytes);
    expect((await ask("identity")).coding).toBe(null);
  });
});
