/**
 * Why alerts go out in a digest: too many in a minute, or in a day; quiet hours; they could not be sent in time; their
 * recipient had to agree first.
 */
export const DIGEST_CAUSES = ["storm", "quota", "quiet", "expired", "consent"] as const;
export type DigestCause = typeof DIGEST_CAUSES[number];

/** What waits for one digest: of one tenant, for one recipient, for one cause, which its first line says. */
export type DigestGroup = string;

/** The group that a delivery waits in. */
export function digestGroupOf(
  { tenant = "", recipient, why = "storm" }: {
    readonly tenant?: string | undefined;
    readonly recipient: string;
    readonly why?: DigestCause | undefined;
  },
): DigestGroup {
  return JSON.stringify([tenant, recipient, why]);
}
