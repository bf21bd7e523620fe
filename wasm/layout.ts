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
/** u32 each: candles that are written as records: how many, their bytes, the minutes of the first, oldest and newest. */
export const CONTROL_CANDLES = CONTROL + 96;
export const CONTROL_CANDLE_BYTES = CONTROL + 100;
export const CONTROL_CANDLE_BASE = CONTROL + 104;
export const CONTROL_CANDLE_OLDEST = CONTROL + 108;
export const CONTROL_CANDLE_NEWEST = CONTROL + 112;
/** f64: with STATUS_EVENT, the record's offset; the TypeScript side handles it and runs again. */
export const CONTROL_EVENT_OFFSET = CONTROL + 80;
/** u32 each: where its bytes stand, counted from the batch's first, and how many they are. */
export const CONTROL_EVENT_START = CONTROL + 88;
export const CONTROL_EVENT_LENGTH = CONTROL + 92;

// --- What `run` answers ---------------------------------------------------------------------------------------------
/** The batch is done. */
export const STATUS_DONE = 0;
/** An output buffer is full: take what is in it and run again. */
export const STATUS_FULL = 1;
/** A trade reached CONTROL_BOUNDARY: move the windows on, or refuse it, and run again. */
export const STATUS_BOUNDARY = 2;
/** Within the module only: the trade is the one of CONTROL_REFUSED. */
export const STATUS_REFUSED = 3;
/** A record that is no trade stands at CONTROL_EVENT_START: a status, a time mark, or what is not known. */
export const STATUS_EVENT = 4;

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
export const MATCH_SIZE = 72;
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
/** u32, the number of the rule's window in its class */
export const MATCH_WINDOW = 44;
/** u32, the symbol's index */
export const MATCH_SYMBOL = 48;
/**
 * u32: {@link MATCH_LAST} and the origin as bits; above {@link MATCH_SESSION_SHIFT} the market session counted from 1; of a
 * rule in a keyed lane above {@link MATCH_COUNT_SHIFT} how many values there are, and above {@link MATCH_CLASS_SHIFT} the
 * class of its windows: so nothing need be read of the rule, which may stand anywhere in the memory.
 */
export const MATCH_FLAGS = 52;
/** i32 each: what the rule's conditions measured; of a rule in a plain lane there are none */
export const MATCH_VALUES = 56;
/** Of a match's flags: the rule's last alert of the day here. */
export const MATCH_LAST = 1;
/** Of a match's flags: the trade was filled in after a gap. */
export const MATCH_FILLED = 2;
/** Of a match's flags: the price was asked for. */
export const MATCH_POLLED = 4;
export const MATCH_SESSION_SHIFT = 4;
export const MATCH_COUNT_SHIFT = 8;
export const MATCH_CLASS_SHIFT = 12;
/** Of what stands above a shift: a session or a count. */
export const MATCH_SMALL_MASK = 7;

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
/** Lanes in a frontier row; those from LANE_COUNT on have no rule. */
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

/** A symbol's block: its plain lanes' descriptors, its state, then its rows. */
export const BLOCK_STATE = 256;
export const BLOCK_ROWS = 512;

// --- Limits ---------------------------------------------------------------------------------------------------------
/** The largest magnitude of a price, change or rate in units: src/market/decimal.ts MAX_UNITS. */
export const MAX_UNITS = 2000000000;
/** Event times from here on are refused: 2100-01-01T00:00:00Z. */
export const MAX_EVENT_TIME = 4102444800000;
/** The largest integer a double can be exactly, and the largest offset. */
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
/** u32, its key */
export const SEGMENT_KEY = 72;
export const SEGMENT_TEXT_MAX = 32;

