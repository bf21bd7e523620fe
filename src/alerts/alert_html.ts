import type { AlertView, MessageLinks } from "./alert_view.ts";
import { escapeHtml as esc } from "./safe_text.ts";

/** Korean users know red as up and blue as down. */
export const DIRECTION_COLOURS = { up: "#d60000", down: "#0051c7", flat: "#555555" } as const;

const FONT = "font-family:'Apple SD Gothic Neo','Malgun Gothic','Noto Sans KR',Helvetica,Arial,sans-serif";

/** The HTML part of one alert's mail: a single table, styles inline, nothing fetched from anywhere. */
export function alertHtml(view: AlertView, links: MessageLinks): string {
  const { words } = view;
  const colour = DIRECTION_COLOURS[view.direction];
  const rows = [
    [words.price, view.price],
    [words.rate, view.rate],
    [words.change, view.change],
    [words.rule, view.rule],
    [words.time, view.time],
    ...(view.note === "" ? [] : [[words.note, view.note]]),
  ] as const;
  return page(
    view.locale,
    `<p style="margin:0 0 4px;font-size:13px;color:#666">${esc(view.kind)} ${esc(words.alert)}</p>
<h1 style="margin:0 0 4px;font-size:22px;color:#111"><bdi>${
      esc(view.name)
    }</bdi> <span style="color:#888;font-size:15px;font-weight:normal">${esc(view.code)}</span></h1>
<p style="margin:0 0 16px;font-size:18px;font-weight:bold;color:${colour}">${esc(view.move)}</p>
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;font-size:15px">
${rows.map(([label, value], index) => row(label, value, index > 0 && index < 3 ? colour : "#111")).join("\n")}
</table>
<p style="margin:16px 0 0;font-size:13px;color:#666">${esc(view.quiet)}</p>
${linkParagraph(view, links)}`,
  );
}

/** The frame of every mail. */
export function page(locale: string, body: string): string {
  return `<!doctype html>
<html lang="${locale}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Tickbell</title></head>
<body style="margin:0;padding:24px;background:#f4f4f5;${FONT}">
<div style="max-width:480px;margin:0 auto;padding:24px;background:#ffffff;border-radius:8px">
${body}
</div>
</body></html>
`;
}

/** The links below a mail; nothing when there are none. */
export function linkParagraph(view: Pick<AlertView, "words">, links: MessageLinks): string {
  const anchors = [
    ...(links.console === undefined ? [] : [anchor(links.console, view.words.console)]),
    ...(links.stop === undefined ? [] : [anchor(links.stop, view.words.stop)]),
  ];
  return anchors.length === 0 ? "" : `<p style="margin:16px 0 0;font-size:13px">${anchors.join(" · ")}</p>`;
}

function row(label: string, value: string, colour: string): string {
  return `<tr><td style="padding:6px 12px 6px 0;color:#666;white-space:nowrap;vertical-align:top">${
    esc(label)
  }</td><td style="padding:6px 0;color:${colour}"><bdi>${esc(value)}</bdi></td></tr>`;
}

function anchor(url: string, label: string): string {
  return `<a href="${esc(url)}" style="color:#0051c7">${esc(label)}</a>`;
}
