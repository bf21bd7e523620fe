/**
 * Text from outside (names, notes) made fit to stand in a mail: nothing in it may end a header, open a tag, or change
 * the direction or the look of what stands beside it.
 *
 * @module
 */

/** C0 and C1 control characters, and the line and paragraph separators. */
// deno-lint-ignore no-control-regex
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g;
/** Marks, embeddings, overrides and isolates of direction; zero-width characters; tags; variation of nothing. */
const INVISIBLE =
  /[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff9-\ufffb]|[\u{e0000}-\u{e007f}]/gu;
/** Halves of a surrogate pair that stand alone. */
const LONE_SURROGATES = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g;

/**
 * One line of visible text: controls become a blank, direction marks and zero-width characters vanish, and what is
 * longer than `limit` characters is cut with an ellipsis.
 */
export function oneLine(text: string, limit = 200): string {
  const visible = text.normalize("NFC").replace(LONE_SURROGATES, "\ufffd").replace(CONTROLS, " ")
    .replace(INVISIBLE, "").replace(/\s+/g, " ").trim();
  const characters = [...visible];
  return characters.length <= limit ? visible : `${characters.slice(0, limit - 1).join("")}…`;
}

const ENTITIES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

/** Text as it may stand in HTML, in an element or in a quoted attribute. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => ENTITIES[character] as string);
}

/** A header's value: one line, and no longer than a header may be (RFC 5322, 998 characters). */
export function headerValue(text: string): string {
  return oneLine(text, 900);
}
