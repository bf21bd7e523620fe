import { logger } from "../../telemetry/log.ts";

/** At most one line in so many ms. */
const LINE_MS = 1_000;

const log = logger("notifier");

/** What a channel took, in at most one line a second; at debug there is one for each alert. */
export class TakenSummary {
  readonly #transport: string;
  #since = -Infinity;
  #taken = 0;

  constructor(transport: string) {
    this.#transport = transport;
  }

  /** Notes a message that was taken; the line says all since the one before. @param now ms, of any clock that only rises. */
  note(lastId: string, now: number): void {
    this.#taken++;
    if (now - this.#since >= LINE_MS) this.#write(lastId, now);
  }

  /** Writes what no line has said yet. */
  close(): void {
    if (this.#taken > 0) this.#write("", Infinity);
  }

  #write(lastId: string, now: number): void {
    log.info("{taken} messages taken by {transport}", {
      taken: this.#taken,
      transport: this.#transport,
      ...(lastId === "" ? {} : { lastId }),
    });
    this.#taken = 0;
    this.#since = now;
  }
}