// --- A symbol's state, within its block -------------------------------------------------------------------------------
/** i64: the latest event time of a counted trade, epoch ms. */
export const STATE_TIME = 0;
/** u32: the day in Seoul that the rest is of, see src/market/seoul_time.ts. */
export const STATE_DAY = 8;
/** u32: how many trades were taken today: which of two sessions' last trades is the later. */
export const STATE_ORDER = 12;
/** i32 each: the highest and lowest price of today's counted trades, won; 0: there was none. */
export const STATE_HIGH = 16;
export const STATE_LOW = 20;
/** u32, STATUS_VI and STATUS_HALTED. */
export const STATE_STATUS = 24;
/** u32: the symbol's first lane that is no plain one, 0 for none. */
export const STATE_LANES = 28;
/** u32: how many of the markets' lanes it has been given a state for. */
export const STATE_MARKET_LANES = 32;
/** u32: the markets it is of, a bit each. */
export const STATE_MARKETS = 36;
/** u32: address of its reference, 0 for none. */
export const STATE_REFERENCE = 40;
/** u32: its index. */
export const STATE_INDEX = 44;
/** u64: its code. */
export const STATE_CODE = 48;
/** u32: the minute before which its closed candles were stepped over last. */
export const STATE_FORGOTTEN = 56;
/** u32: how many trades were counted, the late ones too: whether what a lane saw last is what stood before. */
export const STATE_TAKEN = 60;
/** The candle that forms: u32 minute (epoch ms / 60,000), i32 open, high, low, close, u32 trades, f64 volume, f64 value. */
export const STATE_MINUTE = 64;
export const STATE_OPEN_PRICE = 68;
export const STATE_HIGH_PRICE = 72;
export const STATE_LOW_PRICE = 76;
export const STATE_CLOSE_PRICE = 80;
export const STATE_TRADES = 84;
export const STATE_VOLUME = 88;
export const STATE_VALUE = 96;
/** u32 each: the symbol's closed candles: their address, the first that counts, the end, room; see CLOSED_*. */
export const STATE_CLOSED = 104;
export const STATE_CLOSED_FIRST = 108;
export const STATE_CLOSED_END = 112;
export const STATE_CLOSED_ROOM = 116;
/** u32: STATE_ORDER up to which last trades stand in a candle's record. */
export const STATE_WRITTEN = 120;
/** u32: what measures of candles have reckoned, see wasm/assembly/remembered.ts; 0 for nothing. */
export const STATE_REMEMBERED = 124;
/** For each session its last counted trade. */
export const STATE_SESSIONS = 128;
export const SESSION_SIZE = 32;
/** u32 each: the trade's record in the input while the batch runs, 0 afterwards. */
export const SESSION_INPUT = 0;
export const SESSION_INPUT_LENGTH = 4;
/** u32 each: a copy of it; room, length. */
export const SESSION_COPY = 8;
export const SESSION_COPY_ROOM = 12;
export const SESSION_COPY_LENGTH = 16;
/** u32: STATE_ORDER when it was taken, 0: none today. */
export const SESSION_ORDER = 20;
/** i32 each: STATE_HIGH and STATE_LOW before it. */
export const SESSION_HIGH = 24;
export const SESSION_LOW = 28;

/** What is kept of every symbol: its last trades, which keyed lanes need, and the candle that forms. */
export const KEEP_TRADES = 1;
export const KEEP_CANDLES = 2;

/** What was evaluated before a restart: records that are read again; the last trades, however old. */
export const WARM_AGAIN = 1;
export const WARM_LAST = 2;

export const STATUS_VI = 1;
export const STATUS_HALTED = 2;
export const SESSION_COUNT = 4;

// --- Days and sessions -------------------------------------------------------------------------------------------------
export const DAY_MS = 86400000;
/** Seoul's midnight is so many ms before that of UTC. */
export const SEOUL_MS = 32400000;
export const MINUTE_MS = 60000;
/** Venues in the table of sessions: KRX, NXT, UN. */
export const VENUE_COUNT = 3;
/** The table of sessions: for each day (the newest, the one before) and venue f64 ms since midnight when a session begins, then u32 which. */
export const SESSION_TABLE_STARTS = 8;
export const SESSION_TABLE_ROW = 96;
export const SESSION_TABLE_SIZE = 576;

// --- A snapshot: what measures are measured of; f64 each, NaN where the trade does not say -------------------------------
export const SNAP_PRICE = 0;
export const SNAP_CHANGE = 8;
/** Hundredths of a per cent. */
export const SNAP_RATE = 16;
export const SNAP_SIGN = 24;
export const SNAP_OPEN = 32;
export const SNAP_HIGH = 40;
export const SNAP_LOW = 48;
export const SNAP_VOLUME = 56;
export const SNAP_ACC_VOLUME = 64;
export const SNAP_ACC_VALUE = 72;
export const SNAP_ASK = 80;
export const SNAP_BID = 88;
export const SNAP_STRENGTH = 96;
export const SNAP_TURNOVER = 104;
export const SNAP_VI_BASE = 112;
export const SNAP_VOLUME_RATE = 120;
export const SNAP_TOTAL_BID = 128;
export const SNAP_TOTAL_ASK = 136;
/** STATUS_* bits. */
export const SNAP_STATUS = 144;
export const SNAP_HIGH_BEFORE = 152;
export const SNAP_LOW_BEFORE = 160;
/** The day in Seoul of the trade. */
export const SNAP_DAY = 168;
/** Epoch ms of its trade; -1: nothing is to be said of its minutes. */
export const SNAP_TIME = 176;
/** 1: the trade is in no candle yet. */
export const SNAP_PENDING = 184;
/** VENUE_*. */
export const SNAP_VENUE = 192;
export const SNAP_SIZE = 208;

