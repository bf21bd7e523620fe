/**
 * Waits until it answers something, asking again and again; for what has no event to await.
 *
 * @param ask Undefined or false: not yet.
 * @param what Said when it did not come about within `ms`.
 */
export async function until<T>(
  ask: () => Promise<T | undefined | false> | T | undefined | false,
  what = "what the test is about",
  ms = 15_000,
): Promise<T> {
  const deadline = performance.now() + ms;
  for (;;) {
    const seen = await ask();
    if (seen !== undefined && seen !== false) return seen;
    if (performance.now() > deadline) throw new Error(`waited ${ms} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
