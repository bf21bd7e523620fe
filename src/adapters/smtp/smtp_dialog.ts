/** How far a mail's dialog with the server has come, by what nodemailer reports of its lines. */
export class SmtpDialog {
  /** For nodemailer, whose `debug` option makes it report each line; passwords come masked. */
  readonly logger = {
    level: () => {},
    trace: () => {},
    debug: (entry: { readonly tnx?: string }, text: string) => this.#line(entry.tnx, text),
    info: () => {},
    warn: () => {},
    error: () => {},
    fatal: () => {},
  };
  /** Commands of the mail that were answered; undefined before its first. */
  #answers: number | undefined;
  #last = "";

  /**
   * Whether the server ended the session instead of taking the recipient: it had taken the sender, so that it is about where
   * this mail goes, unless it says that it is about the server itself (RFC 3463: 4.3.x).
   */
  get endedAtRecipient(): boolean {
    const closing = this.#last.startsWith("421");
    if (closing) return this.#answers === 2 && !/^421[ -]4\.3\./.test(this.#last);
    return this.#answers === 1 && this.#last.startsWith("2");
  }

  #line(whose: string | undefined, text: string): void {
    if (whose === "client" && text.startsWith("MAIL FROM")) this.#answers = 0;
    if (whose !== "server") return;
    this.#last = text;
    if (this.#answers !== undefined) this.#answers++;
  }
}
