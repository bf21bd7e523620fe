import type { Locale } from "../../rules/rule.ts";
import { escapeHtml as esc } from "../safe_text.ts";

/**
 * The frame of the pages behind signed links: one sheet, no script, nothing fetched; made for a phone, light and dark.
 *
 * @module
 */

/** The one sheet of these pages; their policy lets it through by its hash. */
export const PAGE_SHEET =
  `:root{color-scheme:light dark;--text:#18181b;--quiet:#5f5f6b;--line:#e4e4e7;--card:#fff;--page:#f4f4f5;
--accent:#0051c7;--up:#d60000;--down:#0051c7;--danger:#b00020}
@media (prefers-color-scheme:dark){:root{--text:#f4f4f5;--quiet:#a8a8b0;--line:#45454d;--card:#27272a;--page:#18181b;
--accent:#85b4ff;--up:#ff7b7b;--down:#85b4ff;--danger:#ff8a8a}}
*{box-sizing:border-box}
body{margin:0;padding:16px;background:var(--page);color:var(--text);word-break:keep-all;overflow-wrap:anywhere;
font:16px/1.5 'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',system-ui,sans-serif}
main{max-width:480px;margin:0 auto;padding:20px;background:var(--card);border-radius:12px}
h1{margin:0;font-size:22px}h2{margin:24px 0 8px;font-size:15px;color:var(--quiet);font-weight:600}
p{margin:0 0 8px}.quiet{color:var(--quiet);font-size:14px}
.big{margin:8px 0;font-size:24px;font-weight:700}.up{color:var(--up)}.down{color:var(--down)}
dl{margin:0;display:grid;grid-template-columns:auto 1fr;gap:4px 12px}dt{color:var(--quiet)}dd{margin:0;text-align:right}
ol{margin:0;padding:0;list-style:none}ol li{display:flex;justify-content:space-between;gap:12px;padding:8px 0;
border-top:1px solid var(--line)}
svg{display:block;width:100%;height:auto;margin:8px 0}
.line{fill:none;stroke:var(--accent);stroke-width:1.5}.mark{fill:var(--up)}.level{stroke:var(--quiet);stroke-dasharray:4 3}
.axis{fill:var(--quiet);font-size:10px}
.act{display:block;width:100%;margin:8px 0;padding:14px;border:1px solid var(--line);border-radius:10px;background:none;
color:var(--text);font:inherit;text-align:center;text-decoration:none;min-height:48px}
button.act{background:var(--accent);border-color:var(--accent);color:var(--card);font-weight:600;cursor:pointer}
.danger{color:var(--danger)}button.danger{background:var(--danger);border-color:var(--danger);color:var(--card)}
input{width:100%;padding:12px;border:1px solid var(--line);border-radius:10px;background:none;color:inherit;font:inherit}
a{color:var(--accent)}`;

/** A page. @param body HTML, escaped by whoever made it. */
export function framed(locale: Locale, title: string, body: string): string {
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><meta name="color-scheme" content="light dark"><meta name="robots" content="noindex"><title>${
    esc(title)
  }</title><style>${PAGE_SHEET}</style></head>
<body><main>
${body}
</main></body></html>
`;
}

/** A short page: a heading, sentences, and what may follow. */
export function shortPage(
  locale: Locale,
  { title, lines, rest = "" }: {
    readonly title: string;
    readonly lines: readonly string[];
    readonly rest?: string;
  },
): string {
  const text = lines.map((line) => `<p><bdi>${esc(line)}</bdi></p>`).join("\n");
  return framed(locale, title, `<h1>${esc(title)}</h1>\n${text}\n${rest}`);
}

/** A form that does one thing to the page's own address. */
export function actForm(
  { token, act, label, danger = false, fields = "" }: {
    readonly token: string;
    readonly act: string;
    readonly label: string;
    readonly danger?: boolean;
    /** HTML of further fields. */
    readonly fields?: string;
  },
): string {
  return `<form method="post" action="?token=${
    esc(encodeURIComponent(token))
  }"><input type="hidden" name="act" value="${esc(act)}">${fields}<button class="act${
    danger ? " danger" : ""
  }">${esc(label)}</button></form>`;
}

/** A link to another view of the page's own address. */
export function viewLink(
  { token, view, label, danger = false }: {
    readonly token: string;
    readonly view?: string;
    readonly label: string;
    readonly danger?: boolean;
  },
): string {
  const query = new URLSearchParams({ token, ...(view === undefined ? {} : { do: view }) });
  return `<a class="act${danger ? " danger" : ""}" href="?${esc(String(query))}">${esc(label)}</a>`;
}
