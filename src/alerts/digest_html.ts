import { DIRECTION_COLOURS, linkParagraph, page } from "./alert_html.ts";
import type { AlertView, MessageLinks } from "./alert_view.ts";
import { escapeHtml as esc } from "./safe_text.ts";

/** The HTML part of a digest: every alert as a row, oldest first. */
export function digestHtml(views: readonly AlertView[], intro: string, links: MessageLinks): string {
  const [first] = views as readonly [AlertView, ...AlertView[]];
  return page(
    first.locale,
    `<p style="margin:0 0 16px;font-size:15px;color:#111">${esc(intro)}</p>
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;font-size:14px">
${views.map(row).join("\n")}
</table>
${linkParagraph(first, links)}`,
  );
}

function row(view: AlertView): string {
  return `<tr><td style="padding:8px 0;border-top:1px solid #eee"><b><bdi>${
    esc(view.name)
  }</bdi></b> <span style="color:#888">${esc(view.code)}</span> <span style="color:${
    DIRECTION_COLOURS[view.direction]
  }">${esc(view.move)}</span><br>${esc(view.price)} (${esc(view.change)}) — ${
    esc(view.rule)
  }<br><span style="color:#888;font-size:12px">${esc(view.time)}</span></td></tr>`;
}
