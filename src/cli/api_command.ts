import { clientSettings } from "../config/client.ts";
import { commonSettings } from "../config/common.ts";
import { controlSettings } from "../config/control.ts";
import { integer, type Settings, type Values } from "../config/setting.ts";
import { ControlClient } from "../control/client/client.ts";
import { ApiRefusal } from "../control/client/refusal.ts";
import { describeIssue, InputError, OutsideError } from "../core/errors.ts";
import { type Command, command, type CommandContext } from "./command.ts";

/** What every command of the terminal takes. */
const apiSettings = {
  ...clientSettings,
  apiKey: controlSettings.apiKey,
  dataDir: commonSettings.dataDir,
};

/** Exit codes: what a script may want to distinguish. */
export const EXIT = { done: 0, failed: 1, misused: 2, refused: 3, notFound: 4, notAllowed: 5 } as const;

/** A call of a command that talks to the API. */
export interface ApiCall<S extends Settings> extends CommandContext<S> {
  readonly api: ControlClient;
  /** Prints JSON with --json, else the lines. */
  show(value: unknown, lines: () => readonly string[]): void;
}

/** States a command over the API: it gets a client, and a refusal becomes lines and an exit code. */
export function apiCommand<S extends Settings>(
  spec: Omit<Command<S>, "settings" | "run"> & {
    readonly settings: S;
    run(call: ApiCall<S & typeof apiSettings>): Promise<number>;
  },
): Command<S & typeof apiSettings> {
  return command({
    ...spec,
    settings: { ...apiSettings, ...spec.settings },
    async run(context) {
      const config = context.config as Values<typeof apiSettings>;
      const key = config.apiKey ?? await keyOf(config.dataDir);
      const api = new ControlClient({ url: config.apiUrl, key });
      const show = (value: unknown, lines: () => readonly string[]) => {
        if (config.json) context.out(JSON.stringify(value));
        else for (const line of lines()) context.out(line);
      };
      try {
        return await spec.run({ ...context, api, show } as unknown as ApiCall<S & typeof apiSettings>);
      } catch (thrown) {
        if (thrown instanceof OutsideError && thrown.code === "api_unreachable") {
          context.err(`tickbell: ${thrown.message}`);
          context.err(
            "tickbell: is `tickbell start` running? --api-url or TICKBELL_API_URL names another place",
          );
          return EXIT.failed;
        }
        if (!(thrown instanceof ApiRefusal)) throw thrown;
        return refused(thrown, context, config.json);
      }
    },
  }) as Command<S & typeof apiSettings>;
}

/**
 * The key that `start` keeps in the data directory.
 *
 * @throws {InputError} code `no_key` where there is none.
 */
export async function keyOf(dataDir: string): Promise<string> {
  try {
    return (await Deno.readTextFile(`${dataDir}/api-key`)).trim();
  } catch {
    const reason =
      `is missing, and there is none in ${dataDir}/api-key: give --api-key, or run where start runs`;
    throw new InputError("no_key", [{ field: "--api-key", code: "missing", reason }]);
  }
}

function refused(
  refusal: ApiRefusal,
  context: Pick<CommandContext<Settings>, "out" | "err">,
  json: boolean,
): number {
  const { status, code, issues } = refusal;
  if (json) context.out(JSON.stringify({ error: { status, code, detail: refusal.message, errors: issues } }));
  else if (issues.length === 0) context.err(`tickbell: ${refusal.message}`);
  else for (const issue of issues) context.err(`tickbell: ${describeIssue(issue)}`);
  if (status === 401 || status === 403) return EXIT.notAllowed;
  return status === 404 ? EXIT.notFound : status >= 500 ? EXIT.failed : EXIT.refused;
}

/** How many items of a list are wanted. */
export const limitSetting = integer({
  default: 100,
  min: 1,
  max: 1_000_000,
  placeholder: "N",
  description: "How many at most.",
});

/** What follows a list that was cut off. */
export function moreLine({ more }: { readonly more: boolean }, limit: number): string[] {
  return more ? [`There are more: --limit ${limit * 10}`] : [];
}

/**
 * `name=value` words as an object of texts.
 *
 * @throws {InputError} code `bad_argument` for a word without `=`.
 */
export function fieldsOf(words: readonly string[]): Record<string, string> {
  return Object.fromEntries(words.map((word) => {
    const at = word.indexOf("=");
    if (at > 0) return [word.slice(0, at), word.slice(at + 1)];
    const reason = "must be a name and a value, such as symbol=005930";
    throw new InputError("bad_argument", [{ field: "argument", code: "bad_argument", reason, value: word }]);
  }));
}
