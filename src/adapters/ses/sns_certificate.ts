import { Buffer } from "node:buffer";
import { X509Certificate } from "node:crypto";
import { rootCertificates } from "node:tls";
import { snsRefused } from "./sns_message.ts";

/** Longest way from SNS's certificate to a root, both included. */
const LONGEST_CHAIN = 5;
const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Where a topic is, from its ARN; undefined for a text that is none. */
function placeOfTopic(arn: string): { readonly region: string; readonly domain: string } | undefined {
  const match = /^arn:(aws|aws-cn|aws-us-gov):sns:([a-z]{2}(?:-[a-z]+)+-\d):\d{12}:[A-Za-z0-9_.-]{1,256}$/
    .exec(arn);
  if (match === null) return undefined;
  return { region: match[2]!, domain: match[1] === "aws-cn" ? "amazonaws.com.cn" : "amazonaws.com" };
}

/** Whether an address is one of Amazon SNS itself, in the region of the topic: `https://sns.REGION.amazonaws.com/…`. */
export function isSnsAddress(text: string | undefined, topicArn: string): boolean {
  const url = text === undefined ? null : URL.parse(text);
  const place = placeOfTopic(topicArn);
  return url !== null && place !== undefined && url.protocol === "https:" && url.port === "" &&
    url.username === "" && url.password === "" && url.hostname === `sns.${place.region}.${place.domain}`;
}

/** Whether an address is that of a certificate of SNS in the topic's region; nothing else of that host signs. */
export function isCertificateAddress(text: string, topicArn: string): boolean {
  const url = URL.parse(text);
  return isSnsAddress(text, topicArn) && url !== null && url.search === "" && url.hash === "" &&
    /^\/SimpleNotificationService-[0-9a-f]{32}\.pem$/.test(url.pathname);
}

/** What {@link trustedCertificate} needs. */
export interface CertificateSource {
  /** Gets the bytes of an address. */
  readonly get: (url: string) => Promise<Uint8Array>;
  /** PEM of the authorities that are believed: Amazon's own by default. */
  readonly roots?: readonly string[];
  /** Epoch ms. */
  readonly now: number;
}

/**
 * SNS's certificate, checked: valid now, named for SNS, and issued by Amazon's authorities. Issuers that the file does not
 * have are fetched from where the certificates say, at Amazon's trust service only; what is fetched proves itself by the
 * root's signature.
 *
 * @throws {InputError} code `bad_sns_message` when it is not to be believed.
 * @throws {OutsideError} when an issuer cannot be fetched.
 */
export async function trustedCertificate(
  pem: Uint8Array,
  topicArn: string,
  source: CertificateSource,
): Promise<X509Certificate> {
  const [leaf, ...known] = certificatesOf(new TextDecoder().decode(pem));
  if (leaf === undefined) throw refused("that cannot be read");
  if (!isNamedForSns(leaf, topicArn)) throw refused("that is not named for SNS");
  const roots = (source.roots ?? amazonRoots()).map((text) => new X509Certificate(text));
  let at = leaf;
  for (let length = 1; length < LONGEST_CHAIN; length++) {
    requireValid(at, source.now);
    if (roots.some((root) => issued(at, root))) return leaf;
    const issuer = known.find((other) => issued(at, other)) ?? await fetchIssuer(at, source);
    if (issuer === undefined) break;
    at = issuer;
  }
  throw refused("that Amazon's authorities did not issue");
}

function certificatesOf(text: string): X509Certificate[] {
  try {
    return [...text.matchAll(PEM)].slice(0, LONGEST_CHAIN).map(([pem]) => new X509Certificate(pem));
  } catch {
    return [];
  }
}

/** Regions that are on by default share a name; the others have one each. */
function isNamedForSns(certificate: X509Certificate, topicArn: string): boolean {
  const place = placeOfTopic(topicArn);
  if (place === undefined) return false;
  const { region, domain } = place;
  const names = [
    "sns.amazonaws.com",
    `sns.${region}.${domain}`,
    `sns-${region}.${domain}`,
    `sns-signing.${region}.${domain}`,
  ];
  const common = /(?:^|\n)CN=([^\n]+)(?:\n|$)/.exec(certificate.subject)?.[1];
  return common !== undefined && names.includes(common);
}

function issued(certificate: X509Certificate, issuer: X509Certificate): boolean {
  return issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);
}

async function fetchIssuer(
  certificate: X509Certificate,
  { get }: CertificateSource,
): Promise<X509Certificate | undefined> {
  const text = /CA Issuers - URI:(\S+)/.exec(certificate.infoAccess ?? "")?.[1];
  const url = text === undefined ? null : URL.parse(text);
  if (url === null || !/^(?:[a-z0-9-]+\.)*amazontrust\.com$/.test(url.hostname) || url.port !== "") {
    return undefined;
  }
  const bytes = await get(url.href);
  try {
    const issuer = new X509Certificate(Buffer.from(bytes));
    return issued(certificate, issuer) ? issuer : undefined;
  } catch {
    return undefined;
  }
}

function requireValid(certificate: X509Certificate, now: number): void {
  if (now < Date.parse(certificate.validFrom) || now > Date.parse(certificate.validTo)) {
    throw refused("that is not valid now");
  }
}

function amazonRoots(): string[] {
  return rootCertificates.filter((pem) =>
    /(?:^|\n)O=(?:Amazon|Starfield Technologies, Inc\.)(?:\n|$)/.test(subjectOf(pem))
  );
}

function subjectOf(pem: string): string {
  try {
    return new X509Certificate(pem).subject;
  } catch {
    // One that this runtime cannot read is none of Amazon's.
    return "";
  }
}

function refused(reason: string) {
  return snsRefused("bad_certificate", `names a certificate ${reason}`);
}
