import type { PreviewResult } from "../preview/preview.ts";
import type { PreviewAnswer, PreviewQuestion } from "../preview_worker.ts";

/** Tries rules in a worker, by the stream's own engine on the symbol's last day. The worker begins with the first. */
export class Previews {
  readonly #script: string | undefined;
  readonly #engine: string | undefined;
  /** Whoever waits for the answer to the question that was asked. */
  #asked: ((result: PreviewResult | undefined) => void) | undefined;
  /** What is asked next: a line that is dragged gives more questions than there are answers, and the newest counts. */
  #next: { readonly ask: () => void; readonly passOver: () => void } | undefined;
  #worker: Worker | undefined;

  constructor(given: { readonly script: string | undefined; readonly engine: string | undefined }) {
    this.#script = given.script;
    this.#engine = given.engine;
  }

  /** When a rule would have fired; undefined where it cannot be known here, or another is asked about before its turn. */
  fires(symbol: string, body: unknown): Promise<PreviewResult | undefined> {
    const engine = this.#engine;
    const worker = this.#start();
    if (worker === undefined || engine === undefined) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      const ask = () => {
        this.#asked = resolve;
        worker.postMessage({ engine, symbol, body } satisfies PreviewQuestion);
      };
      this.#passOver();
      if (this.#asked === undefined) ask();
      else this.#next = { ask, passOver: () => resolve(undefined) };
    });
  }

  /** Whoever waits for their turn hears that another came. */
  #passOver(): void {
    this.#next?.passOver();
    this.#next = undefined;
  }

  #answer(result: PreviewResult | undefined): void {
    this.#asked?.(result);
    this.#asked = undefined;
    const next = this.#next;
    this.#next = undefined;
    next?.ask();
  }

  #start(): Worker | undefined {
    if (this.#script === undefined || this.#worker !== undefined) return this.#worker;
    const worker = this.#worker = new Worker(this.#script, { type: "module" });
    worker.onmessage = ({ data: { result } }: MessageEvent<PreviewAnswer>) => this.#answer(result);
    worker.onerror = () => {
      this.#passOver();
      this.#answer(undefined);
    };
    return worker;
  }
}
