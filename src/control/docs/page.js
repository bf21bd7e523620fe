// The reference for people, made from /openapi.json. No inline script, no outside address.

const methods = ["get", "post", "put", "patch", "delete"];

/** An element with attributes and children; texts are never read as HTML. */
function element(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.filter((child) => child !== undefined));
  return made;
}

const json = (value) => JSON.stringify(value, null, 2);

/** A schema with its references followed, as deep as a reader wants to look. */
function followed(schema, document, depth = 0) {
  if (typeof schema !== "object" || schema === null || depth > 6) return schema;
  if (typeof schema.$ref === "string") {
    const name = schema.$ref.split("/").pop();
    return followed(document.components.schemas[name], document, depth + 1);
  }
  if (Array.isArray(schema)) return schema.map((item) => followed(item, document, depth + 1));
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, followed(value, document, depth + 1)]),
  );
}

function exampleOf(schema, document) {
  const whole = followed(schema, document);
  const found = whole?.example ?? whole?.anyOf?.find((option) => option.example)?.example;
  return found === undefined ? "" : json(found);
}

/** A field for a parameter: a choice where there are only some values. */
function field({ name, in: place, required, schema }) {
  const attributes = { name, "data-in": place, "aria-label": name, required: required ? "" : undefined };
  const choices = schema?.enum ?? (schema?.type === "boolean" ? [true, false] : undefined);
  if (choices === undefined) return element("input", { ...attributes, placeholder: schema?.example });
  const options = ["", ...choices].map((value) => element("option", {}, String(value)));
  return element("select", attributes, ...options);
}

function table(heads, rows) {
  if (rows.length === 0) return undefined;
  const head = element("tr", {}, ...heads.map((text) => element("th", {}, text)));
  return element("div", { class: "wide" }, element("table", {}, head, ...rows));
}

function parameters(operation) {
  const rows = (operation.parameters ?? []).map((parameter) =>
    element(
      "tr",
      {},
      element("td", {}, parameter.name + (parameter.required ? " *" : "")),
      element("td", {}, parameter.in),
      element("td", {}, parameter.description ?? parameter.schema?.description ?? ""),
      element("td", {}, field(parameter)),
    )
  );
  return table(["parameter", "in", "what it is", "try"], rows);
}

/** The fields of a body that is one object, or may be one. */
function fields(schema, document) {
  const whole = followed(schema, document);
  const object = whole?.properties ? whole : (whole?.anyOf ?? whole?.oneOf)?.find((one) => one.properties);
  const rows = Object.entries(object?.properties ?? {}).map(([name, { type, enum: values, description }]) =>
    element(
      "tr",
      {},
      element("td", {}, name + (object.required?.includes(name) ? " *" : "")),
      element("td", {}, values ? values.map(String).join(" | ") : [type ?? ""].flat().join(" | ")),
      element("td", {}, description ?? ""),
    )
  );
  return table(["field", "type", "what it is"], rows);
}

function answers(operation, document) {
  const rows = Object.entries(operation.responses).map(([status, answer]) => {
    const [type, content] = Object.entries(answer.content ?? {})[0] ?? [];
    const kind = Number(status) < 300 ? "good" : "bad";
    const summary = [
      element("span", { class: `status ${kind}` }, status),
      ` ${answer.description}${type && kind === "good" ? ` (${type})` : ""}`,
    ];
    if (kind === "bad" || !content?.schema) return element("p", {}, ...summary);
    const schema = element("pre", {}, json(followed(content.schema, document)));
    return element("details", { class: "answer" }, element("summary", {}, ...summary), schema);
  });
  return [element("h3", {}, "Answers"), ...rows];
}

