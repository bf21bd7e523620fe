/** What is kept in a file that can be copied while it is used. */
export interface Copyable {
  /** Writes a copy, as of one moment, to a file that is not there. */
  copyTo(path: string): Promise<void>;
}
