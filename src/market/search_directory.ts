import type { ListedSymbol, SymbolDirectory } from "./directory.ts";
import { matchName, NAME_MATCHES, type NameMatch, type SearchNames, searchNamesOf } from "./name_search.ts";

/** Names as they are searched, made once for each listing. */
const NAMES = new WeakMap<ListedSymbol, SearchNames>();

/**
 * The symbols that a text means, see {@link matchName}. Apart from the directory, so that who embeds the engine carries no names.
 *
 * @returns the best first, at most `limit`; for "" the first ones.
 */
export function searchDirectory(
  directory: SymbolDirectory,
  text: string,
  limit: number,
): readonly ListedSymbol[] {
  const found: Record<NameMatch, ListedSymbol[]> = { exact: [], begins: [], holds: [] };
  for (const listed of directory.all()) {
    const match = matchName(text, namesOf(listed));
    if (match !== undefined) found[match].push(listed);
  }
  return NAME_MATCHES.flatMap((match) => found[match]).slice(0, Math.max(0, limit));
}

function namesOf(listed: ListedSymbol): SearchNames {
  let names = NAMES.get(listed);
  if (names === undefined) NAMES.set(listed, names = searchNamesOf(listed));
  return names;
}
