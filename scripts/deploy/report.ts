import type { DeployError } from "./shell.ts";

/** A line for each step, and a summary at the end. */
export class Report {
  readonly #say: (line: string) => void;
  readonly #lines: string[] = [];
  #current = "";

  constructor(say: (line: string) => void) {
    this.#say = say;
  }

  /** Runs a step that answers its result and what it did, in words. */
  async step<T>(name: string, body: () => Promise<[T, string]>): Promise<T> {
    this.#current = name;
    this.#say(`\n== ${name}`);
    const started = Date.now();
    const [result, said] = await body();
    const line = `${name.padEnd(15)} ${
      `${((Date.now() - started) / 1000).toFixed(1)} s`.padStart(8)
    }  ${said}`;
    this.#lines.push(line);
    this.#say(`   ${said}`);
    return result;
  }

  failed(error: DeployError): void {
    if (this.#lines.length > 0) {
      this.#say(`\nDone before:\n${this.#lines.map((line) => `  ${line}`).join("\n")}`);
    }
    this.#say(`\nFAILED at ${this.#current}: ${error.message}\n\nWhat to do: ${error.remedy}`);
  }

  done(words: string): void {
    this.#say(`\n${this.#lines.map((line) => `  ${line}`).join("\n")}\n\n${words}`);
  }
}
