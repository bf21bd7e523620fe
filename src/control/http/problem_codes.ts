/**
 * The catalogue of what the API answers that is not a success: each code with the statuses it comes with, what it means
 * and what to do. The pages at `/problems/CODE`, which the answers' `type` names, and `/problems` are made
 * from it.
 *
 * @module
 */

/** What is said of a code. */
export interface ProblemCode {
  readonly statuses: readonly number[];
  /** What it means, one sentence. */
  readonly means: string;
  /** What the caller does about it, one sentence. */
  readonly todo: string;
}

const MEND = "Mend what `errors` names, each with the path of its field, and send it again.";
const LATER = "Try again after `Retry-After`; with an Idempotency-Key a change is made once.";

/** Every code. */
export const PROBLEM_CODES = {
  bad_rule: { statuses: [400], means: "A rule cannot be as it is written.", todo: MEND },
  bad_body: { statuses: [400], means: "The body is not what the route takes.", todo: MEND },
  bad_query: {
    statuses: [400],
    means: "A parameter of the address is unknown, given twice or refused.",
    todo: MEND,
  },
  bad_path: { statuses: [400], means: "A part of the path cannot be what it stands for.", todo: MEND },
  bad_time: {
    statuses: [400],
    means:
      "A time is not ISO 8601 with an offset or epoch milliseconds; seconds are not taken for milliseconds.",
    todo: MEND,
  },
  bad_day: {
    statuses: [400],
    means: "A day of a backtest is none, before its beginning or too far from it.",
    todo: MEND,
  },
  bad_sweep: {
    statuses: [400],
    means: "The thresholds that are to be tried cannot be.",
    todo: 'Write them like "value=60000..80000/500".',
  },
  stopped: {
    statuses: [409],
    means: "A recipient has stopped the tenant's messages himself.",
    todo: "Only the link in one of the messages undoes that.",
  },
  asked_already: {
    statuses: [409],
    means: "An address was sent its confirmation mail within a day.",
    todo: "Wait for the answer; ask again tomorrow.",
  },
  not_confirmed: {
    statuses: [409],
    means: "A mail address has not agreed to get the tenant's messages.",
    todo: "It was sent a confirmation mail, or `PUT /v1/consents/{recipient}` sends one.",
  },
  channel_idle: {
    statuses: [409],
    means: "A recipient is reached by a channel that is not configured here: nothing would go out.",
    todo: "The detail names the setting that is missing; take another channel, or have it set.",
  },
  bad_recipient: { statuses: [400], means: "A recipient or his settings cannot be as they are.", todo: MEND },
  bad_symbol: {
    statuses: [400],
    means: "A symbol is no KRX short code.",
    todo: "Find it: `GET /v1/symbols?q=NAME`.",
  },
  bad_cursor: {
    statuses: [400],
    means: "The cursor is not of this list and sort.",
    todo: "Begin without one, and give `nextCursor` as it came.",
  },
  bad_etag: {
    statuses: [400],
    means: "If-Match or If-None-Match is no list of entity tags.",
    todo: 'Give back the ETag as it came, such as `"3"`, or `*`.',
  },
  bad_event_id: {
    statuses: [400],
    means: "Last-Event-ID was never an id of this stream.",
    todo: "Give the id of the last event that was seen, or none.",
  },
  bad_idempotency_key: {
    statuses: [400],
    means: "An Idempotency-Key is 1 to 255 printable ASCII characters.",
    todo: "Make one of chance for each change, and keep it for repetitions.",
  },
  bad_list: {
    statuses: [400],
    means: "An array of rules is empty or too long.",
    todo: "Import more with `POST /v1/rules:bulk`.",
  },
  bad_csv: {
    statuses: [400],
    means: "The table's header names no fields of a rule.",
    todo: "See docs/recipes for the columns.",
  },
  bad_sns_message: {
    statuses: [400],
    means: "It does not come from Amazon SNS, or not from a topic that is believed.",
    todo: "Name the topic with `--ses-topics`.",
  },
  missing_body: { statuses: [400], means: "The body is empty.", todo: "Send JSON." },
  not_json: { statuses: [400], means: "The body is no JSON.", todo: "Mend it where `detail` says." },
  not_utf8: { statuses: [400], means: "The body is not UTF-8.", todo: "Encode it as UTF-8." },
  not_an_object: { statuses: [400], means: "A patch is an object of the fields that change.", todo: MEND },
  too_deep: { statuses: [400], means: "The body is nested too deep.", todo: MEND },
  too_many_fields: { statuses: [400], means: "An object of the body has too many fields.", todo: MEND },
  duplicate_key: {
    statuses: [400],
    means: "A name stands twice in one object.",
    todo: "Say which one is meant.",
  },
  body_interrupted: { statuses: [400], means: "The body ended before its end.", todo: "Send it again." },
  not_authenticated: {
    statuses: [401],
    means: "No key, token or session, or one that is not known, has expired or was revoked.",
    todo: "Send `Authorization: Bearer KEY`.",
  },
  not_allowed: {
    statuses: [403],
    means: "The key has not the scope.",
    todo: "Ask an admin for one that has; `GET /v1/me` says what this one has.",
  },
  cross_origin: {
    statuses: [403],
    means: "A browser's request came from another site.",
    todo: "Ask from the console, or with a key.",
  },
  quota_exceeded: {
    statuses: [403],
    means: "The tenant, or who signed in by mail, has as many as there may be, of all or in a time.",
    todo: "Do what `detail` says: delete some, wait, or ask the operator for more.",
  },
  domain_refused: {
    statuses: [403],
    means: "Addresses of this domain may not sign in.",
    todo: "Use another address, or ask the operator (`--self-service-domains`).",
  },
  no_bot: {
    statuses: [404],
    means: "This installation has no Telegram bot, or it has not answered yet.",
    todo: "The operator gives `--telegram-token`.",
  },
  not_found: {
    statuses: [404],
    means: "There is no such thing, or it is another tenant's.",
    todo: "Look at the list.",
  },
  no_data_directory: {
    statuses: [409],
    means: "The event log here is not a file.",
    todo: "Back Kafka and InfluxDB up with their own tools.",
  },
  no_backtests: {
    statuses: [409],
    means: "This instance cannot run backtests.",
    todo: "Run `tickbell backtest` where the prices are.",
  },
  not_finished: {
    statuses: [409],
    means: "The backtest has no report: it still runs, failed or was cancelled.",
    todo: "Look at its `state` until it is `done`.",
  },
  no_route: { statuses: [404], means: "There is nothing at this address.", todo: "See `/docs`." },
  no_outbox: {
    statuses: [404],
    means: "This installation keeps no mails.",
    todo: "Look at the mail service.",
  },
  no_such_dead_letter: { statuses: [404], means: "There is no such dead letter.", todo: "Look at the list." },
  method_not_allowed: { statuses: [405], means: "The address takes other methods.", todo: "See `Allow`." },
  body_too_slow: { statuses: [408], means: "The body took too long.", todo: "Send it again, at once." },
  id_taken: {
    statuses: [409],
    means: "The id is another rule's or webhook's.",
    todo: "Choose another, or change that one.",
  },
  webhook_in_use: {
    statuses: [409],
    means: "Rules name the webhook as a recipient.",
    todo: "Take it off them first, or pause it: `PATCH` with `enabled: false`.",
  },
  in_progress: { statuses: [409], means: "The request with this Idempotency-Key still runs.", todo: LATER },
  key_not_live: { statuses: [409], means: "The key has expired or was revoked.", todo: "Make a new one." },
  not_redrivable: {
    statuses: [409],
    means: "The dead letter came from nowhere it can be put back.",
    todo: "Look at its bytes and reason.",
  },
  events_gone: {
    statuses: [410],
    means: "What was missed of a stream cannot be sent any more.",
    todo: "Read the list, and open the stream without Last-Event-ID.",
  },
  changed_meanwhile: {
    statuses: [412],
    means: "The rule is not at the version of If-Match.",
    todo: "Read it again, and repeat the change.",
  },
  too_large: { statuses: [413], means: "The body is too large.", todo: "Send less at once." },
  too_many_lines: { statuses: [413], means: "An import has too many lines.", todo: "Split it." },
  line_too_long: { statuses: [413, 400], means: "A line of an import is too long.", todo: MEND },
  url_too_long: { statuses: [414], means: "The address is too long.", todo: "Ask for less at once." },
  unsupported_media_type: {
    statuses: [415],
    means: "The body is of another media type.",
    todo: "Send the Content-Type that `detail` names.",
  },
  compressed_body: { statuses: [415], means: "The body is compressed.", todo: "Send it as it is." },
  host_not_allowed: {
    statuses: [421],
    means: "The request is for another host.",
    todo: "Use an address of this server, or name the host with `--allowed-hosts`.",
  },
  idempotency_key_reused: {
    statuses: [422],
    means: "The Idempotency-Key was used with another request.",
    todo: "Make a new key for a new change.",
  },
  too_many_backtests: { statuses: [429], means: "Too many backtests wait.", todo: LATER },
  rate_limited: {
    statuses: [429],
    means: "The tenant, or who signed in by mail, asks too often.",
    todo: LATER,
  },
  too_many_from_address: { statuses: [429], means: "The address asks, or guesses, too often.", todo: LATER },
  too_many_at_once: {
    statuses: [429],
    means: "Too many requests that read or write much wait already.",
    todo: "Send fewer of them at once; try again after `Retry-After`.",
  },
  too_many_streams: {
    statuses: [429],
    means: "The tenant, or who signed in by mail, has too many event streams open.",
    todo: "Close one first.",
  },
  headers_too_large: { statuses: [431], means: "The headers are too large.", todo: "Send fewer." },
  internal: {
    statuses: [500],
    means: "A fault of ours.",
    todo: "Report it with the requestId; the log has it.",
  },
  starting: {
    statuses: [503],
    means: "The process has not read yet what is there, and would answer as if there were nothing.",
    todo: LATER,
  },
  not_stored: {
    statuses: [503],
    means: "The log did not take a write in time; it is not known to be stored.",
    todo: LATER,
  },
  not_in_force: {
    statuses: [503],
    means: "The rule is stored, and no stream has said yet that it watches it.",
    todo: "Look at `/v1/status`.",
  },
  not_read_back: { statuses: [503], means: "A write was stored and not read back in time.", todo: LATER },
  oidc_unreachable: { statuses: [503], means: "The token issuer's keys cannot be read.", todo: LATER },
  sns_unreachable: { statuses: [503], means: "Amazon SNS cannot be reached.", todo: LATER },
} as const satisfies Readonly<Record<string, ProblemCode>>;

/** A code of the catalogue. */
export type KnownProblem = keyof typeof PROBLEM_CODES;

/** What is said of a code; of another system's failure that has a code of its own, what is said of all of them. */
export function problemCode(code: string): ProblemCode {
  return Object.hasOwn(PROBLEM_CODES, code) ? PROBLEM_CODES[code as KnownProblem] : OF_ANOTHER;
}

const OF_ANOTHER: ProblemCode = {
  statuses: [400, 503],
  means:
    "Input that is refused (400), or a system behind the API, the log or the price store, that does not answer (503).",
  todo: "See `detail` and `errors`; a 503 is tried again after `Retry-After`.",
};
