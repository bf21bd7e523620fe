import type { ApiClient } from "../api/client.ts";
import { poll } from "../base/poll.ts";
import type { AppState } from "../state/app_state.ts";
import { refresh } from "./refresh.ts";

const REFRESH_MS = 3_000;

/**
 * Keeps the list of mails in the embedded outbox.
 *
 * @returns how to read it at once.
 */
export function syncMails(state: AppState, client: ApiClient, signal: AbortSignal): () => void {
  return poll(signal, REFRESH_MS, async () => {
    const before = state.mails.value;
    await refresh(state.mails, async () => {
      const mails = await client.mails();
      // The same list again is not a change: the view keeps its place.
      const known = before.state === "ready" ? before.value : undefined;
      const same = known !== undefined && mails !== undefined && known.length === mails.length &&
        known.every((mail, index) => mail.id === mails[index]?.id);
      return same ? known : mails;
    });
  });
}
