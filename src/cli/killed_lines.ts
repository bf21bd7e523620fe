/** What a process that was ended from outside leaves to say: it could not itself. */
export function killedLines(
  command: string,
  { code, killedBy }: { readonly code: number; readonly killedBy: Deno.Signal | null },
): string[] {
  if (killedBy === null) return [];
  return [
    `tickbell: the process of "${command}" was ended by ${killedBy} (exit code ${code}), not by itself`,
    ...EXAMINE[killedBy] ?? [],
    "tickbell: nothing acknowledged is lost; started again it goes on where it was",
  ];
}

/** What to examine, by the signal. */
const EXAMINE: Partial<Record<Deno.Signal, readonly string[]>> = {
  SIGKILL: [
    "tickbell: if nobody did that, the machine had no memory left: `journalctl -k -g oom` or `dmesg` names it, " +
    "and docs/edge.md says what a box needs",
  ],
  SIGABRT: ["tickbell: the lines above say why, as a rule that its heap was full"],
  SIGTRAP: ["tickbell: the lines above say why, as a rule that its heap was full"],
};
