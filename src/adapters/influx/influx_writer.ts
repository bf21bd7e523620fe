import { OutsideError } from "../../core/errors.ts";
import { type InfluxAnswer, type InfluxApi, reasonOf } from "./influx_api.ts";

/** A line that InfluxDB refused. */
export interface RefusedLine {
  readonly index: number;
  readonly reason: string;
}

/** Lines of a request to an InfluxDB that has just failed. */
const CAREFUL_LINES = 2_000;

/**
 * Writes lines and finds those that are refused. InfluxDB rejects a whole request for one line it cannot parse (400), and
 * drops the lines it will not store while writing the others (422) without naming them: in both cases halves are written
 * again until the lines are known. Writing a line again changes nothing.
 *
 * @param careful Small requests one after another: one that was too much for a slow server would be so for ever.
 * @throws {OutsideError} when InfluxDB cannot be reached or will not take writes at all.
 */
export async function writeLines(
  api: InfluxApi,
  bucket: string,
  lines: readonly string[],
  careful = false,
): Promise<readonly RefusedLine[]> {
  const refused: RefusedLine[] = [];
  const step = careful ? CAREFUL_LINES : Math.max(1, lines.length);
  for (let from = 0; from < lines.length; from += step) {
    await writePart(api, { bucket, lines, from, to: Math.min(from + step, lines.length) }, refused);
  }
  return refused;
}

interface Part {
  readonly bucket: string;
  readonly lines: readonly string[];
  readonly from: number;
  readonly to: number;
}

async function writePart(api: InfluxApi, part: Part, refused: RefusedLine[]): Promise<void> {
  const { bucket, lines, from, to } = part;
  if (from === to) return;
  const answer = await api.write(bucket, lines.slice(from, to));
  if (answer.status === 204 || isTooOld(answer)) return;
  if (to - from === 1) {
    if (answer.status === 413) {
      refused.push({ index: from, reason: "the point is larger than InfluxDB takes" });
    } else refused.push({ index: from, reason: reasonOf(answer.body) });
    return;
  }
  if (!isAboutLines(answer)) {
    throw new OutsideError("influx_refused", `InfluxDB answered ${answer.status}: ${reasonOf(answer.body)}`, {
      retryable: false,
    });
  }
  const middle = (from + to) >> 1;
  await writePart(api, { ...part, to: middle }, refused);
  await writePart(api, { ...part, from: middle }, refused);
}

/** Older than the bucket keeps: dropped as it would be by now anyway, and no fault of the point. */
function isTooOld(answer: InfluxAnswer): boolean {
  return answer.status === 422 && answer.body.includes("outside retention policy") &&
    !answer.body.includes("field type conflict");
}

function isAboutLines(answer: InfluxAnswer): boolean {
  return answer.status === 413 || /unable to parse|partial write|field type conflict/.test(answer.body);
}
