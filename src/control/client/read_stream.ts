/** The lines of an answer, as they come. */
export async function* linesOf(response: Response): AsyncIterable<string> {
  if (response.body === null) return;
  let rest = "";
  for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
  if (rest !== "") yield rest;
}

/**
 * The server-sent events of an answer, as they come.
 *
 * @returns each event; its name is `message` where it has none. What a stream that ends in the middle of one began is none.
 */
export async function* eventsOf(
  response: Response,
): AsyncIterable<{ event: string; id: string | undefined; data: string }> {
  if (response.body === null) return;
  // A page has the browser's own EventSource, and never loads it.
  const { EventSourceParserStream } = await import("eventsource-parser/stream");
  const events = response.body.pipeThrough(new TextDecoderStream()).pipeThrough(
    new EventSourceParserStream(),
  );
  for await (const { event = "message", id, data } of events) yield { event, id, data };
}

/** Waits, until the signal is aborted at most. */
export function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener("abort", done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener("abort", done, { once: true });
    if (signal.aborted) done();
  });
}
