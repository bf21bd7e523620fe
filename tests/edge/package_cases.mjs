/**
 * What the package must do, the same in every runtime: Deno, Node, a browser's worker, workerd. Plain JavaScript without an
 * API of any host, so that one file runs in all of them.
 *
 * @param tickbell the package's exports.
 * @param module the compiled engine.
 * @param input { rules, trades }: a seeded market; bigger than a toy, small enough for a request.
 * @returns how many alerts there were, and what a mail says; throws where something is not as it should be.
 */
export function runCases(tickbell, module, { rules, trades }) {
  const { batchOfTrades, Engine, Oracle } = tickbell;
  const engine = new Engine(module);
  engine.load(rules);
  const oracle = new Oracle();
  oracle.load(rules);
  const ids = (matches) =>
    matches.map(({ rule, symbol, windowStart, offset }) => `${rule.id} ${symbol} ${windowStart} ${offset}`)
      .sort();
  const fired = [];
  const meant = [];
  // Batches of several sizes, and each handed over twice: nothing fires again.
  for (let from = 0, size = 1; from < trades.length; from += size, size = size % 97 + 1) {
    const part = trades.slice(from, from + size);
    const batch = batchOfTrades(part, from);
    fired.push(...engine.evaluate(batch).matches);
    equal(engine.evaluate(batch).matches.length, 0, "a batch that is handed over again fires nothing");
    const records = part.map((trade, at) => ({
      offset: from + at,
      value: encoder.encode(tickbell.encodeTrade(trade)),
    }));
    meant.push(...oracle.evaluate(records).matches);
  }
  equal(JSON.stringify(ids(fired)), JSON.stringify(ids(meant)), "the engine fires what the oracle says");
  check(fired.length > 50, `the market fires something, got ${fired.length}`);
  return { alerts: fired.length, ...words(tickbell, module) };
}

const encoder = new TextEncoder();

/** A rule as its user writes it, a frame as KIS sends it, the mail that comes of both. */
function words(tickbell, module) {
  const {
    alertMessage,
    batchOfTrades,
    decodeFrame,
    Engine,
    formatWhen,
    makeAlert,
    makeRule,
    parseRule,
    parseWhen,
  } = tickbell;
  const draft = parseRule({
    symbol: "005930",
    when: "등락률 >= 1.5 and 현재가 >= 70000",
    recipients: ["kim@example.com"],
  });
  equal(formatWhen(draft.conditions), "rate >= 1.5 and price >= 70000", "a condition has one form");
  equal(formatWhen(parseWhen(formatWhen(draft.conditions))), formatWhen(draft.conditions), "and keeps it");
  let refused;
  try {
    parseRule({ symbol: "005930", when: "prise >= 1", recipients: ["kim@example.com"] });
  } catch (error) {
    refused = error;
  }
  check(
    refused instanceof tickbell.InputError && /price/.test(JSON.stringify(refused.issues)),
    "the nearest word is named",
  );

  const fields = Array(46).fill("0");
  Object.assign(fields, ["005930", "101512", "71900", "2", "1300", "1.84"]);
  fields[12] = "10";
  fields[13] = "1000";
  fields[33] = "20260310";
  fields[35] = "N";
  const frame = encoder.encode(`0|H0STCNT0|001|${fields.join("^")}`);
  const { trades, refused: bad } = decodeFrame(frame, Date.parse("2026-03-10T10:15:12+09:00"));
  equal(bad.length, 0, "the frame is read");
  const engine = new Engine(module);
  engine.put(makeRule(draft, { id: "mine", now: 0 }));
  const { matches } = engine.evaluate(batchOfTrades(trades, 0));
  equal(matches.length, 1, "the rule fires");
  const directory = new tickbell.SymbolDirectory([], { complete: false });
  const { subject, text } = alertMessage(makeAlert(matches[0], 3_600_000, directory));
  check(text.includes("71,900"), "the mail says the price");
  return { subject };
}

function equal(got, wanted, what) {
  check(got === wanted, `${what}: got ${got}, not ${wanted}`);
}

function check(holds, what) {
  if (!holds) throw new Error(what);
}
