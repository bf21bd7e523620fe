import { expect } from "expect";

/** WCAG 2.2, 1.4.3: the contrast of text. */
const LEAST_CONTRAST = 4.5;

/** The colours of a theme by their names; the sheet has them as #rrggbb where text stands on them. */
async function coloursOf(theme: string): Promise<ReadonlyMap<string, string>> {
  const sheet = await Deno.readTextFile(new URL("tokens.css", import.meta.url));
  const block = sheet.slice(sheet.indexOf(`:root[data-theme="${theme}"] {`)).split("}", 1)[0] ?? "";
  return new Map(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name = "", hex = ""]) => [name, hex]),
  );
}

/** WCAG's relative luminance. */
function luminance(hex: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(hex.slice(at, at + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

for (const theme of ["light", "dark"]) {
  Deno.test(`a price can be read while it flashes, and on the chosen row: ${theme}`, async () => {
    const colours = await coloursOf(theme);
    const dim: string[] = [];
    for (const ink of ["up", "down", "ink"]) {
      for (const ground of ["up-flash", "down-flash", "panel", "hover", "chosen"]) {
        const [dark = 0, bright = 0] = [ink, ground].map((name) => luminance(colours.get(name) ?? "")).sort((
          a,
          b,
        ) => a - b);
        const contrast = (bright + 0.05) / (dark + 0.05);
        if (!(contrast >= LEAST_CONTRAST)) dim.push(`${ink} on ${ground}: ${contrast}`);
      }
    }
    expect(dim).toEqual([]);
  });
}
