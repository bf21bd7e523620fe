const NEWLINE = 10;
const RETURN = 13;

/** Finds on which line of a stream of bytes a record begins, where the parser only knows at which byte one ends. */
export class LineCounter {
  /** Bytes from `#at` on that are not counted yet. */
  #bytes: Uint8Array = new Uint8Array(0);
  #at = 0;
  #line = 1;

  push(bytes: Uint8Array): void {
    if (this.#bytes.length === 0) this.#bytes = bytes;
    else {
      const whole = new Uint8Array(this.#bytes.length + bytes.length);
      whole.set(this.#bytes);
      whole.set(bytes, this.#bytes.length);
      this.#bytes = whole;
    }
  }

  /**
   * The line, from 1, of the next record, that is of the first byte that ends no line; goes on behind the record.
   *
   * @param end how many bytes of the stream there are up to the record's end.
   */
  lineOfNext(end?: number): number {
    let index = 0;
    while (index < this.#bytes.length && this.#endsLine(index)) index++;
    const line = this.#line;
    if (end !== undefined) {
      const stop = Math.min(this.#bytes.length, end - this.#at);
      while (index < stop) this.#endsLine(index++);
      this.#bytes = this.#bytes.subarray(index);
      this.#at += index;
    }
    return line;
  }

  /** Whether a byte belongs to a line's end; counts the line where it is the end's first. */
  #endsLine(index: number): boolean {
    const byte = this.#bytes[index];
    if (byte !== NEWLINE && byte !== RETURN) {
      this.#afterReturn = false;
      return false;
    }
    if (byte === NEWLINE && this.#afterReturn) this.#afterReturn = false;
    else {
      this.#line++;
      this.#afterReturn = byte === RETURN;
    }
    return true;
  }

  #afterReturn = false;
}
