/** What a spreadsheet takes for a formula, or for the mark of a text that is none. */
const FORMULA = /^'*[=+\-@\t\r＝＋－＠]/;
const NUMBER = /^[+-]?\d+(?:\.\d+)?$/;

/**
 * A text as a cell that no spreadsheet runs: `=HYPERLINK(…)` in a note would, so an apostrophe is put before it, which
 * {@link textOfCell} takes away again.
 */
export function cellOfText(text: string): string {
  return FORMULA.test(text) && !NUMBER.test(text) ? `'${text}` : text;
}

/** The text that {@link cellOfText} made the cell from. */
export function textOfCell(cell: string): string {
  return cell.startsWith("'") && FORMULA.test(cell) ? cell.slice(1) : cell;
}

/** Texts as one cell: `;` between them, or a JSON array where a text has what separates them. */
export function cellOfList(items: readonly string[]): string {
  const plain = items.every((item) => item !== "" && item === item.trim() && !/[;]|^[[{"']/.test(item));
  return cellOfText(plain ? items.join(";") : JSON.stringify(items));
}

/** The texts of a cell; undefined for one that begins as JSON and is none. */
export function listOfCell(cell: string): readonly unknown[] | undefined {
  const text = textOfCell(cell).trim();
  if (text.startsWith("[")) {
    const read = jsonOf(text);
    return Array.isArray(read) ? read : undefined;
  }
  return text.split(";").map((part) => part.trim()).filter((part) => part !== "");
}

/** Named texts as one cell: `name=value;…`, or a JSON object where a value has what separates them. */
export function cellOfMap(map: Readonly<Record<string, string>>): string {
  const entries = Object.entries(map);
  const plain = entries.every(([name, value]) =>
    !/[;=]|^[{"']/.test(name) && !value.includes(";") && value === value.trim()
  );
  return cellOfText(
    plain ? entries.map(([name, value]) => `${name}=${value}`).join(";") : JSON.stringify(map),
  );
}

/** The named texts of a cell; undefined for one that begins as JSON and is none. */
export function mapOfCell(cell: string): Readonly<Record<string, unknown>> | undefined {
  const text = textOfCell(cell);
  if (text.trimStart().startsWith("{")) {
    const read = jsonOf(text);
    return typeof read === "object" && read !== null && !Array.isArray(read)
      ? read as Record<string, unknown>
      : undefined;
  }
  return Object.fromEntries(
    text.split(";").filter((part) => part.trim() !== "").map((label) => {
      const at = label.indexOf("=");
      return at < 0 ? [label.trim(), ""] : [label.slice(0, at).trim(), label.slice(at + 1)];
    }),
  );
}

/** JSON, or undefined. */
export function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
