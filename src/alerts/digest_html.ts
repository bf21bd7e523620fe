import { coloured, linkParagraph, page } from "./alert_html.ts";
import type { AlertView, MessageLinks } from "./alert_view.ts";
import { DIGEST_WORDS } from "./digest_words.ts";
import { escapeHtml as esc } from "./safe_text.ts";

/** The HTML part of a digest: every alert as a row, oldest first. */
export function digestHtml(views: readonly AlertView[], intro: string, links: MessageLinks): string {
  const [first] = views as readonly [AlertView, ...AlertView[]];
  return page(
    first.locale,
    `<p class="text" style="margin:0 0 16px;font-size:15px;color:#111">${esc(intro)}</p>
<table role="presentation" cellpadding="0" cellspacing="0" style="width:100%;border-collapse:collapse;font-size:14px">
${views.map(row).join("\n")}
</table>
${linkParagraph(first, links, DIGEST_WORDS[first.locale].stopAll)}`,
  );
}

function row(view: AlertView): string {
  return `<tr><td class="text line" style="padding:8px 0;border-top:1px solid #eee;color:#111"><b><bdi>${
    esc(view.name)
  }</bdi></b> <span class="quiet" style="color:#666">${esc(view.code)}</span> <span ${
    coloured(view.direction)("white-space:nowrap")
  }>${esc(view.move)}</span><br>${esc(view.price)} (${esc(view.change)}) — ${
    esc(view.rule)
  }<br><span class="quiet" style="color:#666;font-size:12px">${esc(view.time)}</span></td></tr>`;
}
