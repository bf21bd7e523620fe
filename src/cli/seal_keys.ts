import { createHash } from "node:crypto";
import { SIPHASH_BYTES } from "../core/siphash.ts";
import { type SealKey, Seals } from "../books/sealed_log.ts";
import { badSetting } from "./bad_setting.ts";

const KEY = /^([A-Za-z0-9_-]{1,32}):(\S{16,})$/;

/**
 * What seals the log's records, by the settings of these names; undefined without a secret.
 *
 * @throws {InputError} `bad_configuration` for a secret that is none, or can be guessed.
 */
export function sealsOf(
  { logSecret, acceptUnsealed }: {
    readonly logSecret?: string | undefined;
    readonly acceptUnsealed: boolean;
  },
): Seals | undefined {
  const parts = (logSecret ?? "").split(",").map((part) => part.trim()).filter(Boolean);
  return parts.length === 0 ? undefined : new Seals({ keys: parts.map(sealKeyOf), acceptUnsealed });
}

function sealKeyOf(part: string): SealKey {
  const match = KEY.exec(part);
  if (match === null) {
    const reason = "must be ID:SECRET separated by commas, secrets of 16 characters or more";
    throw badSetting("--log-secret", reason);
  }
  return { id: match[1]!, key: createHash("sha256").update(match[2]!).digest().subarray(0, SIPHASH_BYTES) };
}
