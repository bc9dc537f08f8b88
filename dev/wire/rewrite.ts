import { PostgresError } from "../database/database.ts";
import { guardStatements } from "../database/statement-guard.ts";
import { makeFrame, readText, type Frame } from "./frames.ts";

const HEADER_BYTES = 5;
const MAX_NAMED_STATEMENTS = 1_000;

/**
 * Prepares one connection's messages for the session that all connections share: statements that would change the role
 * are replaced by one that fails with the reason, and named statements get a prefix so that connections cannot meet.
 */
export class FrameRewriter {
  readonly #prefix: string;
  readonly #named = new Set<string>();

  constructor(connectionId: number) {
    this.#prefix = `wire${connectionId}_`;
  }

  /** The shared session's names of the statements that this connection still has prepared. */
  get statementNames(): readonly string[] {
    return [...this.#named];
  }

  rewrite(frame: Frame): Buffer {
    switch (frame.type) {
      case "Q":
        return makeFrame("Q", guarded(readText(frame.bytes, HEADER_BYTES).text));
      case "P":
        return this.#rewriteParse(frame.bytes);
      case "B":
        return this.#rewriteBind(frame.bytes);
      case "D":
      case "C":
        return this.#rewriteTarget(frame);
      default:
        return frame.bytes;
    }
  }

  #rewriteParse(bytes: Buffer): Buffer {
    const name = readText(bytes, HEADER_BYTES);
    const query = readText(bytes, name.next);
    const shared = this.#shared(name.text);
    if (name.text !== "") this.#named.add(shared);
    if (this.#named.size > MAX_NAMED_STATEMENTS) {
      throw new PostgresError({ severity: "FATAL", code: "53400", message: "too many prepared statements" });
    }
    return makeFrame("P", shared, guarded(query.text), bytes.subarray(query.next));
  }

  #rewriteBind(bytes: Buffer): Buffer {
    const portal = readText(bytes, HEADER_BYTES);
    const statement = readText(bytes, portal.next);
    return makeFrame("B", portal.text, this.#shared(statement.text), bytes.subarray(statement.next));
  }

  /** Describe and Close name a statement ('S') or a portal ('P'). Portals end with their transaction: no prefix. */
  #rewriteTarget(frame: Frame): Buffer {
    if (String.fromCharCode(frame.bytes[HEADER_BYTES] ?? 0) !== "S") return frame.bytes;
    const shared = this.#shared(readText(frame.bytes, HEADER_BYTES + 1).text);
    if (frame.type === "C") this.#named.delete(shared);
    return makeFrame(frame.type, Buffer.from("S"), shared);
  }

  #shared(name: string): string {
    return name === "" ? "" : this.#prefix + name;
  }
}

/**
 * The text itself, or one that fails in Postgres with the guard's reason: so an open transaction fails as a whole and
 * the rest of a pipeline is skipped, exactly as if Postgres had refused the statement itself.
 */
function guarded(text: string): string {
  try {
    guardStatements(text);
    return text;
  } catch (error) {
    if (!(error instanceof PostgresError)) throw error;
    return `SELECT pg_catalog.dev_refuse('${error.code}', '${error.message.replaceAll("'", "''")}')`;
  }
}
