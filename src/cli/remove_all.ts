import { EXIT } from "./api_command.ts";

/**
 * Removes several things by id: all of them are searched for first, and nothing is done when one is not there; then each is
 * reported.
 *
 * @param find answers what a thing is, in words; undefined: there is none.
 * @returns the exit code.
 */
export async function removeAll(
  given: {
    readonly ids: readonly string[];
    readonly what: string;
    /** "Deleted", "Revoked". */
    readonly done: string;
    find(id: string): Promise<string | undefined>;
    remove(id: string): Promise<void>;
  },
  print: { show(value: unknown, lines: () => readonly string[]): void; err(line: string): void },
): Promise<number> {
  const ids = [...new Set(given.ids)];
  const found = new Map<string, string | undefined>();
  for (const id of ids) found.set(id, await given.find(id));
  const missing = ids.filter((id) => found.get(id) === undefined);
  if (missing.length > 0) {
    for (const id of missing) print.err(`tickbell: there is no ${given.what} ${id}`);
    if (ids.length > missing.length) print.err(`tickbell: nothing was done about the others either`);
    return EXIT.notFound;
  }
  const removed: string[] = [];
  try {
    for (const id of ids) {
      await given.remove(id);
      removed.push(id);
    }
  } finally {
    const word = given.done.toLowerCase();
    print.show({ [word]: removed }, () => removed.map((id) => `${given.done} ${id}: ${found.get(id)}`));
  }
  return EXIT.done;
}
