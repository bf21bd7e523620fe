/** @returns the entry and every module that it imports by a relative path, directly or through others. */
export async function reachableModules(entry: URL): Promise<URL[]> {
  const found = new Map<string, URL>([[entry.href, entry]]);
  for (const file of found.values()) {
    const source = await Deno.readTextFile(file);
    for (const [, path] of source.matchAll(/(?:from|import)\s*\(?\s*"(\.{1,2}\/[^"]+)"/g)) {
      const next = new URL(path as string, file);
      if (!found.has(next.href)) found.set(next.href, next);
    }
  }
  return [...found.values()];
}
