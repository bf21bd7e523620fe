import type { z } from "@hono/zod-openapi";
import { alertMessage } from "../../alerts/message.ts";
import { sampleAlert } from "../../alerts/preview.ts";
import { ownWords, PLACEHOLDERS, type Template, templateIssues } from "../../alerts/template.ts";
import { templateRecord } from "../../books/templates.ts";
import { InputError } from "../../core/errors.ts";
import { formatInstant } from "../../rules/parse_instant.ts";
import { parseBody } from "../http/parse_body.ts";
import { actorOf } from "../http/request_parts.ts";
import { TemplateInput, TemplateView } from "../schemas/template.ts";
import { type Route, route } from "./route_table.ts";

const getTemplate = route({
  method: "get",
  path: "/v1/template",
  operationId: "getTemplate",
  summary: "The tenant's own words for its messages, and the placeholders there are",
  tag: "recipients",
  access: "rules:read",
  answers: { 200: { description: "The templates", schema: TemplateView } },
}, ({ c, who }, { templates }) => c.json(templateView(templates.of(who.tenant))));

const putTemplate = route({
  method: "put",
  path: "/v1/template",
  operationId: "putTemplate",
  summary: "Set the tenant's own subject, text and webhook body; what is absent or null is ours",
  description:
    "Checked before it is stored: placeholders that there are not, and JSON that is none, are refused.",
  tag: "recipients",
  access: "admin",
  body: { schema: TemplateInput },
  answers: { 200: { description: "The templates, with an example", schema: TemplateView } },
}, async ({ c, who }, { deps: { clock }, topics, templates }) => {
  const { subject = null, text = null, webhook = null } = await parseBody(c, TemplateInput);
  const { tenant, subject: updatedBy } = who;
  const template: Template = { tenant, subject, text, webhook, updatedAt: clock.now(), updatedBy };
  const issues = templateIssues(template);
  if (issues.length > 0) throw new InputError("bad_body", issues);
  const before = templates.of(tenant) ?? null;
  const entry = { action: "template.changed", target: "template", before, after: template };
  await topics.append([templateRecord(tenant, template, clock.now())], [{
    ...entry,
    actor: actorOf(c, who),
  }]);
  return c.json(templateView(template));
});

const deleteTemplate = route({
  method: "delete",
  path: "/v1/template",
  operationId: "deleteTemplate",
  summary: "Go back to our own words",
  tag: "recipients",
  access: "admin",
  answers: { 204: { description: "It is so" } },
}, async ({ c, who }, { deps: { clock }, topics, templates }) => {
  const before = templates.of(who.tenant);
  if (before !== undefined) {
    const entry = { action: "template.deleted", target: "template", before, after: null };
    await topics.append([templateRecord(who.tenant, null, clock.now())], [{
      ...entry,
      actor: actorOf(c, who),
    }]);
  }
  return c.body(null, 204);
});

/** A tenant's own words for its messages. */
export const TEMPLATE_ROUTES: readonly Route[] = [getTemplate, putTemplate, deleteTemplate];

function templateView(template: Template | undefined): z.output<typeof TemplateView> {
  const { subject = null, text = null, webhook = null, updatedAt, updatedBy = null } = template ?? {};
  const links = { page: "https://tickbell.example/v1/pages/alert?token=example" };
  const alert = sampleAlert("target_price", "ko");
  const own = template && ownWords(template, alert, links);
  const sample = alertMessage(alert, links, own === undefined ? {} : { own });
  return {
    subject,
    text,
    webhook,
    updatedAt: updatedAt === undefined ? null : formatInstant(updatedAt),
    updatedBy,
    placeholders: { ...PLACEHOLDERS },
    sample: { subject: sample.subject, text: sample.text, body: sample.body ?? null },
  };
}
