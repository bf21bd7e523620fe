/** Where an alert's messages are sent from, when a box forwards its alerts to a centre. */
export const MAILERS = ["box", "centre"] as const;
export type Mailer = typeof MAILERS[number];

/** The header that says it, of every alert of such a box, from the moment it is made: never both send. */
export const MAILER_HEADER = "mailer";

/**
 * Whether whoever delivers is the one that an alert's messages are sent from; of an alert that does not say it, anyone is.
 *
 * @param headers of the alert's record.
 */
export function mailsFrom(mailer: Mailer, headers: Readonly<Record<string, string>>): boolean {
  return (headers[MAILER_HEADER] ?? mailer) === mailer;
}
