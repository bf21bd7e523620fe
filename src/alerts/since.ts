/** The header of an alert's record that says when it was made, epoch ms: the stream's clock, not the trade's time. */
export const MADE_AT_HEADER = "made-at";

/** When an alert was made; `now` where its record does not say, or says something that is still to come. */
export function sinceOf(headers: Readonly<Record<string, string>>, now: number): number {
  const made = Number(headers[MADE_AT_HEADER]);
  return Number.isSafeInteger(made) && made > 0 ? Math.min(made, now) : now;
}
