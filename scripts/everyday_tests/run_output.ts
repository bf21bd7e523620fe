/** What Deno prints of a test that passed, or was passed over. */
const PASSED = /^\S+ => .* \.\.\. (?:ok|ignored) \([^)]*\)$/;
/** Where what a test printed itself begins and ends. */
const BEGIN = /^-+ (?:post-test )?output -+$/;
const FINISH = /-+ (?:post-test )?output end -+$/;
/** The line that says how all ended. */
const END = /^(?:ok|FAILED) \| \d+ passed/;
/** What says that a part is missing is always seen. */
const SKIPPED = /^SKIPPED /;
const COLOURS = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, "g");

/** What Deno prints of a run, less tests that pass and what they print. */
export class RunOutput {
  #inside = false;
  /** What a test printed, until it is known how that test ended. */
  #printed: string[] = [];
  #end: string | undefined;

  /** The closing line, once there was one. */
  get end(): string | undefined {
    return this.#end;
  }

  /** @returns the lines to show now that Deno printed this one. */
  take(line: string): readonly string[] {
    const plain = line.replaceAll(COLOURS, "");
    if (this.#inside || BEGIN.test(plain)) return this.#takePrinted(line, plain);
    if (END.test(plain)) {
      this.#end = line;
      return [];
    }
    const before = this.#printed;
    this.#printed = [];
    return PASSED.test(plain) || plain === "" ? [] : [...before, line];
  }

  #takePrinted(line: string, plain: string): readonly string[] {
    this.#inside = !FINISH.test(plain);
    if (SKIPPED.test(plain)) return [line];
    this.#printed.push(line);
    return [];
  }
}
