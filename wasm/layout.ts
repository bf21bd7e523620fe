/**
 * Offsets, sizes and codes that both sides of the WASM boundary use: assembly/*.ts and src/engine/*.ts. The only source
 * of them; see README.md for the memory map. Sizes and offsets are bytes.
 */

// --- The control block: what a call takes and answers, at a fixed address -------------------------------------------
export const CONTROL = 64;
/** f64: highest event time seen, epoch ms. */
export const CONTROL_WATERMARK = CONTROL;
/**
 * f64: the event time at which `run` stops with STATUS_BOUNDARY: the next window, a rule that expires earlier, or a time
 * that no arrival vouches for yet.
 */
export const CONTROL_BOUNDARY = CONTROL + 8;
/** f64: with STATUS_BOUNDARY, the event time that reached it. */
export const CONTROL_REACHED = CONTROL + 16;
/** f64: the offset after the last record handled. */
export const CONTROL_NEXT_OFFSET = CONTROL + 24;
/** u32 each: counts of the batch. */
export const CONTROL_TRADES = CONTROL + 32;
export const CONTROL_LATE = CONTROL + 36;
export const CONTROL_HALTED = CONTROL + 40;
export const CONTROL_EXPECTED = CONTROL + 44;
/** u32 each: how many matches and rejects stand in the output buffers. */
export const CONTROL_MATCHES = CONTROL + 48;
export const CONTROL_REJECTS = CONTROL + 52;
/** u32: records of the batch that are no trade but of another known form: passed over. */
export const CONTROL_PASSED = CONTROL + 56;
/** f64: with STATUS_BOUNDARY, the offset of the trade that reached it. */
export const CONTROL_REACHED_OFFSET = CONTROL + 64;
/** f64: the offset of a trade that is refused when it reaches the boundary again, -1 for none. */
export const CONTROL_REFUSED = CONTROL + 72;

// --- What `run` answers ---------------------------------------------------------------------------------------------
/** The batch is done. */
export const STATUS_DONE = 0;
/** An output buffer is full: take what is in it and run again. */
export const STATUS_FULL = 1;
/** A trade reached CONTROL_BOUNDARY: move the windows on, or refuse it, and run again. */
export const STATUS_BOUNDARY = 2;
/** Within the module only: the trade is the one of CONTROL_REFUSED. */
export const STATUS_REFUSED = 3;

// --- Framings -------------------------------------------------------------------------------------------------------
export const FRAMING_RECORDS = 0;
export const FRAMING_RECORD_BATCH_V2 = 1;
/** Framing `records`: f64 offset, u32 length, little-endian and unaligned. */
export const RECORD_HEADER_SIZE = 12;
/** The length of a record without a value. */
export const NULL_LENGTH = 0xffffffff;

// --- Why a record or a piece of a batch was refused -----------------------------------------------------------------
export const REJECT_TRADE = 1;
export const REJECT_NULL = 2;
export const REJECT_FRAMING = 3;
export const REJECT_BATCH = 4;
export const REJECT_COMPRESSED = 5;
/** Its event time is too far ahead of its arrival. */
export const REJECT_AHEAD = 6;

// --- A match in the output buffer -----------------------------------------------------------------------------------
export const MATCH_SIZE = 48;
/** f64 */
export const MATCH_OFFSET = 0;
/** f64, epoch ms */
export const MATCH_EVENT_TIME = 8;
/** f64, shares */
export const MATCH_VOLUME = 16;
/** u32, of the rule */
export const MATCH_ORDINAL = 24;
/** i32, won */
export const MATCH_PRICE = 28;
/** i32, won */
export const MATCH_CHANGE = 32;
/** i32, hundredths of a per cent */
export const MATCH_RATE = 36;
/** u32, 1 to 5 */
export const MATCH_SIGN = 40;
/** u32, windowStart / windowMs */
export const MATCH_WINDOW = 44;

// --- A refused record in the output buffer --------------------------------------------------------------------------
export const REJECT_SIZE = 24;
/** f64 */
export const REJECT_OFFSET = 0;
/** u32, first byte, counted from the batch's first */
export const REJECT_START = 8;
/** u32, bytes */
export const REJECT_LENGTH = 12;
/** u32, one of REJECT_* */
export const REJECT_CODE = 16;

