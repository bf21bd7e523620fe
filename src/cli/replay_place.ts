import { replayRunOf } from "../adapters/replay/replay_source.ts";
import { decodeRule, isRuleKey } from "../rules/codec.ts";
import { draftOf } from "../rules/parse_rule.ts";
import { DEFAULT_TENANT, publicRuleId } from "../rules/tenancy.ts";
import { InputError, messageOf, OutsideError } from "../core/errors.ts";
import { Projection } from "../books/projection.ts";
import type { LogRecord } from "../ports/event_log.ts";
import { filesOf } from "../files/visible_files.ts";
import { logger } from "../telemetry/log.ts";
import { openEmbeddedLog } from "./open_embedded_log.ts";
import { RULE_FILE } from "./rule_file.ts";

const logging = logger("start");

/** What a replay of its own works in. */
export interface ReplayPlace {
  /** Its folder within the data directory. */
  readonly folder: string;
  /** Whether it goes on with what an earlier start of the same replay left. */
  readonly resumed: boolean;
  /** The rules of the data directory's own log, where no file gives others; what an import takes. */
  readonly rules: readonly unknown[];
}

/**
 * The folder of a replay's own log and prices, `DATA_DIR/replay`. The same files under the same rules and windows go on
 * where they were left; for anything else it is emptied. A log that has seen a later market would take a recorded day's
 * trades for late, and the recorded day would stand in the live prices.
 *
 * @throws {OutsideError} `database_in_use`: another process is replaying there.
 */
export async function replayPlace(
  dataDir: string,
  config: {
    readonly file: string;
    readonly rules: string | undefined;
    readonly windowMs: number;
    readonly replayAgain: boolean;
  },
): Promise<ReplayPlace> {
  const folder = `${dataDir}/replay`;
  const rules = config.rules === undefined ? await rulesOf(dataDir) : [];
  const { windowMs } = config;
  const identity = await digestOf([
    await replayRunOf(config.file),
    await contentsOf(config.rules),
    rules,
    windowMs,
  ]);
  const mark = `${folder}/run`;
  const before = await Deno.readTextFile(mark).catch(() => undefined);
  const resumed = before === identity && !config.replayAgain;
  if (!resumed) {
    await emptied(folder);
    await Deno.writeTextFile(mark, identity);
  }
  return { folder, resumed, rules: resumed ? [] : rules };
}

/** Removes what an earlier replay left; nothing that is not a replay's. */
async function emptied(folder: string): Promise<void> {
  const made = await Deno.stat(folder).then(() => true, () => false);
  await Deno.mkdir(folder, { recursive: true, mode: 0o700 });
  if (!made) return;
  // Whoever has the log open keeps it: it is asked before anything is taken away.
  try {
    await (await openEmbeddedLog(folder)).close();
  } catch (thrown) {
    if (thrown instanceof OutsideError && thrown.code === "database_in_use") throw thrown;
  }
  for await (const { name, isFile } of Deno.readDir(folder)) {
    if (isFile && /^(?:events|series)\.(?:db(?:-wal|-shm|-journal)?|mark)$|^run$/.test(name)) {
      await Deno.remove(`${folder}/${name}`);
    }
  }
}

/** The rules of the data directory's own log, as an import takes them. */
async function rulesOf(dataDir: string): Promise<readonly unknown[]> {
  if (!await Deno.stat(`${dataDir}/events.db`).then(() => true, () => false)) return [];
  let log;
  try {
    log = await openEmbeddedLog(dataDir);
  } catch (thrown) {
    if (!(thrown instanceof OutsideError)) throw thrown;
    logging.warn("The rules of {dataDir} cannot be read, the replay begins without them: {reason}", {
      dataDir,
      reason: messageOf(thrown),
    });
    return [];
  }
  try {
    const rules = new Map<string, unknown>();
    const apply = ({ key, value }: LogRecord) => {
      if (value === null) rules.delete(key);
      else if (isRuleKey(key)) rules.set(key, ruleOf(value));
    };
    await new Projection({ log, topic: "rules", readers: [{ decode: (record: LogRecord) => record, apply }] })
      .load();
    return [...rules.entries()].sort(([a], [b]) => a < b ? -1 : 1).flatMap(([, rule]) => rule ?? []);
  } finally {
    await log.close();
  }
}

/** A rule of the default tenant as its draft: the replay is one person's. */
function ruleOf(value: Uint8Array): unknown {
  try {
    const rule = decodeRule(value);
    if (rule.tenant !== DEFAULT_TENANT) return undefined;
    return { ...draftOf(rule), id: publicRuleId(rule.tenant, rule.id) };
  } catch (thrown) {
    if (thrown instanceof InputError) return undefined;
    throw thrown;
  }
}

async function contentsOf(path: string | undefined): Promise<readonly string[]> {
  if (path === undefined) return [];
  const files = await filesOf(path, RULE_FILE);
  return await Promise.all(files.map(async (file) => (await Deno.readFile(file)).toBase64()));
}

async function digestOf(parts: unknown): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(parts)));
  return new Uint8Array(digest).toHex();
}
