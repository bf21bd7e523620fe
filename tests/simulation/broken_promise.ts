/** A promise of ARCHITECTURE.md does not hold. */
export class BrokenPromise extends Error {
  /** Which: the same word however it came about. */
  readonly promise: string;

  constructor(promise: string, detail: string) {
    super(`${promise}: ${detail}`);
    this.name = "BrokenPromise";
    this.promise = promise;
  }
}

/** @throws {BrokenPromise} */
export function holds(condition: boolean, promise: string, detail: () => string): void {
  if (!condition) throw new BrokenPromise(promise, detail());
}
