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

/** The server-sent events of an answer, as they come. */
export async function* eventsOf(
  response: Response,
): AsyncIterable<{ event: string; id: string | undefined; data: string }> {
  let [event, id, data] = ["message", undefined as string | undefined, ""];
  for await (const line of linesOf(response)) {
    if (line === "") {
      if (data !== "") yield { event, id, data };
      [event, id, data] = ["message", undefined, ""];
    } else if (line.startsWith("event: ")) event = line.slice(7);
    else if (line.startsWith("id: ")) id = line.slice(4);
    else if (line.startsWith("data: ")) data += line.slice(6);
  }
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
