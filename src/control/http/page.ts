import { createHash } from "node:crypto";
import { z } from "@hono/zod-openapi";
import type { MiddlewareHandler } from "hono";
import { deadPage } from "../../alerts/pages/address_page.ts";
import { PAGE_SHEET } from "../../alerts/pages/frame.ts";
import { PUSH_SCRIPT } from "../../alerts/pages/push_page.ts";
import { type Locale, LOCALES } from "../../rules/rule.ts";
import type { ControlContext, ControlEnv, RouteAnswer } from "./route.ts";

/**
 * Answers that are pages for people, behind signed links: a link that is wrong gets a page as well.
 *
 * @module
 */

/** The query of a page: mail programs and link checkers add parameters of their own, which do no harm. */
export const TokenQuery = z.object({
  token: z.string().default("").openapi({ description: "Of the link in a message" }),
});

/** What a page says with each status, for people whatever it is. */
const PAGES = {
  200: "The page",
  400: "The page asks again: what was typed is no value",
  403: "A page that says that the link is none of ours",
  409: "A page that says that this cannot be done",
  410: "A page that says that the link is too old, or that what it was for is gone",
  429: "A page that says to try again later: the address asks too often",
  503: "A page that says to try again later",
} as const;
type PageStatus = keyof typeof PAGES;

/** What every page may say instead of itself: asked too often, or not possible now. */
const NOT_NOW: readonly number[] = [429, 503] satisfies PageStatus[];

/** For the document: the statuses that a route answers with pages, those of "not now" among them. */
export function pageAnswers(...statuses: Exclude<PageStatus, 429 | 503>[]): Record<number, RouteAnswer> {
  return Object.fromEntries(
    [...statuses, 429, 503].map((status) => [
      status,
      { description: PAGES[status as PageStatus], contentType: "text/html" },
    ]),
  );
}

/**
 * Has a route of pages say "not now" with a page as well, whoever refused: people opened it, and read no problem document.
 *
 * @param answers the route's.
 */
export function sayByPage(answers: Readonly<Record<number, RouteAnswer>>): MiddlewareHandler<ControlEnv> {
  return async (c, next) => {
    await next();
    const { status } = c.res;
    if (c.error === undefined || !NOT_NOW.includes(status) || answers[status]?.contentType !== "text/html") {
      return;
    }
    const again = c.res.headers.get("Retry-After");
    const html = deadPage(localeOf(c), "later");
    // Else the problem's headers would be the page's.
    c.res = undefined;
    c.res = new Response(html, {
      status,
      headers: {
        ...PAGE_HEADERS,
        "Content-Type": "text/html; charset=UTF-8",
        ...(again && { "Retry-After": again }),
      },
    });
  };
}

/** One sheet and one script, each known by its hash; nothing fetched but the worker, forms to our own address only. */
const PAGE_POLICY = `default-src 'none'; style-src ${hashOf(PAGE_SHEET)}; script-src ${
  hashOf(PUSH_SCRIPT)
}; worker-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'`;

const PAGE_HEADERS = { "Content-Security-Policy": PAGE_POLICY, "X-Robots-Tag": "noindex" };

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}

/** A page of `alerts/pages`. */
export function pageAnswer(
  c: ControlContext,
  html: string,
  status: PageStatus = 200,
): Response {
  for (const [name, value] of Object.entries(PAGE_HEADERS)) c.header(name, value);
  return c.html(html, status);
}

/** The first language that the browser asks for and we have. */
export function localeOf(c: ControlContext): Locale {
  const wanted = (c.req.header("accept-language") ?? "").toLowerCase().split(",").map((one) => one.trim());
  const found = wanted.map((one) => LOCALES.find((locale) => one.startsWith(locale)));
  return found.find((locale) => locale !== undefined) ?? "ko";
}
