/** What was sent to a bot. Ids are as Telegram has them, as text. */
export interface ChatUpdate {
  /** Counts up; the same however often it comes. */
  readonly id: number;
  readonly chat: string;
  /** Who wrote it; undefined where the chat hides that. */
  readonly user: string | undefined;
  /** Whether nobody else is in the chat. */
  readonly isPrivate: boolean;
  readonly text: string;
  /** Set: the group is a supergroup from now on, under this id. */
  readonly movedTo?: string;
}

/**
 * A bot that people write to. One process at a time may ask for updates.
 *
 * All methods throw an {@link OutsideError} that may be tried again when the service cannot be reached or limits us.
 */
export interface ChatBot {
  /** Its user name, as soon as it is known. */
  name(): string | undefined;
  /** Asks who it is. */
  open(signal: AbortSignal): Promise<void>;
  /** Updates from an id on, waiting for the first; those before are done and do not come again. */
  updates(from: number, signal: AbortSignal): Promise<readonly ChatUpdate[]>;
  /** Writes to a chat. */
  say(chat: string, text: string, signal: AbortSignal): Promise<void>;
}
