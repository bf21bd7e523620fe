import type { Person } from "../auth/principal.ts";

/**
 * What someone who serves himself may use, and how it is kept to what is his own. A route that is not in this table is
 * not for persons.
 *
 * - `anybody's`: the market, and what holds nothing of anybody;
 * - `by id`: the path's id is a rule's or an alert's, and must be his;
 * - `filtered`: the handler answers, or changes, what is his alone.
 *
 * @module
 */

export const PERSON_ROUTES: Readonly<Record<string, "anybody's" | "by id" | "filtered">> = {
  searchSymbols: "anybody's",
  getSymbol: "anybody's",
  lastTrades: "anybody's",
  streamTrades: "anybody's",
  getQuote: "anybody's",
  listCandles: "anybody's",
  listTrades: "anybody's",
  testRule: "anybody's",
  readRule: "anybody's",
  whoAmI: "filtered",
  status: "filtered",
  createRules: "filtered",
  listRules: "filtered",
  listAlerts: "filtered",
  streamAlerts: "filtered",
  listDeliveries: "filtered",
  getMyAccount: "filtered",
  changeMyChannel: "filtered",
  removeMyChannel: "filtered",
  testMyChannel: "filtered",
  linkMyChat: "filtered",
  deleteMyAccount: "filtered",
  getRule: "by id",
  replaceRule: "by id",
  changeRule: "by id",
  deleteRule: "by id",
  pauseRule: "by id",
  resumeRule: "by id",
  explainRule: "by id",
  previewRule: "by id",
  getAlert: "by id",
};

/** What the ids of a person's rules begin with; those of their alerts and deliveries, too. */
export function ownPrefix({ id }: Person): string {
  return `${id}.`;
}

/** Whether a rule or alert, by the id that its tenant knows, is one's own: everything of the tenant to who is no person. */
export function owns(who: { readonly person?: Person | undefined }, publicId: string): boolean {
  return who.person === undefined || publicId.startsWith(ownPrefix(who.person));
}

/** The account id that a rule's id begins with; undefined for a rule that is nobody's own. */
export function ownerOf(publicId: string): string | undefined {
  return /^(u[0-9a-z]{11})\./.exec(publicId)?.[1];
}
