import type { Socket } from "node:net";
import { serialize } from "pg-protocol";
import { PostgresError, postgresErrorOf } from "../database/database.ts";
import { checkLogin, type Logins } from "../database/logins.ts";
import type { PgliteDatabase, PgliteLease } from "../database/pglite-database.ts";
import { finalStatus } from "../database/protocol.ts";
import {
  authenticationCleartext,
  ENCRYPTION_REFUSED,
  errorResponse,
  negotiateProtocolVersion,
  welcome,
} from "./backend-messages.ts";
import { FrameReader, ProtocolViolation, readText, type Frame } from "./frames.ts";
import { FrameRewriter } from "./rewrite.ts";

export interface WireContext {
  readonly database: PgliteDatabase;
  readonly logins: Logins;
  /** `ParameterStatus` values that every client is told. */
  readonly parameters: Readonly<Record<string, string>>;
  /** How long a client may leave its transaction (and so everybody else) waiting. */
  readonly idleTransactionTimeoutMs: number;
}

/** Query, Sync, Flush and FunctionCall ask for an answer; what came before them travels with them. */
const ASKS_FOR_ANSWER = new Set(["Q", "S", "H", "F"]);
const PASSWORD_OFFSET = 5;
const MAX_PENDING_MESSAGES = 10_000;

type Phase =
  | { readonly name: "startup" }
  | { readonly name: "password"; readonly user: string }
  | { readonly name: "open" };

/** One client of the wire port: from its startup packet to its end. The shared session is held per transaction. */
export class WireConnection {
  readonly #context: WireContext;
  readonly #socket: Socket;
  readonly #id: number;
  readonly #reader = new FrameReader();
  readonly #rewriter: FrameRewriter;
  #phase: Phase = { name: "startup" };
  #role: string | null = null;
  #pending: Buffer[] = [];
  #lease: PgliteLease | null = null;
  #idleTimer: NodeJS.Timeout | null = null;

  constructor(context: WireContext, socket: Socket, id: number) {
    this.#context = context;
    this.#socket = socket;
    this.#id = id;
    this.#rewriter = new FrameRewriter(id);
  }

  /** Serves the client until either side ends it. Never throws: what goes wrong is told to the client, then it is over. */
  async serve(): Promise<void> {
    try {
      // Reading stops while a message is worked on, so a client cannot pile up input.
      // The socket outlives the loop: its last words are still to be sent.
      for await (const chunk of this.#socket.iterator({ destroyOnReturn: false })) {
        this.#stopIdleTimer();
        this.#reader.push(Buffer.from(chunk));
        if (!(await this.#readAll())) break;
      }
    } catch (error) {
      this.#sayLastWords(error);
    } finally {
      await this.#finish();
    }
  }

  /** Works off the complete messages; false when the client said goodbye. */
  async #readAll(): Promise<boolean> {
    while (this.#phase.name === "startup") {
      const startup = this.#reader.readStartup();
      if (!startup) return true;
      if (startup.kind === "cancel") return false;
      if (startup.kind === "encryption") this.#socket.write(ENCRYPTION_REFUSED);
      else {
        if (startup.minor > 0) this.#socket.write(negotiateProtocolVersion());
        this.#phase = { name: "password", user: startup.parameters.get("user") ?? "" };
        this.#socket.write(authenticationCleartext());
      }
    }
    for (let frame = this.#reader.readFrame(); frame; frame = this.#reader.readFrame()) {
      if (frame.type === "X") return false;
      await this.#handle(frame);
    }
    return true;
  }

  async #handle(frame: Frame): Promise<void> {
    if (this.#phase.name === "password") {
      if (frame.type !== "p") throw new ProtocolViolation("expected a password");
      this.#role = checkLogin(this.#context.logins, this.#phase.user, readText(frame.bytes, PASSWORD_OFFSET).text);
      this.#phase = { name: "open" };
      this.#socket.write(welcome(this.#context.parameters, this.#id));
      return;
    }
    this.#pending.push(this.#rewriter.rewrite(frame));
    if (this.#pending.length > MAX_PENDING_MESSAGES) throw new ProtocolViolation("too many messages without a Sync");
    if (ASKS_FOR_ANSWER.has(frame.type)) await this.#forward();
  }

  async #forward(): Promise<void> {
    const bytes = Buffer.concat(this.#pending);
    this.#pending = [];
    this.#lease ??= await this.#context.database.lease(this.#role);
    const answer = await this.#lease.send(bytes);
    if (finalStatus(answer) === "idle") {
      await this.#release();
      this.#socket.write(answer);
      return;
    }
    this.#startIdleTimer();
    this.#socket.write(answer);
  }

  #startIdleTimer(): void {
    this.#stopIdleTimer();
    this.#idleTimer = setTimeout(() => {
      const message = "terminating connection due to idle-in-transaction timeout";
      this.#sayLastWords(new PostgresError({ severity: "FATAL", code: "25P03", message }));
      // Reading may be waiting for the client: destroying the socket is what wakes it.
      this.#socket.destroySoon();
      void this.#release();
    }, this.#context.idleTransactionTimeoutMs);
  }

  #stopIdleTimer(): void {
    if (this.#idleTimer) clearTimeout(this.#idleTimer);
    this.#idleTimer = null;
  }

  #sayLastWords(error: unknown): void {
    if (this.#socket.destroyed) return;
    const known = postgresErrorOf(error);
    if (known) this.#socket.end(errorResponse({ ...known.fields, severity: "FATAL" }));
    else if (error instanceof ProtocolViolation) {
      this.#socket.end(errorResponse({ severity: "FATAL", code: "08P01", message: error.message }));
    } else this.#socket.destroy();
  }

  async #release(): Promise<void> {
    const lease = this.#lease;
    this.#lease = null;
    await lease?.release();
  }

  /** Leaves nothing behind: no open transaction, no prepared statement of this connection. */
  async #finish(): Promise<void> {
    this.#stopIdleTimer();
    if (!this.#socket.destroyed) this.#socket.end();
    await this.#release();
    const names = this.#rewriter.statementNames;
    if (names.length === 0) return;
    const lease = await this.#context.database.lease(null);
    try {
      await lease.send(Buffer.concat([...names.map((name) => serialize.close({ type: "S", name })), serialize.sync()]));
    } finally {
      await lease.release();
    }
  }
}
