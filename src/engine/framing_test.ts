import { expect } from "expect";
import { engineModule } from "../../tests/support/engine_module.ts";
import { Engine } from "./engine.ts";
import { frameRecordBatch, frameRecords } from "./framing.ts";

Deno.test("both framings hand over every value with its offset", async () => {
  const values = ["", "x", "y".repeat(300)].map((text) => new TextEncoder().encode(text));
  const engine = new Engine(await engineModule());
  for (
    const [framing, bytes] of [["records", frameRecords(values)], [
      "record-batch-v2",
      frameRecordBatch(values),
    ]] as const
  ) {
    const { rejected, nextOffset } = engine.evaluate({ framing, bytes, fromOffset: 0 });
    expect(rejected.map(({ offset, bytes }) => [offset, bytes])).toEqual([...values.entries()]);
    expect(nextOffset).toBe(3);
  }
});
