import { serialize } from "pg-protocol";
import type {
  BackendMessage,
  CommandCompleteMessage,
  DatabaseError,
  DataRowMessage,
  ReadyForQueryMessage,
  RowDescriptionMessage,
} from "pg-protocol/dist/messages";
import { Parser } from "pg-protocol/dist/parser";
import { PostgresError, postgresErrorOf, type RawResult, type ResultField } from "./database.ts";

export type TransactionStatus = "idle" | "open" | "failed";

/** What a run of backend messages says: results in order, the first error if any, the status it ended in. */
export interface Decoded {
  readonly results: readonly RawResult[];
  readonly error: PostgresError | null;
  /** Null when the run does not end in ReadyForQuery. */
  readonly status: TransactionStatus | null;
}

/** Parse, bind, describe, execute and sync of one statement whose parameters and results are text. */
export function encodeExtendedQuery(text: string, params: readonly (string | null)[]): Uint8Array {
  return Buffer.concat([
    serialize.parse({ text }),
    serialize.bind({ values: [...params] }),
    serialize.describe({ type: "P" }),
    serialize.execute({}),
    serialize.sync(),
  ]);
}

/** Ends an extended query. Without an error before it, it commits an implicit transaction. */
export const SYNC: Uint8Array = serialize.sync();

export function encodeSimpleQuery(sql: string): Uint8Array {
  return serialize.query(sql);
}

export function decodeMessages(bytes: Uint8Array): Decoded {
  const results: RawResult[] = [];
  let error: PostgresError | null = null;
  let status: TransactionStatus | null = null;
  let fields: readonly ResultField[] = [];
  let rows: (string | null)[][] = [];
  new Parser().parse(Buffer.from(bytes), (message) => {
    if (isMessage<RowDescriptionMessage>(message, "rowDescription")) fields = message.fields;
    else if (isMessage<DataRowMessage>(message, "dataRow")) rows.push(message.fields);
    else if (isMessage<CommandCompleteMessage>(message, "commandComplete")) {
      results.push({ ...readCommandTag(message.text), fields, rows });
      fields = [];
      rows = [];
    } else if (message.name === "emptyQuery") results.push({ command: "", rowCount: null, fields: [], rows: [] });
    else if (isMessage<DatabaseError & BackendMessage>(message, "error")) error ??= postgresErrorOf(message);
    else if (isMessage<ReadyForQueryMessage>(message, "readyForQuery")) status = readStatus(message.status);
  });
  return { results, error, status };
}

/** The status byte of the last message when that is ReadyForQuery, read without decoding the rest; null otherwise. */
export function finalStatus(bytes: Uint8Array): TransactionStatus | null {
  const start = bytes.length - READY_LENGTH;
  const [type, ...rest] = bytes.subarray(Math.max(0, start));
  if (start < 0 || type !== READY_TYPE || rest.slice(0, 4).join() !== READY_SIZE) return null;
  return readStatus(String.fromCharCode(rest[4] ?? 0));
}

const READY_LENGTH = 6;
const READY_TYPE = 0x5a;
const READY_SIZE = "0,0,0,5";

function readStatus(character: string): TransactionStatus {
  if (character === "T") return "open";
  return character === "E" ? "failed" : "idle";
}

/** `INSERT 0 3` is command INSERT with 3 rows; `BEGIN` has no count. Source: Postgres manual, CommandComplete. */
function readCommandTag(tag: string): { readonly command: string; readonly rowCount: number | null } {
  const match = /^([A-Z ]+?)(?: (\d+))?(?: (\d+))?$/.exec(tag);
  const count = match?.[3] ?? match?.[2];
  return { command: match?.[1] ?? tag, rowCount: count === undefined ? null : Number(count) };
}

/** Guarantee: pg-protocol gives each message name exactly one class, so the name decides the type. */
function isMessage<T extends BackendMessage>(message: BackendMessage, name: T["name"]): message is T {
  return message.name === name;
}
