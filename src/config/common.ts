import { DEFAULT_MAX_AHEAD_MS } from "../market/ahead.ts";
import { DEFAULT_GRACE_MS, MAX_GRACE_MS } from "../rules/evaluation.ts";
import { integer, optionalText, text } from "./setting.ts";

/** Where a process keeps its files and listens. */
export const commonSettings = {
  host: text({
    default: "127.0.0.1",
    placeholder: "ADDRESS",
    description: "Address to listen on. Anything but loopback wants API keys and a proxy with TLS in front.",
  }),
  port: integer({
    default: 8000,
    min: 0,
    max: 65535,
    placeholder: "PORT",
    description: "Port of the API and the console; 0 takes a free one.",
  }),
  dataDir: text({
    default: "./data",
    placeholder: "DIR",
    description: "Folder of the embedded parts: event log, price series, outbox, API key.",
  }),
  symbolsFile: optionalText({
    placeholder: "FILE",
    description:
      "JSON list of symbols {symbol, name, nameEn, market, type, basePrice} that replaces the built-in one.",
  }),
};

/** What every role that judges event times must agree on. */
export const timeSettings = {
  maxAheadMs: integer({
    default: DEFAULT_MAX_AHEAD_MS,
    min: 1_000,
    max: 86_400_000,
    placeholder: "MS",
    description:
      "How far a trade's event time may be ahead of its arrival, in ms; one further ahead is dead-lettered.",
  }),
};

/** The stream's own settings. */
export const streamSettings = {
  ...timeSettings,
  windowMs: integer({
    default: 3_600_000,
    min: 1_000,
    max: 86_400_000,
    placeholder: "MS",
    description: "Length of the tumbling window in which a rule fires at most once, in ms of event time.",
  }),
  graceMs: integer({
    default: DEFAULT_GRACE_MS,
    min: 0,
    max: MAX_GRACE_MS,
    placeholder: "MS",
    description:
      "How far behind its partition's time a trade is still evaluated, in ms; an older one is late.",
  }),
  commitMs: integer({
    default: 250,
    min: 10,
    max: 60_000,
    placeholder: "MS",
    description: "How often the stream commits its offsets, in ms.",
  }),
};
