/**
 * Asks the registry whether anything is known against the packages of deno.lock: `deno audit`. Where the registry does not answer the check was not run, which is said and is no failure: a pipeline
 * without a way out still builds.
 *
 *     deno task audit
 *
 * @module
 */

/** What came of asking. */
export type Audit =
  | { readonly outcome: "clean" }
  | { readonly outcome: "found"; readonly report: string }
  | { readonly outcome: "not run"; readonly reason: string };

/** Least severity that counts. */
const LEVEL = "moderate";
/** A registry that has not answered by then does not, ms. */
const PATIENCE_MS = 60_000;

/** @param lock path of the lock file. @param registry another one than npm's. */
export async function audit(lock: string, registry?: string): Promise<Audit> {
  try {
    const { code, stdout, stderr } = await new Deno.Command("deno", {
      args: ["audit", `--level=${LEVEL}`, `--lock=${lock}`],
      env: { NO_COLOR: "1", ...(registry === undefined ? {} : { NPM_CONFIG_REGISTRY: registry }) },
      signal: AbortSignal.timeout(PATIENCE_MS),
    }).output();
    const text = new TextDecoder();
    return judge(code, text.decode(stdout), text.decode(stderr));
  } catch (thrown) {
    if (!(thrown instanceof DOMException)) throw thrown;
    return { outcome: "not run", reason: `no answer within ${PATIENCE_MS / 1_000} s` };
  }
}

/** What the answer of `deno audit` means: it ends with 1 for an advisory and for a registry that is away alike. */
export function judge(code: number, out: string, err: string): Audit {
  if (code === 0) return { outcome: "clean" };
  if (/^Found \d+ vulnerabilit/m.test(out)) return { outcome: "found", report: out.trim() };
  const [reason = `deno audit ended with ${code}`] = (err || out).trim().split("\n");
  return { outcome: "not run", reason: reason.replace(/^error: /, "") };
}

if (import.meta.main) {
  const found = await audit("deno.lock");
  if (found.outcome === "clean") console.log("nothing is known against the packages of deno.lock");
  if (found.outcome === "not run") console.log(`not run: ${found.reason}`);
  if (found.outcome === "found") {
    console.log(found.report);
    Deno.exit(1);
  }
}
