import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { messageOf, OutsideError } from "../../core/errors.ts";

export interface DatabaseOptions {
  /** The file; its folder is made when it is missing. ":memory:" keeps everything in memory. */
  readonly path: string;
  /** Distinguishes our kinds of file from each other and from others': SQLite's application_id, a positive 32-bit integer. */
  readonly applicationId: number;
  /** The schema's versions: `migrations[n]` brings version n to n + 1. Never changed once released, only added to. */
  readonly migrations: readonly string[];
}

/**
 * Opens a database file of ours for this process alone: WAL, exclusively locked, integers checked, its schema brought
 * up to date.
 *
 * @throws {OutsideError} `database_in_use` (another process has it), `database_unusable` (not a database, damaged,
 * someone else's, or of a newer version), `database_unwritable`; the message says which file and what to do.
 */
export function openDatabase(options: DatabaseOptions): DatabaseSync {
  const { path } = options;
  let database: DatabaseSync | undefined;
  try {
    if (path !== ":memory:") mkdirSync(dirname(path), { recursive: true });
    database = new DatabaseSync(path);
    // auto_vacuum only takes effect on an empty file; exclusive locking before WAL needs no shared-memory file.
    // What is read is what was written a moment ago: a cache of 32 MB, eight times as large, took no less CPU.
    database.exec(`
      PRAGMA auto_vacuum = INCREMENTAL;
      PRAGMA locking_mode = EXCLUSIVE;
      PRAGMA journal_mode = WAL;
      PRAGMA synchronous = FULL;
      PRAGMA journal_size_limit = 67108864;
      PRAGMA cache_size = -4096;
    `);
    migrate(database, options);
    return database;
  } catch (thrown) {
    database?.close();
    throw databaseError(thrown, path);
  }
}

function migrate(database: DatabaseSync, options: DatabaseOptions): void {
  const { path, applicationId, migrations } = options;
  const version = pragma(database, "user_version");
  const owner = pragma(database, "application_id");
  const tables = Number(database.prepare("SELECT count(*) AS n FROM sqlite_schema").get()?.n);
  if (tables > 0 && owner !== applicationId) {
    throw unusable(`${path} is a database of another program; name another data directory`);
  }
  if (version > migrations.length) {
    throw unusable(
      `${path} was written by a newer version of Tickbell (schema ${version}, this one knows ${migrations.length})`,
    );
  }
  // A write at every start, so that an unwritable file is known now and not at the first record.
  transaction(database, () => {
    for (const step of migrations.slice(version)) database.exec(step);
    database.exec(`PRAGMA application_id = ${applicationId}; PRAGMA user_version = ${migrations.length}`);
  });
}

/**
 * Runs `work` in one transaction: all of it is kept, or nothing.
 *
 * @throws what `work` throws, once all is undone.
 */
export function transaction<T>(database: DatabaseSync, work: () => T): T {
  database.exec("BEGIN IMMEDIATE");
  try {
    const result = work();
    database.exec("COMMIT");
    return result;
  } catch (thrown) {
    // SQLite has already rolled back after some errors (full disk, I/O).
    if (database.isTransaction) database.exec("ROLLBACK");
    throw thrown;
  }
}

/** The number a PRAGMA answers. */
export function pragma(database: DatabaseSync, name: string): number {
  return Number(Object.values(database.prepare(`PRAGMA ${name}`).get() ?? {})[0]);
}

/** What SQLite or the file system threw, as an {@link OutsideError} that says what to do. */
export function databaseError(thrown: unknown, path: string): OutsideError {
  if (thrown instanceof OutsideError) return thrown;
  const reason = messageOf(thrown);
  const known = FAULTS.find((fault) => fault.when.test(reason));
  const retryable = known?.retryable ?? false;
  const code = known?.code ?? "database_failed";
  return new OutsideError(code, `${path}: ${reason}${known ? `; ${known.advice}` : ""}`, {
    retryable,
    cause: thrown,
  });
}

// SQLite's result codes do not always reach us; its texts for them are fixed (sqlite3ErrStr).
const FAULTS: readonly { when: RegExp; code: string; retryable: boolean; advice: string }[] = [
  {
    when: /database (table )?is locked|locking protocol/,
    code: "database_in_use",
    retryable: true,
    advice: "another process is using this data directory: stop it, or name another with --data-dir",
  },
  {
    when: /disk is full|No space left|ENOSPC/i,
    code: "database_disk_full",
    retryable: true,
    advice: "the disk is full: make room, nothing acknowledged is lost",
  },
  {
    when: /not a database|malformed/,
    code: "database_unusable",
    retryable: false,
    advice: "the file is damaged or no database: move it away, or restore it from a backup",
  },
  {
    when:
      /readonly database|unable to open|permission denied|EACCES|EROFS|EPERM|ENOTDIR|EEXIST|read-only|not a directory/i,
    code: "database_unwritable",
    retryable: false,
    advice: "the data directory must be a folder that can be written: check its owner and rights",
  },
  { when: /disk I\/O error/, code: "database_io", retryable: true, advice: "check the disk" },
];

function unusable(message: string): OutsideError {
  return new OutsideError("database_unusable", message, { retryable: false });
}