// --- Lanes: one for each (metric, direction) of a symbol; a rule stands in one, with x >= threshold as its test -------
export const LANE_PRICE_UP = 0;
export const LANE_PRICE_DOWN = 1;
export const LANE_RATE_UP = 2;
export const LANE_RATE_DOWN = 3;
export const LANE_RATE_SIZE_UP = 4;
export const LANE_RATE_SIZE_DOWN = 5;
export const LANE_CHANGE_UP = 6;
export const LANE_CHANGE_DOWN = 7;
export const LANE_CHANGE_SIZE_UP = 8;
export const LANE_CHANGE_SIZE_DOWN = 9;
export const LANE_LIMIT_UP = 10;
export const LANE_LIMIT_DOWN = 11;
export const LANE_LIMIT_EITHER = 12;
export const LANE_COUNT = 13;
/** One bit for each lane. */
export const LANE_MASK = 0x1fff;
/** Lanes in a frontier row; those from LANE_COUNT on hold no rule. */
export const LANE_SLOTS = 16;

/** An entry of a lane: i32 threshold, u32 ordinal; sorted by both. */
export const ENTRY_SIZE = 8;
export const ENTRY_THRESHOLD = 0;
export const ENTRY_ORDINAL = 4;

/** A lane's descriptor: u32 address of its entries, u32 count, u32 capacity, u32 unused. */
export const LANE_SIZE = 16;
export const LANE_ENTRIES = 0;
export const LANE_LENGTH = 4;
export const LANE_CAPACITY = 8;

/**
 * Rows of a symbol, at most: a row is a cache, and a trade of a window older than the newest ones is rare, so windows
 * share rows.
 */
export const MAX_ROWS = 4;
/** A symbol's row for one window: i32 frontier of each lane in one cache line, then u32 cursor of each lane. */
export const ROW_SIZE = 128;
export const ROW_CURSORS = 64;
/** u32, in the frontier line's last slot: the window this row is of. */
export const ROW_WINDOW = 60;

/** A symbol's block: its lanes' descriptors, then its rows. */
export const BLOCK_ROWS = 256;

// --- Limits ---------------------------------------------------------------------------------------------------------
/** The largest magnitude of a price, change or rate in units: src/market/decimal.ts MAX_UNITS. */
export const MAX_UNITS = 2000000000;
/** Event times from here on are refused: 2100-01-01T00:00:00Z. */
export const MAX_EVENT_TIME = 4102444800000;
/** The largest integer a double holds exactly, and the largest offset. */
export const MAX_EXACT = 9007199254740991;
/** Nesting of a trade's JSON: src/market/decode_trade.ts MAX_DEPTH. */
export const MAX_DEPTH = 64;
/** Bytes readable after the input, so that wide loads at its end stay inside the memory. */
export const INPUT_PADDING = 128;
/** The module's memory may grow to 4 GiB. */
export const PAGE_SIZE = 65536;

// --- Bulk load: an item for each rule ---------------------------------------------------------------------------------
export const BULK_ITEM_SIZE = 16;
/** u32: symbol index * LANE_SLOTS + lane */
export const BULK_KEY = 0;
/** i32 */
export const BULK_THRESHOLD = 4;
/** u32, or NO_ORDINAL for one that is to be given */
export const BULK_ORDINAL = 8;
/** u32: the item's index */
export const BULK_INDEX = 12;
export const NO_ORDINAL = 0xffffffff;

// --- Kafka's record batch, magic 2: offsets in its header -------------------------------------------------------------
/** baseOffset and batchLength: what stands before the bytes that batchLength counts. */
export const BATCH_PREFIX_SIZE = 12;
export const BATCH_HEADER_SIZE = 61;
export const BATCH_LENGTH = 8;
export const BATCH_MAGIC = 16;
export const BATCH_ATTRIBUTES = 21;
export const BATCH_LAST_DELTA = 23;
export const BATCH_COUNT = 57;
export const BATCH_COMPRESSION_MASK = 7;
export const BATCH_CONTROL_BIT = 32;

// --- Templates: layouts of records that were read before (inside the module only) --------------------------------------
export const TEMPLATE_COUNT = 4;
/** Values a template may have, and one for the tail. */
export const TEMPLATE_SEGMENTS = 32;
export const TEMPLATE_SIZE = 2560;
export const SEGMENT_SIZE = 80;
/** 32 bytes: the text before the value, then zeros. */
export const SEGMENT_TEXT = 0;
/** 32 bytes: ones where the text is. */
export const SEGMENT_MASK = 32;
/** u32, bytes of the text */
export const SEGMENT_LENGTH = 64;
/** u32, the kind of the value */
export const SEGMENT_KIND = 68;
export const SEGMENT_TEXT_MAX = 32;
