import { InputError } from "../core/errors.ts";

/**
 * A setting that does not do, or not with the others.
 *
 * @param field its flag or name, as the one who reads it is to find it: `--box`.
 */
export function badSetting(field: string, reason: string, value?: unknown): InputError {
  const issue = { field, code: "bad_setting", reason };
  return new InputError("bad_configuration", [value === undefined ? issue : { ...issue, value }]);
}
