import type { PreviewResult } from "../preview/preview.ts";
import type { PreviewAnswer, PreviewQuestion } from "../preview_worker.ts";

/** Tries rules in a worker, by the stream's own engine on the symbol's last day. The worker begins with the first. */
export class Previews {
  readonly #script: string | undefined;
  readonly #engine: string | undefined;
  readonly #waiting = new Map<number, (result: PreviewResult | undefined) => void>();
  #worker: Worker | undefined;
  #next = 1;

  constructor(given: { readonly script: string | undefined; readonly engine: string | undefined }) {
    this.#script = given.script;
    this.#engine = given.engine;
  }

  /** When a rule would have fired; undefined where it cannot be known here. */
  fires(symbol: string, body: unknown): Promise<PreviewResult | undefined> {
    const engine = this.#engine;
    const worker = this.#start();
    if (worker === undefined || engine === undefined) return Promise.resolve(undefined);
    const id = this.#next++;
    return new Promise((resolve) => {
      this.#waiting.set(id, resolve);
      worker.postMessage({ id, engine, symbol, body } satisfies PreviewQuestion);
    });
  }

  #start(): Worker | undefined {
    if (this.#script === undefined || this.#worker !== undefined) return this.#worker;
    const worker = this.#worker = new Worker(this.#script, { type: "module" });
    worker.onmessage = ({ data: { id, result } }: MessageEvent<PreviewAnswer>) => {
      this.#waiting.get(id)?.(result);
      this.#waiting.delete(id);
    };
    worker.onerror = () => {
      for (const resolve of this.#waiting.values()) resolve(undefined);
      this.#waiting.clear();
    };
    return worker;
  }
}
