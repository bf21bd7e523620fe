import { seoul } from "../seoul.ts";
import { integer, optionalText, type Values } from "../../config/setting.ts";
import type { ApiDeadLetter } from "../../control/client/types.ts";
import { InputError } from "../../core/errors.ts";
import { command } from "../command.ts";
import { atDesk, type DeadLetterChoice, deskSettings, type OperatorDesk } from "../operator_desk.ts";

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
  settings: { ...deskSettings, ...filters },
  examples: ["tickbell deadletters list --brokers kafka-1:9092 --role notifier"],
  run: ({ config, out }) =>
    atDesk(config, async (desk) => {
      const letters = await desk.deadLetters(choiceOf(config));
      for (const letter of letters) out(line(letter));
      if (letters.length === 0) out("no dead letters");
      return 0;
    }),
});

/** `tickbell deadletters show ID`: everything about one, its bytes as text. */
export const deadLettersShowCommand = command({
  name: "deadletters show",
  summary: "One dead letter whole",
  args: ["<id>"],
  settings: deskSettings,
  examples: ["tickbell deadletters show 42 --brokers kafka-1:9092"],
  run: ({ config, args, out, err }) =>
    atDesk(config, async (desk) => {
      const letter = await desk.deadLetter(idOf(args[0]));
      if (letter === undefined) {
        err(`there is no dead letter ${args[0]}; see deadletters list`);
        return 1;
      }
      out(JSON.stringify(letter, null, 2));
      return 0;
    }),
});

/** `tickbell deadletters redrive [IDS…]`: puts them back to be handled again; without ids, those the filter finds. */
export const deadLettersRedriveCommand = command({
  name: "deadletters redrive",
  summary: "Put dead letters back to where they came from: those named, or those that a filter finds",
  args: ["[ids...]"],
  settings: { ...deskSettings, ...filters },
  examples: [
    "tickbell deadletters redrive 42 43 --brokers kafka-1:9092",
    "tickbell deadletters redrive --role notifier --code gave_up --brokers kafka-1:9092",
  ],
  run: ({ config, args, out, err }) =>
    atDesk(config, async (desk) => {
      const ids = args.length > 0 ? args.map(idOf) : await idsOf(desk, config);
      let failed = 0;
      for (const id of ids) {
        try {
          out(`${id} is back on ${await desk.redrive(id)}`);
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

type Filters = Values<typeof filters>;

function choiceOf({ role, code, limit }: Filters): DeadLetterChoice {
  return { limit, ...(role === undefined ? {} : { role }), ...(code === undefined ? {} : { code }) };
}

async function idsOf(desk: OperatorDesk, config: Filters): Promise<number[]> {
  if (config.role === undefined && config.code === undefined) {
    const reason = "name dead letters, or choose them by --role or --code";
    throw new InputError("nothing_chosen", [{ field: "ids", code: "nothing_chosen", reason }]);
  }
  const letters = await desk.deadLetters(choiceOf(config));
  return letters.filter(({ redrivenAt }) => redrivenAt === null).map(({ id }) => Number(id)).reverse();
}

function idOf(text: string | undefined): number {
  if (text !== undefined && /^\d{1,15}$/.test(text)) return Number(text);
  const reason = "must be a dead letter's number, see deadletters list";
  throw new InputError("bad_id", [{ field: "id", code: "bad_id", reason, value: text }]);
}

function line({ id, at, role, code, origin, recipient, reason, redrivenAt }: ApiDeadLetter): string {
  const whom = recipient === null ? "" : ` → ${recipient}`;
  const back = redrivenAt === null ? "" : `  (put back ${redrivenAt})`;
  return `${id}  ${seoul(at)}  ${role}  ${code}  ${origin}${whom}  ${reason}${back}`;
}
