/**
 * Why alerts go out in a digest: too many in a minute, or in a day; quiet hours; they could not be sent in time; their
 * recipient had to agree first.
 */
export const DIGEST_CAUSES = ["storm", "quota", "quiet", "expired", "consent"] as const;
export type DigestCause = typeof DIGEST_CAUSES[number];
