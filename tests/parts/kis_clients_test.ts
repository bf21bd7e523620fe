/**
 * The fake KIS server against programs that nobody here wrote and that people use against the real one: what they make of
 * its answers and frames is what we mean by them, and what our own reader makes of the same frames.
 */
import { expect } from "expect";
import { decodeFrame, joinFrame } from "../../src/market/kis/frame.ts";
import { FAKE_APP, FakeKis } from "../support/fake_kis.ts";
import { tradeRecord } from "../support/kis_rig.ts";
import { partsFolder, partTest } from "../support/part.ts";
import { until } from "../support/until.ts";

const PYTHON = `${partsFolder()}/kis-clients/bin/python`;
const CLIENTS = new URL("../support/kis_clients/", import.meta.url).pathname;
const SYMBOLS = ["005930", "000660"];
const FRAMES = 40;
const BOOK =
  "005930^113019^0^67900^68000^68100^68200^68300^68400^68500^68600^68700^68800^67800^67700^67600^67500^67400^67300^67200^67100^67000^66900^165881^324306^110852^83696^85249^15895^75905^31693^43772^53546^13941^119089^228178^146894^120916^31997^40399^27233^111404^114927^990795^954978^0^0^0^0^244212^-67200^5^-100.00^9358640^0^10^0^0^0";

const need = {
  part: "mojito2 and python-kis",
  missing: () =>
    Deno.stat(PYTHON).then(() => undefined, () => "scripts/install_parts.sh installs them from PyPI."),
};

type Line = [kind: string, values: unknown];

/**
 * Runs a client against a fake of its own, publishes.
 *
 * @returns what it read and what was sent.
 */
async function session(script: string, trades: number) {
  const fake = new FakeKis({ fastestPaceMs: 0 });
  const args = [
    `${CLIENTS}${script}`,
    fake.restUrl,
    fake.socketUrl,
    FAKE_APP.key,
    FAKE_APP.secret,
    "H0STCNT0,H0STASP0",
    SYMBOLS.join(","),
  ];
  const child = new Deno.Command(PYTHON, { args, stdout: "piped", stderr: "piped" }).spawn();
  const lines: Line[] = [];
  const errors: string[] = [];
  const reading = Promise.all([
    // python-kis logs there too.
    each(child.stdout, (line) => line.startsWith('["') && lines.push(JSON.parse(line))),
    each(child.stderr, (line) => errors.push(line)),
  ]);
  const ended = child.status.then(({ code }) => {
    throw new Error(`${script} ended with ${code}: ${errors.join("\n")}`);
  });
  const orEnded = <T>(what: Promise<T>) => Promise.race([what, ended]);
  try {
    await orEnded(until(() => fake.registered.length === 4, "the registrations", 30_000));
    const sent = publish(fake);
    const all = trades + sent.quotes.length;
    await orEnded(until(() => lines.length >= all, `${all} records`, 20_000));
    return { lines, sent };
  } finally {
    try {
      child.kill("SIGKILL");
    } catch {
      // It has ended by itself.
    }
    await Promise.allSettled([reading, ended]);
    await fake.close();
  }
}

/**
 * Frames of one to four trades and an order book behind every fourth.
 *
 * @returns them as our own reader reads them.
 */
function publish(fake: FakeKis) {
  const frames: string[] = [];
  let accVolume = 1_000_000;
  for (let frame = 0; frame < FRAMES; frame++) {
    const symbol = SYMBOLS[frame % 2] as string;
    const records = Array.from({ length: 1 + frame % 4 }, () => tradeRecord(symbol, 3, accVolume += 3));
    expect(fake.publish("H0STCNT0", symbol, records)).toBe(1);
    frames.push(joinFrame("H0STCNT0", records));
    if (frame % 4 !== 0) continue;
    const book = BOOK.replace("005930", symbol);
    expect(fake.publish("H0STASP0", symbol, [book])).toBe(1);
    frames.push(joinFrame("H0STASP0", [book]));
  }
  const decoded = frames.map((frame) => decodeFrame(new TextEncoder().encode(frame), Date.now()));
  return { trades: decoded.flatMap(({ trades }) => trades), quotes: decoded.flatMap(({ quotes }) => quotes) };
}

partTest("mojito2 subscribes and reads what was sent", need, async () => {
  const { lines, sent } = await session("mojito_client.py", 100);
  expect(sent.trades.length).toBe(100);
  const trades = lines.filter(([kind]) => kind === "체결").map(([, values]) => values as string[]);
  expect(trades.map((fields) => [fields[0], Number(fields[2]), Number(fields[5]), Number(fields[13])]))
    .toEqual(
      sent.trades.map((trade) => [trade.symbol, trade.price, trade.rate, trade.accVolume]),
    );
  const quotes = lines.filter(([kind]) => kind === "호가").map(([, values]) => values as string[]);
  expect(quotes.map((fields) => [fields[0], Number(fields[3]), Number(fields[33])])).toEqual(
    sent.quotes.map(({ symbol, asks, bids }) => [symbol, asks[0]?.[0], bids[0]?.[1]]),
  );
});

partTest("python-kis subscribes and reads what was sent", need, async () => {
  const { lines, sent } = await session("pykis_client.py", 100);
  const trades = lines.filter(([kind]) => kind === "H0STCNT0").map(([, values]) => values);
  expect(trades).toEqual(sent.trades.map(({ symbol, eventTime, price, change, high, accVolume }) => ({
    symbol,
    time: new Date(eventTime + 9 * 3_600_000).toISOString().slice(0, 19) + "+09:00",
    price,
    change,
    high,
    accVolume,
  })));
  const quotes = lines.filter(([kind]) => kind === "H0STASP0").map(([, values]) => values);
  expect(quotes).toEqual(sent.quotes.map(({ symbol, asks, bids }) => ({ symbol, asks, bids })));
});

/** Hands over the lines of a stream until its end. */
async function each(
  stream: ReadableStream<Uint8Array<ArrayBuffer>>,
  take: (line: string) => unknown,
): Promise<void> {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const parts = (rest + text).split("\n");
    rest = parts.pop() as string;
    for (const line of parts) if (line !== "") take(line);
  }
}
