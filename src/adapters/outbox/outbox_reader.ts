import PostalMime from "postal-mime";

/** A mail of the outbox, as a list shows it. */
export interface OutboxMail {
  /** The file's name without `.eml`. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  /** The Date header, epoch ms. */
  readonly at: number;
}

/** A mail of the outbox with its parts. */
export interface OutboxMailDetail extends OutboxMail {
  readonly text: string;
  readonly html: string;
}

const ID = /^[\w-]{1,100}$/;
/** Heads that are kept in memory: a file never changes its head under its name. */
const MAX_HEADS = 5_000;

/** Reads the mails that the outbox channel wrote. */
export class OutboxReader {
  readonly #folder: string;
  readonly #heads = new Map<string, OutboxMail>();

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The newest first, by the time of the trade they are about. */
  async list(limit: number): Promise<readonly OutboxMail[]> {
    const names: string[] = [];
    for await (const entry of Deno.readDir(this.#folder)) {
      if (entry.isFile && entry.name.endsWith(".eml")) names.push(entry.name.slice(0, -".eml".length));
    }
    const newest = names.sort().reverse().slice(0, limit);
    const mails = await Promise.all(newest.map((id) => this.#head(id)));
    return mails.filter((mail) => mail !== undefined);
  }

  /** One mail, or undefined when there is none of that id. */
  async get(id: string): Promise<OutboxMailDetail | undefined> {
    if (!ID.test(id)) return undefined;
    let bytes: Uint8Array;
    try {
      bytes = await Deno.readFile(`${this.#folder}/${id}.eml`);
    } catch (error) {
      if (error instanceof Deno.errors.NotFound) return undefined;
      throw error;
    }
    const mail = await PostalMime.parse(bytes);
    return {
      id,
      to: (mail.to ?? []).map((to) => to.address ?? to.name).join(", "),
      subject: mail.subject ?? "",
      at: Date.parse(mail.date ?? "") || 0,
      text: mail.text ?? "",
      html: mail.html ?? "",
    };
  }

  async #head(id: string): Promise<OutboxMail | undefined> {
    const known = this.#heads.get(id);
    if (known !== undefined) return known;
    const mail = await this.get(id);
    if (mail === undefined) return undefined;
    const { to, subject, at } = mail;
    if (this.#heads.size >= MAX_HEADS) this.#heads.clear();
    const head = { id, to, subject, at };
    this.#heads.set(id, head);
    return head;
  }
}
