// Placeholder
import { STATUS_DONE } from "../layout";
export function openKisFrames(): void {}
export function runKisFrames(): u32 { return STATUS_DONE; }
