/**
 * Who asks for all that is dear at once, on a thread of its own: what it takes to make and read so much is not counted as a
 * wait of others.
 *
 * @module
 */
import { ruleOf } from "./control_start.ts";

/** Where to ask, for how long, how many lines an import has. */
export interface DearOptions {
  readonly url: string;
  readonly key: string;
  readonly seconds: number;
  readonly lines: number;
}

interface DearRequest {
  readonly method?: string;
  readonly path: string;
  readonly type?: string;
  /** Without a key. */
  readonly open?: boolean;
  readonly body?: () => string;
}

/** Bodies that are made before anything is measured; an import that came through is repeated with other rules. */
const IMPORTS = 8;

function dearRequests(lines: number): DearRequest[] {
  const fields = `{${Array.from({ length: 80_000 }, (_, at) => `"x${at}":1`).join(",")}}`;
  const post = { method: "POST", type: "application/json" };
  const bodies = Array.from(
    { length: IMPORTS },
    (_, part) =>
      Array.from({ length: lines }, (_, index) => JSON.stringify(ruleOf(part * lines + index))).join("\n"),
  );
  const trial = JSON.stringify({ symbol: "005930", when: "price >= 1", recipients: ["bench@example.com"] });
  let next = 0;
  const imported: DearRequest = {
    method: "POST",
    path: "/v1/rules:bulk",
    type: "application/x-ndjson",
    body: () => bodies[next++ % IMPORTS]!,
  };
  return [
    imported,
    imported,
    { ...post, path: "/v1/rules", body: () => fields },
    { ...post, path: "/v1/session", open: true, body: () => fields },
    { ...post, path: "/v1/ses/notifications", open: true, type: "text/plain", body: () => fields },
    { ...post, path: "/v1/rules:test", body: () => trial },
    { path: "/v1/audit?limit=1000" },
    { path: "/v1/rules?limit=1000" },
    { path: "/v1/rules:export" },
    { path: "/v1/alerts?limit=1000" },
    { path: "/v1/alerts/stream?lastEventId=0.0" },
  ];
}

/** Asks for one thing; an event stream goes on until the end. @returns whether there was an answer. */
async function answered(
  { url, key }: DearOptions,
  { method = "GET", path, type, open = false, body }: DearRequest,
  signal: AbortSignal,
): Promise<boolean> {
  const headers = {
    ...(open ? {} : { authorization: `Bearer ${key}` }),
    ...(type === undefined ? {} : { "content-type": type }),
  };
  try {
    const response = await fetch(`${url}${path}`, { method, headers, body: body?.() ?? null, signal });
    await response.body?.pipeTo(new WritableStream());
    return true;
  } catch (thrown) {
    if (signal.aborted) return false;
    throw thrown;
  }
}

async function ask(options: DearOptions, requests: readonly DearRequest[]): Promise<number> {
  const ending = AbortSignal.timeout(options.seconds * 1_000);
  let count = 0;
  await Promise.all(requests.map(async (request) => {
    while (!ending.aborted) if (await answered(options, request, ending)) count++;
  }));
  return count;
}

/** The little of a worker's scope that is used here. */
const scope = globalThis as unknown as {
  onmessage: ((message: MessageEvent<DearOptions>) => void) | null;
  postMessage(message: "ready" | number): void;
  close(): void;
};
scope.onmessage = async ({ data }) => {
  const requests = dearRequests(data.lines);
  scope.postMessage("ready");
  scope.postMessage(await ask(data, requests));
  scope.close();
};