/** Sends what the form says, with the key or the console's cookie. */
async function send(form, { method, path, type }) {
  const query = new URLSearchParams();
  const headers = {};
  let url = path;
  for (const input of form.querySelectorAll("[data-in]")) {
    if (input.value === "") continue;
    const { in: place } = input.dataset;
    if (place === "path") url = url.replace(`{${input.name}}`, encodeURIComponent(input.value));
    else if (place === "query") query.set(input.name, input.value);
    else headers[input.name] = input.value;
  }
  const key = document.getElementById("key").value;
  if (key !== "") headers.authorization = `Bearer ${key}`;
  const body = form.querySelector("textarea")?.value;
  if (body !== undefined && body !== "") headers["content-type"] = type;
  const out = form.querySelector("output");
  out.replaceChildren("…");
  const begun = performance.now();
  try {
    const response = await fetch(query.size > 0 ? `${url}?${query}` : url, {
      method: method.toUpperCase(),
      headers,
      ...(body === undefined || body === "" ? {} : { body }),
    });
    const text = await firstPart(response);
    const kind = response.ok ? "good" : "bad";
    const took = `${Math.round(performance.now() - begun)} ms`;
    const status = element("span", { class: `status ${kind}` }, `${response.status}`);
    out.replaceChildren(element("p", {}, status, ` ${took}`), element("pre", {}, pretty(text)));
  } catch (error) {
    out.replaceChildren(element("p", {}, String(error)));
  }
}

/** A stream never ends: its first seconds are shown. */
async function firstPart(response) {
  if (!response.headers.get("content-type")?.startsWith("text/event-stream")) return await response.text();
  const reader = response.body.getReader();
  const decoder = new TextDecoder();
  const timer = setTimeout(() => reader.cancel(), 5_000);
  let text = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    text += decoder.decode(value, { stream: true });
  }
  clearTimeout(timer);
  return text;
}

function pretty(text) {
  try {
    return json(JSON.parse(text));
  } catch {
    return text;
  }
}

function route(document, path, method, operation) {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const form = element(
    "form",
    {
      onsubmit: (event) => {
        event.preventDefault();
        send(form, { method, path, type });
      },
    },
    operation.description ? element("p", {}, operation.description) : undefined,
    parameters(operation),
    type ? element("h3", {}, `Body, ${type}`) : undefined,
    type ? fields(content.schema, document) : undefined,
    type
      ? element("textarea", { rows: "10", "aria-label": "body" }, exampleOf(content.schema, document))
      : undefined,
    element("p", {}, element("button", { type: "submit" }, "Send")),
    element("output", {}),
    ...answers(operation, document),
  );
  const words = `${method} ${path} ${operation.summary} ${operation.tags}`.toLowerCase();
  return element(
    "details",
    { id: operation.operationId, "data-words": words },
    element(
      "summary",
      {},
      element("span", { class: `method ${method}` }, method),
      element("span", { class: "path" }, path),
      element("span", { class: "access" }, operation.security?.length === 0 ? "public" : ""),
      element("div", {}, operation.summary ?? ""),
    ),
    form,
  );
}

function show(document_) {
  const byTag = new Map();
  for (const [path, item] of Object.entries(document_.paths)) {
    for (const method of methods) {
      const operation = item[method];
      if (!operation) continue;
      const tag = operation.tags?.[0] ?? "other";
      byTag.set(tag, [...byTag.get(tag) ?? [], route(document_, path, method, operation)]);
    }
  }
  const sections = [...byTag].map(([tag, routes]) =>
    element("section", { id: `tag-${tag}` }, element("h2", {}, tag), ...routes)
  );
  const links = [...byTag.keys()].map((tag) => element("a", { href: `#tag-${tag}` }, tag));
  document.getElementById("tags").replaceChildren(...links);
  document.getElementById("routes").replaceChildren(...sections);
}

document.getElementById("find").addEventListener("input", ({ target }) => {
  const wanted = target.value.toLowerCase();
  for (const details of document.querySelectorAll("details[data-words]")) {
    details.hidden = !details.dataset.words.includes(wanted);
  }
  for (const section of document.querySelectorAll("section")) {
    section.hidden = section.querySelector("details[data-words]:not([hidden])") === null;
  }
});

/** An address with a route's name shows that route, open. */
function openNamed() {
  const named = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
  if (named instanceof HTMLDetailsElement) named.open = true;
  named?.scrollIntoView();
}

try {
  const response = await fetch("/openapi.json");
  if (!response.ok) throw new Error(`HTTP ${response.status}`);
  show(await response.json());
  addEventListener("hashchange", openNamed);
  openNamed();
} catch (error) {
  const reason = `Cannot read /openapi.json (${
    error.message ?? error
  }). Is the server there? Reload to try again.`;
  document.getElementById("routes").replaceChildren(element("p", {}, reason));
}
