/**
 * Names for the values of enums, where a generator of clients could make none of its own: two values that differ only in
 * case or signs, or that are no word of ASCII. Generators read them as `x-enum-varnames`.
 *
 * @param document An OpenAPI document; changed in place.
 */
export function nameEnums(document: unknown): void {
  if (typeof document !== "object" || document === null) return;
  const { enum: values } = document as { enum?: unknown };
  if (Array.isArray(values) && values.every((value) => typeof value === "string")) {
    const plain = values.map(wordOf);
    const clear = new Set(plain).size === plain.length && plain.every((word) => word !== "");
    if (!clear) (document as Record<string, unknown>)["x-enum-varnames"] = distinct(values.map(nameOf));
  }
  for (const child of Object.values(document)) nameEnums(child);
}

/** A value as a name: `new_high` as `NEW_HIGH`; "" where nothing of it is ASCII. */
function wordOf(value: string): string {
  return value.toUpperCase().replace(/[^A-Z0-9]+/g, "_").replace(/^_+|_+$/g, "").replace(/^(?=\d)/, "N");
}

/** As {@link wordOf}; `-createdAt` as `CREATED_AT_DESC`. */
function nameOf(value: string): string {
  const word = wordOf(value.replace(/([a-z])([A-Z])/g, "$1_$2"));
  return value.startsWith("-") && word !== "" ? `${word}_DESC` : word;
}

function distinct(words: readonly string[]): string[] {
  const seen = new Set<string>();
  return words.map((word, index) => {
    let name = word === "" ? `VALUE_${index}` : word;
    while (seen.has(name)) name = `${name}_${index}`;
    seen.add(name);
    return name;
  });
}
