import { Buffer } from "node:buffer";

/** A mail as far as tests examine it. */
export interface ReadMail {
  /** By lower-case name, decoded; of several of one name the last. */
  readonly headers: Readonly<Record<string, string>>;
  /** By content type. */
  readonly parts: Readonly<Record<string, string>>;
}

/** Reads a mail made by nodemailer: RFC 2047 words in headers, base64, quoted-printable or plain parts. */
export function readMail(raw: string): ReadMail {
  const [head, body] = splitOnce(raw.replace(/\r\n/g, "\n"));
  const headers = readHeaders(head);
  const boundary = /boundary="?([^";]+)"?/.exec(headers["content-type"] ?? "")?.[1];
  if (boundary === undefined) return { headers, parts: { [type(headers)]: decodeBody(headers, body) } };
  const parts: Record<string, string> = {};
  for (const piece of body.split(`--${boundary}`).slice(1, -1)) {
    const [partHead, partBody] = splitOnce(piece.replace(/^\n/, ""));
    const partHeaders = readHeaders(partHead);
    parts[type(partHeaders)] = decodeBody(partHeaders, partBody);
  }
  return { headers, parts };
}

function splitOnce(text: string): [string, string] {
  const at = text.indexOf("\n\n");
  return at < 0 ? [text, ""] : [text.slice(0, at), text.slice(at + 2)];
}

function readHeaders(head: string): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const line of head.replace(/\n[ \t]+/g, " ").split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) headers[line.slice(0, colon).toLowerCase()] = decodeWords(line.slice(colon + 1).trim());
  }
  return headers;
}

function decodeWords(text: string): string {
  return text.replace(/\?=\s+=\?/g, "?==?").replace(
    /=\?utf-8\?([bq])\?([^?]*)\?=/gi,
    (_, kind: string, word: string) =>
      kind.toLowerCase() === "b"
        ? Buffer.from(word, "base64").toString("latin1")
        : fromQuoted(word.replace(/_/g, " ")),
  ).replace(/[\u0080-\u00ff]+/g, (bytes) => Buffer.from(bytes, "latin1").toString("utf8"));
}

function decodeBody(headers: Record<string, string>, body: string): string {
  const encoding = headers["content-transfer-encoding"]?.toLowerCase();
  if (encoding === "base64") return Buffer.from(body, "base64").toString("utf8");
  if (encoding !== "quoted-printable") return body;
  return Buffer.from(fromQuoted(body.replace(/=\n/g, "")), "latin1").toString("utf8");
}

function fromQuoted(text: string): string {
  return text.replace(/=([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)));
}

function type(headers: Record<string, string>): string {
  return (headers["content-type"] ?? "text/plain").split(";")[0]?.trim() ?? "text/plain";
}
