import type { Identity } from "./principal.ts";

/** Who is listening to something that lasts, so that it ends with the key, token or session it was opened with. */
export class Liveness {
  readonly #watched = new Map<AbortController, Pick<Identity, "isLive">>();

  /**
   * @returns a signal that is aborted once who asked may not any more, as of {@link Liveness.check}; and how to stop
   *   watching.
   */
  watch(who: Pick<Identity, "isLive">): { readonly signal: AbortSignal; readonly stop: () => void } {
    const ending = new AbortController();
    this.#watched.set(ending, who);
    return { signal: ending.signal, stop: () => void this.#watched.delete(ending) };
  }

  /** Ends what must not last any longer. Called when keys or sessions have changed, and every second for what expires. */
  check(): void {
    for (const [ending, { isLive }] of this.#watched) {
      if (isLive()) continue;
      this.#watched.delete(ending);
      ending.abort();
    }
  }
}
