/**
 * Pieces of work that begin together when the first of them is asked for, for tests of one file that each wait for something
 * slow: the machine is busy with all of them instead of one after the other. Each is awaited where it is examined.
 */
export function together<T extends Record<string, () => Promise<unknown>>>(works: T) {
  let running: { [K in keyof T]: ReturnType<T[K]> } | undefined;
  return <K extends keyof T>(name: K): ReturnType<T[K]> => {
    running ??= Object.fromEntries(
      Object.entries(works).map(([each, work]) => {
        const promise = work();
        // Whoever asks for it sees the failure; a test that was skipped asks for nothing.
        promise.catch(() => {});
        return [each, promise];
      }),
    ) as { [K in keyof T]: ReturnType<T[K]> };
    return running[name];
  };
}
