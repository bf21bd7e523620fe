import { BROKER_FAULTS } from "./faults/broker.ts";
import { DISK_FAULTS } from "./faults/disk.ts";
import { NETWORK_FAULTS } from "./faults/network.ts";
import { PEER_FAULTS } from "./faults/peers.ts";
import { PROCESS_FAULTS } from "./faults/processes.ts";
import type { Fault, Rig } from "./fault.ts";

/** Everything that can happen. A new fault is an entry of one of these tables. */
export const FAULTS: readonly Fault[] = [
  ...PROCESS_FAULTS,
  ...PEER_FAULTS,
  ...NETWORK_FAULTS,
  ...BROKER_FAULTS,
  ...DISK_FAULTS,
];

/** The faults that can happen to a rig, in an order of chance; those that cannot though they might, and why. */
export function planned(
  rig: Rig,
): { readonly faults: readonly Fault[]; readonly not: ReadonlyMap<string, string> } {
  const faults: Fault[] = [];
  const not = new Map<string, string>();
  for (const fault of FAULTS) {
    const fits = fault.fits(rig);
    if (fits === true) faults.push(fault);
    else if (typeof fits === "string") not.set(fault.name, fits);
  }
  for (let last = faults.length - 1; last > 0; last--) {
    const other = Math.floor(rig.random() * (last + 1));
    [faults[last], faults[other]] = [faults[other]!, faults[last]!];
  }
  return { faults, not };
}
