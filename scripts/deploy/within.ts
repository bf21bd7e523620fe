/** The first answer that is not undefined, asked for each half second; undefined after the time. */
export async function within<T>(ms: number, ask: () => Promise<T | undefined>): Promise<T | undefined> {
  for (const end = Date.now() + ms;;) {
    const answer = await ask();
    if (answer !== undefined) return answer;
    if (Date.now() >= end) return undefined;
    await pause(500);
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
