import { randomId } from "../auth/secret.ts";

const ALPHABET = "0123456789abcdefghjkmnpqrstvwxyz";

/** An id that sorts by the time it was made: nine characters of time, eleven of chance. */
export function newRuleId(now: number): string {
  let time = "";
  for (let rest = now, index = 0; index < 9; index++, rest = Math.floor(rest / 32)) {
    time = ALPHABET[rest % 32] + time;
  }
  return `r_${time}${randomId(11)}`;
}
