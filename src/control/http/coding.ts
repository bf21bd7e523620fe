/** How an answer's bytes may be coded. */
export type Coding = "br" | "gzip";

const COMPRESSED = /^(text\/(?!event-stream)|application\/([a-z.]+\+json|json|x-ndjson|wasm)|image\/svg)/;

/** An answer of fewer bytes is not worth coding. */
export const LEAST_CODED_BYTES = 1_024;

/** Whether answers of a type become much smaller; an event stream's would wait for each other. */
export function isCompressible(contentType: string): boolean {
  return COMPRESSED.test(contentType);
}

/**
 * The smallest coding that the caller takes; undefined for none.
 *
 * @param accepted his `Accept-Encoding`.
 */
export function codingFor(accepted: string): Coding | undefined {
  const taken = new Set(
    accepted.toLowerCase().split(",").filter((one) => !/;\s*q=0(\.0*)?\s*$/.test(one))
      .map((one) => one.split(";")[0]!.trim()),
  );
  if (taken.has("br")) return "br";
  return taken.has("gzip") ? "gzip" : undefined;
}
