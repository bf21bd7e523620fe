import { commonSettings } from "../../config/common.ts";
import { logSettings } from "../../config/log.ts";
import { integer, optionalText, type Values } from "../../config/setting.ts";
import { systemClock } from "../../core/clock.ts";
import { InputError } from "../../core/errors.ts";
import {
  findDeadLetter,
  listDeadLetters,
  redriveDeadLetter,
  type StoredDeadLetter,
} from "../../ports/dead_letters.ts";
import type { EventLog } from "../../ports/event_log.ts";
import { command } from "../command.ts";
import { openLog } from "../open_log.ts";

const { dataDir } = commonSettings;
const settings = { ...logSettings, dataDir };
const filters = {
  role: optionalText({ placeholder: "ROLE", description: "Only dead letters of this role, e.g. notifier." }),
  code: optionalText({
    placeholder: "CODE",
    description: "Only dead letters with this code, e.g. ses_refused.",
  }),
  limit: integer({
    default: 50,
    min: 1,
    max: 10_000,
    placeholder: "N",
    description: "At most this many, the newest.",
  }),
};

/** `tickbell deadletters list`: one line each, newest first. */
export const deadLettersListCommand = command({
  name: "deadletters list",
  summary: "What could not be handled, newest first",
  settings: { ...settings, ...filters },
  examples: ["tickbell deadletters list --brokers kafka-1:9092 --role notifier"],
  run: ({ config, out }) =>
    withLog(config, async (log) => {
      const { data } = await listDeadLetters(log, filterOf(config));
      for (const letter of data) out(line(letter));
      if (data.length === 0) out("no dead letters");
      return 0;
    }),
});

/** `tickbell deadletters show ID`: everything about one, its bytes as text. */
export const deadLettersShowCommand = command({
  name: "deadletters show",
  summary: "One dead letter whole",
  args: ["<id>"],
  settings,
  examples: ["tickbell deadletters show 42 --brokers kafka-1:9092"],
  run: ({ config, args, out, err }) =>
    withLog(config, async (log) => {
      const letter = await findDeadLetter(log, idOf(args[0]));
      if (letter === undefined) {
        err(`there is no dead letter ${args[0]}; see deadletters list`);
        return 1;
      }
      const { bytes, at, redrivenAt, ...rest } = letter;
      const times = { at: iso(at), redrivenAt: redrivenAt === null ? null : iso(redrivenAt) };
      out(
        JSON.stringify(
          { ...rest, ...times, bytes: bytes.length, text: new TextDecoder().decode(bytes) },
          null,
          2,
        ),
      );
      return 0;
    }),
});

/** `tickbell deadletters redrive [IDS…]`: puts them back to be handled again; without ids, those the filter finds. */
export const deadLettersRedriveCommand = command({
  name: "deadletters redrive",
  summary: "Put dead letters back to where they came from: those named, or those that a filter finds",
  args: ["[ids...]"],
  settings: { ...settings, ...filters },
  examples: [
    "tickbell deadletters redrive 42 43 --brokers kafka-1:9092",
    "tickbell deadletters redrive --role notifier --code gave_up --brokers kafka-1:9092",
  ],
  run: ({ config, args, out, err }) =>
    withLog(config, async (log) => {
      const ids = args.length > 0 ? args.map(idOf) : await idsOf(log, config);
      let failed = 0;
      for (const id of ids) {
        try {
          const letter = await redriveDeadLetter(log, id, systemClock.now());
          out(`${id} is back on ${letter.origin.split("/")[0]}`);
        } catch (error) {
          if (!(error instanceof InputError)) throw error;
          err(`${id}: ${error.message}`);
          failed++;
        }
      }
      if (ids.length === 0) out("no dead letters that were not put back before");
      return failed === 0 ? 0 : 1;
    }),
});

type Config = Values<typeof settings>;
type Filters = Values<typeof filters>;

async function withLog(config: Config, work: (log: EventLog) => Promise<number>): Promise<number> {
  const log = await openLog(config, { clock: systemClock, random: Math.random });
  try {
    return await work(log);
  } finally {
    await log.close();
  }
}

function filterOf({ role, code, limit }: Filters) {
  return { limit, ...(role === undefined ? {} : { role }), ...(code === undefined ? {} : { code }) };
}

async function idsOf(log: EventLog, config: Filters): Promise<number[]> {
  if (config.role === undefined && config.code === undefined) {
    const reason = "name dead letters, or choose them by --role or --code";
    throw new InputError("nothing_chosen", [{ field: "ids", code: "nothing_chosen", reason }]);
  }
  const { data } = await listDeadLetters(log, filterOf(config));
  return data.filter((letter) => letter.redrivenAt === null).map((letter) => letter.id).reverse();
}

function idOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  const reason = "must be a dead letter's number, see deadletters list";
  throw new InputError("bad_id", [{ field: "id", code: "bad_id", reason, value: text }]);
}

function line(letter: StoredDeadLetter): string {
  const recipient = letter.headers.recipient === undefined ? "" : ` → ${letter.headers.recipient}`;
  const redriven = letter.redrivenAt === null ? "" : `  (put back ${iso(letter.redrivenAt)})`;
  return `${letter.id}  ${
    iso(letter.at)
  }  ${letter.role}  ${letter.code}  ${letter.origin}${recipient}  ${letter.reason}${redriven}`;
}

function iso(at: number): string {
  return new Date(at).toISOString();
}
