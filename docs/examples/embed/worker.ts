/** Reads live trades, evaluates the rule that the page gives, posts what fires. */
import {
  alertMessage,
  batchOfTrades,
  compileEngine,
  Engine,
  formatWhen,
  InputError,
  makeAlert,
  makeRule,
  parseRule,
  SymbolDirectory,
  type Trade,
} from "../../../src/mod.ts";

/** What the page asks for. */
export interface ToWorker {
  readonly symbol: string;
  readonly when: string;
}

/** What it is answered. */
export type FromWorker = { readonly watching: string } | { readonly subject: string } | {
  readonly error: string;
};

const post = (message: FromWorker) =>
  (self as unknown as { postMessage(message: FromWorker): void }).postMessage(message);
const engine = new Engine(
  await compileEngine(new Uint8Array(await (await fetch("/engine.wasm")).arrayBuffer())),
);
const directory = new SymbolDirectory([], { complete: false });
let rules = 0;

self.onmessage = ({ data }: MessageEvent<ToWorker>) => {
  try {
    // Nobody is mailed here; a rule has recipients all the same.
    const draft = parseRule({ ...data, locale: "en", recipients: ["nobody@tickbell.invalid"] });
    if (rules > 0) engine.remove(`page-${rules}`);
    // A new id each time: what an earlier condition fired says nothing of this one.
    engine.put(makeRule(draft, { id: `page-${++rules}`, now: Date.now() }));
    post({ watching: `${data.symbol} ${formatWhen(draft.conditions)}` });
  } catch (thrown) {
    if (!(thrown instanceof InputError)) throw thrown;
    post({ error: thrown.issues.map(({ field, reason }) => `${field} ${reason}`).join("; ") });
  }
};

let offset = 0;
for await (const trades of liveTrades()) {
  const { matches, nextOffset } = engine.evaluate(batchOfTrades(trades, offset));
  offset = nextOffset;
  for (const match of matches) {
    post({ subject: alertMessage(makeAlert(match, engine.windowMs, directory)).subject });
  }
}

/** The trades of the API's event stream, in the batches they come in. */
async function* liveTrades(): AsyncGenerator<readonly Trade[]> {
  const answer = await fetch("/trades");
  if (!answer.ok || answer.body === null) return post({ error: `the trades answer ${answer.status}` });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (let { value, done } = await reader.read(); !done; { value, done } = await reader.read()) {
    const events = (rest + value).split("\n\n");
    rest = events.pop() ?? "";
    for (const event of events) {
      if (/^event: trades$/m.test(event)) yield JSON.parse(/^data: (.*)$/m.exec(event)?.[1] ?? "[]");
    }
  }
}
