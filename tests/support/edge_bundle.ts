/** The worker of edge_worker.ts as one script for browsers, made with Deno's bundler. */
export async function bundleEdgeWorker(): Promise<string> {
  const { outputFiles } = await Deno.bundle({
    entrypoints: [new URL("./edge_worker.ts", import.meta.url).pathname],
    platform: "browser",
    format: "esm",
    write: false,
  });
  const text = outputFiles?.[0]?.text();
  if (text === undefined) throw new Error("the bundler made nothing");
  return text;
}