// --- Measures: kinds ---------------------------------------------------------------------------------------------------
export const MEASURE_PRICE = 0;
export const MEASURE_CHANGE = 1;
export const MEASURE_ABS_CHANGE = 2;
export const MEASURE_RATE = 3;
export const MEASURE_ABS_RATE = 4;
export const MEASURE_LIMIT = 5;
export const MEASURE_ABS_LIMIT = 6;
export const MEASURE_GAP = 7;
export const MEASURE_FROM_OPEN = 8;
export const MEASURE_FROM_HIGH = 9;
export const MEASURE_FROM_LOW = 10;
export const MEASURE_NEW_HIGH = 11;
export const MEASURE_NEW_LOW = 12;
export const MEASURE_SMA = 13;
export const MEASURE_TRADE_VALUE = 14;
export const MEASURE_DAY_VALUE = 15;
export const MEASURE_DAY_VOLUME = 16;
export const MEASURE_STRENGTH = 17;
export const MEASURE_TURNOVER = 18;
export const MEASURE_VOLUME_RATE = 19;
export const MEASURE_SPREAD = 20;
export const MEASURE_BOOK_RATIO = 21;
export const MEASURE_VI_GAP = 22;
export const MEASURE_VI = 23;
export const MEASURE_HALTED = 24;
export const MEASURE_MOVE = 25;
export const MEASURE_MOVE_WON = 26;
export const MEASURE_VOLUME = 27;
export const MEASURE_VOLUME_RATIO = 28;
export const MEASURE_RANGE = 29;
/** SMA over minutes; the others over minutes or days. */
export const MEASURE_SMA_MINUTES = 30;
export const MEASURE_EMA = 31;
export const MEASURE_RSI = 32;
export const MEASURE_BOLLINGER = 33;
export const MEASURE_MACD = 34;
/** An indicator's parameter: up to three numbers of so many bits, then from this bit on its interval, 0 for days. */
export const INDICATOR_BITS = 9;
export const INDICATOR_INTERVAL = 27;
/**
 * The table of look-backs, a row an interval: u32 minutes of a candle, u32 the first minute that is read on the newest day; of
 * days, the first row, neither.
 */
export const LOOK_BACK_ROW = 8;
export const LOOK_BACK_LENGTH = 0;
export const LOOK_BACK_FIRST = 4;
/** What a measure without a value says; below every threshold. */
export const NO_VALUE = -2147483648;

// --- A reference: what the daily measures of a symbol need ---------------------------------------------------------------
/** f64: its day in Seoul. */
export const REFERENCE_DAY = 0;
/** f64 each, NaN where it cannot be said: the highest and lowest price of 20, 60 days and 52 weeks before the day. */
export const REFERENCE_HIGHS = 8;
export const REFERENCE_LOWS = 32;
/** u32: how many sums follow. */
export const REFERENCE_COUNT = 56;
/** f64: its base price, won; 0 where it is not known. */
export const REFERENCE_BASE = 64;
/** f64 each: the sum of the last 0, 1, 2, … closes. */
export const REFERENCE_SUMS = 72;

// --- Lanes that are no plain ones ----------------------------------------------------------------------------------------
/** Fires every rule whose threshold is reached. */
export const FORM_LEVEL = 0;
/** Fires every rule whose threshold was not reached before. */
export const FORM_CROSSING = 1;
/** Rules of several conditions: the others are examined when the lane's is reached. */
export const FORM_SEVERAL = 2;
export const FORM_SEVERAL_CROSSING = 3;
/** A lane's flags: its form, and beside it as bits: */
export const FORM_MASK = 3;
/** the measure's negative is compared; */
export const FLAG_NEGATED = 4;
/** the measure is of the symbol's status; */
export const FLAG_STATUS = 8;
/** the measure is of candles: what the lane saw last is what stood before only if nothing was counted since. */
export const FLAG_CANDLES = 16;
/** Values of a lane's flags. */
export const FLAG_VALUES = 32;
/** A lane of any market's symbols. */
export const ANY_MARKET = 0x80000000;
/** Of a symbol that is of no market at all, not of any: the canary's. */
export const NO_MARKET = 0x40000000;
/** No index of a symbol: the lane is for a market. */
export const NO_SYMBOL_INDEX = 0xffffffff;
/** Classes of windows at most: the default, seven lengths, the day, once. */
export const CLASS_COUNT = 16;

// --- What a rule has beside its threshold --------------------------------------------------------------------------------
/** u32: how many alerts it may have on a day here, 0 for any number. */
export const EXTRA_SHARE = 0;
/** Two of (u32 day, u32 count): by the day's last bit. */
export const EXTRA_COUNTS = 8;
/** u32: how many conditions follow. */
export const EXTRA_CONDITIONS = 4;
/** For each condition: u32 measure, u32 1 when its negative is compared, i32 threshold, u32 unused. */
export const EXTRA_SIZE = 24;
export const CONDITION_SIZE = 16;
export const CONDITION_MEASURE = 0;
export const CONDITION_NEGATED = 4;
export const CONDITION_THRESHOLD = 8;

// --- Closed candles of a symbol, ascending by minute --------------------------------------------------------------------
export const CLOSED_SIZE = 40;
/** u32 minute (epoch ms / 60,000), i32 open, high, low, close in won, u32 trades, then f64 volume, f64 value. */
export const CLOSED_MINUTE = 0;
export const CLOSED_OPEN = 4;
export const CLOSED_HIGH = 8;
export const CLOSED_LOW = 12;
export const CLOSED_CLOSE = 16;
/** Its highest bit: a late trade came to it, and it is to be written again. */
export const CLOSED_TRADES = 20;
export const CLOSED_VOLUME = 24;
export const CLOSED_VALUE = 32;
export const CLOSED_CHANGED = 0x80000000;

// --- Candles as records -------------------------------------------------------------------------------------------------
/** From so many bytes on no more are written until they are taken. */
export const CANDLE_PACK_BYTES = 262144;
