import type { ApiClient } from "../api/client.ts";
import { poll } from "../base/poll.ts";
import type { AppState } from "../state/app_state.ts";
import { refresh } from "./refresh.ts";

const REFRESH_MS = 3_000;

/** Keeps the state of the system up to date. */
export function syncStatus(state: AppState, client: ApiClient, signal: AbortSignal): void {
  poll(signal, REFRESH_MS, () => refresh(state.status, () => client.status()));
}
