const WIDTH = 30;
const EVERY_MS = 100;

/** A bar on standard error while something long goes on; nothing where that is no terminal. */
export class ProgressBar {
  readonly #total: number;
  readonly #label: string;
  readonly #write: (text: string) => void;
  #done = 0;
  #drawnAt = 0;

  constructor(options: { total: number; label: string; write?: (text: string) => void }) {
    this.#total = options.total;
    this.#label = options.label;
    const silent = options.write === undefined && !Deno.stderr.isTerminal();
    this.#write = silent
      ? () => {}
      : options.write ?? ((text) => Deno.stderr.writeSync(new TextEncoder().encode(text)));
  }

  step(): void {
    this.#done++;
    const now = performance.now();
    if (now - this.#drawnAt < EVERY_MS) return;
    this.#drawnAt = now;
    this.#draw();
  }

  /** Takes the bar away, so that a line can be printed. */
  clear(): void {
    this.#write("\r\x1b[K");
  }

  end(): void {
    this.#draw();
    this.#write("\n");
  }

  #draw(): void {
    const part = this.#total === 0 ? 1 : Math.min(1, this.#done / this.#total);
    const filled = Math.round(part * WIDTH);
    const bar = "█".repeat(filled) + "░".repeat(WIDTH - filled);
    this.#write(`\r${bar} ${Math.floor(part * 100)} %  ${this.#done} ${this.#label}`);
  }
}
