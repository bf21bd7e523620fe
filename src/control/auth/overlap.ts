/** How long the old key or secret works beside the new one after a rotation, s: where nothing is said, and at most. */
export const OVERLAP_SECONDS = { usual: 86_400, most: 30 * 86_400 } as const;
