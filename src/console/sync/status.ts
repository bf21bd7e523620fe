import type { ApiClient } from "../api/client.ts";
import { poll } from "../base/poll.ts";
import type { AppState } from "../state/app_state.ts";
import { refresh } from "./refresh.ts";

const REFRESH_MS = 3_000;

/** Keeps the state of the system up to date. */
export function syncStatus(state: AppState, client: ApiClient, signal: AbortSignal): void {
  poll(signal, REFRESH_MS, () => loadStatus(state, client));
}

/** Asks once; the server's clock is kept too. */
export async function loadStatus(state: AppState, client: ApiClient): Promise<void> {
  await refresh(state.status, () => client.status());
  if (state.status.value.state === "ready") state.clockAheadMs = state.status.value.value.now - Date.now();
}
