/** The header that says when a record's event arrived: epoch ms; in a replay by the file's own order. */
export const INGEST_TIME_HEADER = "ingest-time";

/**
 * When a record's event arrived.
 *
 * @returns epoch ms; of a record without the header, which others wrote, its timestamp.
 */
export function arrivalOf(
  record: { readonly headers: Readonly<Record<string, string>>; readonly timestamp: number },
): number {
  const header = record.headers[INGEST_TIME_HEADER];
  return header !== undefined && /^\d{1,15}$/.test(header) ? Number(header) : record.timestamp;
}

/**
 * Looks arrivals up by offset. The records are decoded once, when first asked: few batches are ever asked.
 *
 * @param decode the records of the batch.
 */
export function arrivalsOf(
  decode: () => Iterable<
    {
      readonly offset: number;
      readonly headers: Readonly<Record<string, string>>;
      readonly timestamp: number;
    }
  >,
): (offset: number) => number | undefined {
  let arrivals: Map<number, number> | undefined;
  return (offset) => {
    if (arrivals === undefined) {
      arrivals = new Map();
      for (const record of decode()) arrivals.set(record.offset, arrivalOf(record));
    }
    return arrivals.get(offset);
  };
}
