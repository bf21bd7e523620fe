/** A text in pieces of at most `limit` characters, cut at line ends where there are any. */
export function chunksOf(text: string, limit: number): string[] {
  const chunks: string[] = [];
  let rest = text;
  while (rest.length > limit) {
    const line = rest.lastIndexOf("\n", limit - 1);
    let end = line > 0 ? line + 1 : limit;
    // Not between the halves of a character.
    if (line <= 0 && /[\ud800-\udbff]/.test(rest[end - 1] as string)) end--;
    chunks.push(rest.slice(0, end));
    rest = rest.slice(end);
  }
  if (rest !== "" || chunks.length === 0) chunks.push(rest);
  return chunks;
}

/** A text of at most `limit` characters, with an ellipsis where it was longer. */
export function cutText(text: string, limit: number): string {
  const letters = [...text];
  return letters.length <= limit ? text : `${letters.slice(0, limit - 1).join("")}…`;
}
