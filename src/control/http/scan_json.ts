import { badRequest } from "./problem.ts";

/** How deep JSON may be nested: our own shapes need five. */
const MAX_DEPTH = 32;
/** How many members one object may have: none of ours has a tenth. */
const MAX_MEMBERS = 1_000;

const QUOTE = 0x22;
const BACKSLASH = 0x5c;

/**
 * What JSON.parse lets pass and we do not: nesting without end, an object of tens of thousands of members, a name that is
 * there twice, of which it would silently take the last. Searched for before parsing, in one pass; a text that is no JSON is
 * JSON.parse's to refuse.
 *
 * @throws {HttpProblem} 400 `too_deep`, `too_many_fields`, `duplicate_key`.
 */
export function scanJson(text: string): void {
  /** For each open bracket: the names so far, or undefined in a list. */
  const open: (Set<string> | undefined)[] = [];
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === QUOTE) {
      const end = endOfString(text, index);
      const names = open.at(-1);
      if (names !== undefined && isName(text, end)) addName(names, text.slice(index, end));
      index = end - 1;
    } else if (code === 0x7b || code === 0x5b) {
      open.push(code === 0x7b ? new Set() : undefined);
      if (open.length > MAX_DEPTH) {
        throw badRequest("", "too_deep", `The body is nested deeper than ${MAX_DEPTH} levels`);
      }
    } else if (code === 0x7d || code === 0x5d) open.pop();
  }
}

/** Where a string that begins at a quote ends: after its closing quote, or at the text's end. */
function endOfString(text: string, start: number): number {
  for (let index = start + 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    if (code === BACKSLASH) index++;
    else if (code === QUOTE) return index + 1;
  }
  return text.length;
}

/** Whether a colon follows. */
function isName(text: string, index: number): boolean {
  let at = index;
  while (at < text.length && " \n\r\t".includes(text[at]!)) at++;
  return text[at] === ":";
}

function addName(names: Set<string>, quoted: string): void {
  const name = unquoted(quoted);
  if (names.has(name)) {
    throw badRequest(name.slice(0, 64), "duplicate_key", "is there twice in one object; which one is meant?");
  }
  if (names.size >= MAX_MEMBERS) {
    throw badRequest("", "too_many_fields", `An object of the body has more than ${MAX_MEMBERS} fields`);
  }
  names.add(name);
}

function unquoted(quoted: string): string {
  if (!quoted.includes("\\")) return quoted.slice(1, -1);
  try {
    return JSON.parse(quoted);
  } catch {
    return quoted;
  }
}
