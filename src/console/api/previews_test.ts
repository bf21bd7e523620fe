import { expect } from "expect";
import { Previews } from "./previews.ts";

/** A worker that answers when it is told to, with the symbol's number of trades. */
class SlowWorker {
  static made: SlowWorker | undefined;
  readonly asked: string[] = [];
  onmessage: ((event: { data: unknown }) => void) | undefined;

  constructor() {
    SlowWorker.made = this;
  }

  postMessage({ symbol }: { symbol: string }): void {
    this.asked.push(symbol);
  }

  answer(): void {
    this.onmessage?.({ data: { result: { times: [], trades: Number(this.asked.at(-1)), from: 0, to: 0 } } });
  }
}

Deno.test("while a line is dragged only the newest question waits: those between are not asked", async () => {
  const { Worker } = globalThis;
  Object.assign(globalThis, { Worker: SlowWorker });
  try {
    const previews = new Previews({ script: "worker.js", engine: "engine.wasm" });
    const answers = ["1", "2", "3"].map((symbol) => previews.fires(symbol, {}));
    const worker = SlowWorker.made!;
    worker.answer();
    worker.answer();
    const found = await Promise.all(answers);
    expect(found.map((result) => result?.trades)).toEqual([1, undefined, 3]);
    expect(worker.asked).toEqual(["1", "3"]);
  } finally {
    Object.assign(globalThis, { Worker });
  }
});
