import { ReferenceBook } from "../../books/reference_book.ts";
import { Stream } from "../../roles/stream/stream.ts";
import { directoryOf, loadEngine, loadListing } from "../wiring.ts";
import { runRole } from "../role_process.ts";
import type { RoleContext } from "../role_settings.ts";

/** Runs the role `tickbell stream` as a process. */
export function runStream(context: RoleContext<"stream">): Promise<number> {
  return runRole("stream", context, async (parts) => {
    const { config } = context;
    const { windowMs, graceMs, maxAheadMs, commitMs } = config;
    const directory = directoryOf(await loadListing(config.symbolsFile), config);
    const stream = new Stream({
      ...parts,
      module: await loadEngine(),
      directory,
      windowMs,
      graceMs,
      maxAheadMs,
      commitMs,
      reportRules: true,
    });
    const references = new ReferenceBook(parts.log, [directory]);
    return {
      run: async (signal) =>
        void await Promise.all([stream.run(signal), references.run({ ...parts, signal })]),
    };
  });
}
