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

/** The stream's own settings. */
export const streamSettings = {
  windowMs: integer({
    default: 3_600_000,
    min: 1_000,
    max: 86_400_000,
    placeholder: "MS",
    description: "Length of the tumbling window in which a rule fires at most once, in ms of event time.",
  }),
  graceWindows: integer({
    default: 1,
    min: 0,
    max: 6,
    placeholder: "N",
    description: "How many windows back a late trade is still evaluated.",
  }),
  commitMs: integer({
    default: 250,
    min: 10,
    max: 60_000,
    placeholder: "MS",
    description: "How often the stream commits its offsets, in ms.",
  }),
};
