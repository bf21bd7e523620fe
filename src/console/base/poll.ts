/**
 * Calls `work` now, then every `everyMs` while the page is in front, and when it comes back to the front. One call at a
 * time: a slow server is not asked again before it answered.
 */
export function poll(signal: AbortSignal, everyMs: number, work: () => Promise<void>): () => void {
  let running = false;
  const run = async () => {
    if (running || signal.aborted || document.hidden) return;
    running = true;
    try {
      await work();
    } finally {
      running = false;
    }
  };
  const timer = setInterval(run, everyMs);
  document.addEventListener("visibilitychange", run, { signal });
  signal.addEventListener("abort", () => clearInterval(timer), { once: true });
  run();
  return run;
}
