import { flag, integer, list, oneOf, onlyWith, optionalText, type Setting, text } from "./setting.ts";
import { z } from "zod";
import { dayOfDate } from "../market/seoul_time.ts";

/** Where the market's data comes from. */
const SOURCES = ["simulator", "replay", "kis"] as const;

/** A positive number, or "max" as Infinity. */
function pace(options: Omit<Setting<number>, "schema">): Setting<number> {
  const schema = z.string().regex(/^(?:max|\d+(?:\.\d+)?)$/, 'must be a number or "max"').transform((value) =>
    value === "max" || Number(value) === 0 ? Infinity : Number(value)
  ).refine((value) => value === Infinity || value <= 1_000_000, { error: "must be at most 1000000" });
  return { ...options, schema };
}

/** The producer's settings. */
export const feedSettings = onlyWith({
  source: oneOf(SOURCES, {
    default: "simulator",
    placeholder: "NAME",
    description:
      "Where market data comes from: simulator, replay (of a file) or kis (Korea Investment & Securities).",
  }),
  rate: pace({
    default: 50,
    placeholder: "N",
    description: 'Simulator: trades per second; "max" or 0 is as fast as possible.',
  }),
  seed: integer({
    default: 1,
    min: 0,
    max: 4_294_967_295,
    placeholder: "N",
    description: "Simulator: the market's seed; the same seed gives the same market.",
  }),
  file: optionalText({
    placeholder: "FILE",
    description:
      "Replay: a file of KIS frames, of trades as JSON lines, or of `record`, also .gz; or a folder of them.",
  }),
  speed: pace({
    default: 1,
    placeholder: "N",
    description: 'Replay: times as fast as it happened; "max" or 0 is as fast as possible.',
  }),
  replayInto: oneOf(["own", "live"], {
    default: "own",
    placeholder: "WHERE",
    description:
      "Replay, with start: own is DATA_DIR/replay, begun anew for other files or rules; live is the log and the prices of DATA_DIR, as the feed's.",
  }),
  replayAgain: flag({
    description: "Replay: publish the files again from their beginning, though the log has them already.",
  }),
  symbols: list({
    default: [],
    placeholder: "LIST",
    description:
      'KIS: symbols to subscribe, separated by commas; "rules" (the default) those that rules name; "@FILE" one a line.',
  }),
  kisEnvironment: oneOf(["real", "paper"], {
    default: "real",
    placeholder: "NAME",
    description: "KIS: real, or paper (모의투자; KRX only).",
  }),
  kisAppKeys: secretList("KIS: app keys, separated by commas; each is a session of its own."),
  kisAppSecrets: secretList("KIS: the app keys' secrets, in their order."),
  kisVenue: oneOf(["auto", "KRX", "NXT", "UN"], {
    default: "auto",
    placeholder: "NAME",
    description:
      "KIS: the market that is subscribed: KRX, NXT, UN (both, consolidated), or auto: UN for symbols that NXT trades, KRX for the others.",
  }),
  kisTradesOnly: flag({
    description:
      "KIS: subscribe trades alone; otherwise order books take the registrations that trades leave.",
  }),
  kisAllStatuses: flag({
    description:
      "KIS: subscribe halts and volatility interruptions of every symbol, where registrations are left; otherwise of those alone for which a rule asks.",
  }),
  kisRegistrations: integer({
    default: 41,
    min: 1,
    max: 1000,
    placeholder: "N",
    description: "KIS: registrations a session may have.",
  }),
  kisRestUrl: optionalText({
    placeholder: "URL",
    description: "KIS: REST address in place of the environment's; for the fake server.",
  }),
  kisSocketUrl: optionalText({
    placeholder: "URL",
    description: "KIS: WebSocket address in place of the environment's; for the fake server.",
  }),
  kisRestPerSecond: integer({
    default: 15,
    min: 0,
    max: 100,
    placeholder: "N",
    description:
      "KIS: REST requests a second, of all that share the account; the paper environment has 1. 0: none, so gaps stay open.",
  }),
  kisMasterUrl: optionalText({
    placeholder: "URL",
    description: "KIS: where kospi_code.mst.zip and kosdaq_code.mst.zip are, in place of KIS's own.",
  }),
  kisAlways: flag({ description: "KIS: stay connected outside the market's sessions too." }),
  kisCustomerType: oneOf(["P", "B"], {
    default: "P",
    placeholder: "TYPE",
    description: "KIS: P for a person, B for a company.",
  }),
  holidays: days({
    default: [],
    placeholder: "LIST",
    description:
      "Further days without trading, YYYYMMDD separated by commas; with a minus before it, a day with trading after all.",
  }),
}, [
  { setting: "source", is: ["simulator"], names: ["rate", "seed"] },
  { setting: "source", is: ["replay"], names: ["file", "speed", "replayInto", "replayAgain"] },
  {
    setting: "source",
    is: ["kis"],
    names: [
      "symbols",
      "kisEnvironment",
      "kisVenue",
      "kisTradesOnly",
      "kisAllStatuses",
      "kisRegistrations",
      "kisSocketUrl",
      "kisRestPerSecond",
      "kisMasterUrl",
      "kisAlways",
      "kisCustomerType",
    ],
  },
]);

/** Which of the feed's settings a command needs that asks KIS's REST alone. */
export const restSettings = {
  kisEnvironment: feedSettings.kisEnvironment,
  kisAppKeys: feedSettings.kisAppKeys,
  kisAppSecrets: feedSettings.kisAppSecrets,
  kisRestUrl: feedSettings.kisRestUrl,
  kisRestPerSecond: feedSettings.kisRestPerSecond,
  kisMasterUrl: feedSettings.kisMasterUrl,
  kisCustomerType: feedSettings.kisCustomerType,
};

/** What `tickbell reference update` needs besides. */
export const referenceSettings = {
  from: list({
    default: [],
    placeholder: "FILE,…",
    description: "reference update: master files, as they are or zipped, in place of a download.",
  }),
};

/** What `tickbell history fetch` needs besides. */
export const historySettings = {
  symbols: feedSettings.symbols,
  holidays: feedSettings.holidays,
  days: integer({
    default: 20,
    min: 1,
    max: 250,
    placeholder: "N",
    description: "history fetch: how many of the last trading days; KIS keeps a year.",
  }),
  folder: text({
    default: "history",
    placeholder: "FOLDER",
    description: "history fetch: the folder of the files, one a day.",
  }),
};

/** What `tickbell record` needs besides. */
export const recordSettings = {
  out: text({
    default: "market.kis.gz",
    placeholder: "FILE",
    description: "record: the file to write; rotated files get a number before the extension.",
  }),
  rotateMb: integer({
    default: 256,
    min: 1,
    max: 65_536,
    placeholder: "MIB",
    description: "record: size of a file, in MiB as compressed, after which the next is begun.",
  }),
};

/** Days as YYYYMMDD separated by commas, each with or without a minus. */
function days(options: Omit<Setting<readonly string[]>, "schema">): Setting<readonly string[]> {
  const plain = list(options);
  const schema = plain.schema.refine(
    (all) => all.every((day) => dayOfDate(day.replace(/^-/, "")) !== undefined),
    {
      error: "must be days as YYYYMMDD separated by commas",
    },
  );
  return { ...plain, schema };
}

/** Secrets separated by commas, or one a line in the file they are read from. */
function secretList(description: string): Setting<readonly string[]> {
  const schema = z.string().transform((value) => value.split(/[\s,]+/).filter(Boolean));
  return { default: [], placeholder: "LIST", description, secret: true, schema };
}
