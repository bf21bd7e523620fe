import type { AlertView, MessageLinks } from "./alert_view.ts";
import { escapeHtml as esc } from "./safe_text.ts";

/** Korean users know red as up and blue as down. */
const DIRECTION_COLOURS = { up: "#d60000", down: "#0051c7", flat: "#555555" } as const;

const FONT = "font-family:'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',Helvetica,Arial,sans-serif";

/**
 * How a mail looks in the dark, where the mail program says so. What is inline counts everywhere else: some programs take
 * no style sheet. The console's policy lets this sheet through, and no other.
 */
export const DARK_SHEET = `:root{color-scheme:light dark;supported-color-schemes:light dark}
@media (prefers-color-scheme:dark){
body,.page{background:#18181b!important}
.card{background:#27272a!important}
.text{color:#f4f4f5!important}
.quiet{color:#a8a8b0!important}
.line{border-color:#45454d!important}
.up{color:#ff7b7b!important}
.down,a{color:#85b4ff!important}
.flat{color:#c4c4cc!important}
}`;

/** The HTML part of one alert's mail: a single table, styles inline, nothing fetched from anywhere. */
export function alertHtml(view: AlertView, links: MessageLinks): string {
  const { words } = view;
  const tinted = coloured(view.direction);
  const rows = [
    [words.price, view.price],
    [words.rate, view.rate],
    [words.change, view.change],
    [words.rule, view.rule],
    ...(view.measured === "" ? [] : [[words.measured, view.measured]]),
    [words.time, view.time],
    ...(view.lateness === "" ? [] : [["", view.lateness] as const]),
    ...(view.note === "" ? [] : [[words.note, view.note]]),
  ] as const;
  return page(
    view.locale,
    `<p class="quiet" style="margin:0 0 4px;font-size:13px;color:#666">${esc(view.kind)} ${
      esc(words.alert)
    }</p>
<p class="text" style="margin:0 0 4px;font-size:17px;color:#111"><bdi>${
      esc(view.name)
    }</bdi> <span class="quiet" style="color:#666;font-size:14px">${esc(view.code)}</span></p>
<h1 ${tinted("margin:0 0 4px;font-size:24px")}>${esc(view.price)} · ${esc(view.reached)}</h1>
<p ${tinted("margin:0 0 16px;font-size:16px;font-weight:bold")}>${esc(view.move)}</p>
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;font-size:15px">
${rows.map(([label, value], index) => row(label, value, index > 0 && index < 3 ? tinted : PLAIN)).join("\n")}
</table>
<p class="quiet" style="margin:16px 0 0;font-size:13px;color:#666">${esc(view.quiet)}</p>
${linkParagraph(view, links)}`,
  );
}

/** The HTML part of a text of a tenant's own. */
export function textHtml(
  view: Pick<AlertView, "locale" | "words">,
  text: string,
  links: MessageLinks,
): string {
  const lines = esc(text.trim()).replace(/\n/g, "<br>\n");
  return page(
    view.locale,
    `<p class="text" style="margin:0;font-size:16px;color:#111">${lines}</p>\n${linkParagraph(view, links)}`,
  );
}

/** The frame of every mail. Korean is broken between words only. */
export function page(locale: string, body: string): string {
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><meta name="color-scheme" content="light dark"><title>Tickbell</title><style>${DARK_SHEET}</style></head>
<body class="page" style="margin:0;padding:16px;background:#f4f4f5;word-break:keep-all;overflow-wrap:anywhere;${FONT}">
<div class="card" style="max-width:480px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px">
${body}
</div>
</body></html>
`;
}

/** The links below a mail; nothing when there are none. */
export function linkParagraph(
  { words }: Pick<AlertView, "words">,
  links: MessageLinks,
  stopWords = words.stop,
): string {
  const anchors = [
    ...(links.page === undefined ? [] : [anchor(links.page, words.page)]),
    ...(links.console === undefined ? [] : [anchor(links.console, words.console)]),
    ...(links.stop === undefined ? [] : [anchor(links.stop, stopWords)]),
  ];
  return anchors.length === 0
    ? ""
    : `<p class="quiet" style="margin:16px 0 0;font-size:13px;color:#666">${anchors.join(" · ")}</p>`;
}

/** The attributes of what shows a direction: its class for the dark, and a style with its colour. */
export function coloured(direction: AlertView["direction"]): (style: string) => string {
  return (style) => `class="${direction}" style="${style};color:${DIRECTION_COLOURS[direction]}"`;
}

const PLAIN = (style: string) => `class="text" style="${style};color:#111"`;

function row(label: string, value: string, attributes: (style: string) => string): string {
  return `<tr><td class="quiet" style="padding:6px 12px 6px 0;color:#666;white-space:nowrap;vertical-align:top">${
    esc(label)
  }</td><td ${attributes("padding:6px 0")}><bdi>${esc(value)}</bdi></td></tr>`;
}

function anchor(url: string, label: string): string {
  return `<a href="${esc(url)}" style="color:#0051c7">${esc(label)}</a>`;
}
