/** Runs `work` once in the next animation frame, however often it is asked for until then. */
export function onFrame(work: () => void): () => void {
  let asked = false;
  return () => {
    if (asked) return;
    asked = true;
    requestAnimationFrame(() => {
      asked = false;
      work();
    });
  };
}

/** How much of a frame may be taken by what can wait, ms: the page answers meanwhile, however slow its machine is. */
const BUDGET_MS = 6;

/** Whether there is time left in this frame for one more piece of work; for the first there always is. */
export function inTime(): () => boolean {
  const until = performance.now() + BUDGET_MS;
  let first = true;
  return () => {
    const has = first || performance.now() < until;
    first = false;
    return has;
  };
}
