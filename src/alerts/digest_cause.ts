/** Why alerts go out in a digest: too many in a minute, quiet hours, or they could not be sent in time. */
export const DIGEST_CAUSES = ["storm", "quiet", "expired"] as const;
export type DigestCause = typeof DIGEST_CAUSES[number];
