/**
 * The flags by which V8 is kept small in processes that run for months and make little that lives: by itself it lets 48 MB
 * of garbage come together before it examines any, whatever is needed. Measured: a box at 50 trades a second takes 142 MB
 * in place of 193, a stream with 1,000 rules 148 in place of 208, at the same CPU. Not `--optimize-for-size`: 172 MB in place
 * of 222 at 1,000 trades a second, but requests beside it took four times as long (`deno task bench control-load`).
 * Nor `--heap-growing-percent=20`: 138 MB in place of 173 at 1,000 trades a second, but half as many requests; who has few may
 * set it (docs/edge.md).
 */
const SMALL = ["--v8-flags=--max-semi-space-size=2"];
const BY_COMMAND: Readonly<Record<string, readonly string[]>> = { start: SMALL, stream: SMALL };

/** Deno's flags for how V8 uses memory in a command's process. */
export function v8Flags(command: string): readonly string[] {
  return Object.hasOwn(BY_COMMAND, command) ? BY_COMMAND[command]! : [];
}
