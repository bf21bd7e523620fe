/** Files of so many run in one worker at most: enough that loading is shared, few enough that two workers end together. */
const TOGETHER = 12;
/** What takes longest has a worker of its own, and begins first. */
const LONG = [
  "scripts/deploy_test.ts",
  "src/backtest/backtest_test.ts",
  "src/engine/engine_test.ts",
  "src/engine/two_venues_test.ts",
  "src/roles/notifier/notifier_test.ts",
  "tests/end_to_end/",
];

/**
 * Which test files run in one worker, one after another: what is beside each other, because it loads the same.
 *
 * @param files sorted paths.
 * @returns each file once.
 */
export function groupsOf(files: readonly string[]): string[][] {
  const long = files.filter(isLong).map((file) => [file]);
  const groups: string[][] = [];
  for (const file of files) {
    if (isLong(file)) continue;
    const last = groups.at(-1);
    if (last === undefined || last.length === TOGETHER || roomOf(last[0]!) !== roomOf(file)) {
      groups.push([file]);
    } else last.push(file);
  }
  return [...long, ...groups];
}

function isLong(file: string): boolean {
  return LONG.some((path) => file.startsWith(path));
}

/** A room of the sources, or a kind of tests. */
function roomOf(file: string): string {
  return file.split("/").slice(0, 2).join("/");
}
