import type { TurnTaker } from "./turns.ts";

/** Items that are examined in one turn, a few milliseconds. */
const A_TURN = 2_000;

/**
 * The wanted of however many items, sorted, without keeping anybody waiting.
 *
 * @param options.wanted which are. @param options.order as for `Array.sort`.
 * @param turns of the request.
 */
export async function sorted<T>(
  items: Iterable<T>,
  { wanted, order }: { readonly wanted: (item: T) => boolean; readonly order: (a: T, b: T) => number },
  turns: TurnTaker,
): Promise<readonly T[]> {
  let runs: T[][] = [];
  for (const run of partsOf(items, A_TURN)) {
    if (runs.push(run.filter(wanted).sort(order)) > 1) await turns.take();
  }
  while (runs.length > 1) {
    const longer: T[][] = [];
    for (let at = 0; at < runs.length; at += 2) {
      longer.push(await merged(runs[at]!, runs[at + 1], order, turns));
    }
    runs = longer;
  }
  return runs[0] ?? [];
}

async function merged<T>(
  a: T[],
  b: T[] | undefined,
  order: (a: T, b: T) => number,
  turns: TurnTaker,
): Promise<T[]> {
  if (b === undefined) return a;
  const all: T[] = [];
  for (let [left, right] = [0, 0]; left < a.length || right < b.length;) {
    if (all.length % A_TURN === A_TURN - 1) await turns.take();
    const isLeft = right === b.length || left < a.length && order(a[left]!, b[right]!) <= 0;
    all.push(isLeft ? a[left++]! : b[right++]!);
  }
  return all;
}

function* partsOf<T>(items: Iterable<T>, most: number): Iterable<T[]> {
  let part: T[] = [];
  for (const item of items) {
    if (part.push(item) < most) continue;
    yield part;
    part = [];
  }
  if (part.length > 0) yield part;
}
