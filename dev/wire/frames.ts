/** The longest message a client may send, bytes: as the Neon endpoint's bound. */
export const MAX_MESSAGE_BYTES = 10 * 1024 * 1024;

const LENGTH_BYTES = 4;
const MIN_STARTUP_BYTES = 8;
const MAX_STARTUP_BYTES = 10_000;

/** A frontend message: its type letter and its whole bytes, header included. Source: Postgres manual, section 54.7. */
export interface Frame {
  readonly type: string;
  readonly bytes: Buffer;
}

export type Startup =
  | { readonly kind: "encryption" }
  | { readonly kind: "cancel" }
  | { readonly kind: "startup"; readonly minor: number; readonly parameters: ReadonlyMap<string, string> };

/** A client that does not speak the protocol, or a message over the bound. The connection ends. */
export class ProtocolViolation extends Error {
  override readonly name = "ProtocolViolation";
}

/** Cuts a client's bytes into messages. */
export class FrameReader {
  #buffer: Buffer = Buffer.alloc(0);

  push(chunk: Buffer): void {
    this.#buffer = this.#buffer.length === 0 ? chunk : Buffer.concat([this.#buffer, chunk]);
  }

  /** The first packet has no type letter. Returns null until it is complete. */
  readStartup(): Startup | null {
    if (this.#buffer.length < LENGTH_BYTES) return null;
    const length = this.#buffer.readInt32BE(0);
    if (length < MIN_STARTUP_BYTES || length > MAX_STARTUP_BYTES) throw new ProtocolViolation("invalid startup packet");
    const packet = this.#take(length);
    return packet && parseStartup(packet);
  }

  readFrame(): Frame | null {
    if (this.#buffer.length < 1 + LENGTH_BYTES) return null;
    const length = this.#buffer.readInt32BE(1);
    if (length < LENGTH_BYTES || length > MAX_MESSAGE_BYTES) throw new ProtocolViolation("invalid message length");
    const type = String.fromCharCode(this.#buffer[0] ?? 0);
    const bytes = this.#take(1 + length);
    return bytes && { type, bytes };
  }

  #take(length: number): Buffer | null {
    if (this.#buffer.length < length) return null;
    const bytes = this.#buffer.subarray(0, length);
    this.#buffer = this.#buffer.subarray(length);
    return bytes;
  }
}

const SSL_REQUEST = 80_877_103;
const GSS_REQUEST = 80_877_104;
const CANCEL_REQUEST = 80_877_102;
const PROTOCOL_MAJOR = 3;

function parseStartup(packet: Buffer): Startup {
  const code = packet.readInt32BE(LENGTH_BYTES);
  if (code === SSL_REQUEST || code === GSS_REQUEST) return { kind: "encryption" };
  if (code === CANCEL_REQUEST) return { kind: "cancel" };
  if (code >>> 16 !== PROTOCOL_MAJOR) throw new ProtocolViolation("unsupported protocol version");
  const texts = packet.subarray(MIN_STARTUP_BYTES).toString("utf8").split("\0");
  const parameters = new Map<string, string>();
  for (let index = 0; index + 1 < texts.length; index += 2) {
    const name = texts[index] ?? "";
    if (name !== "") parameters.set(name, texts[index + 1] ?? "");
  }
  return { kind: "startup", minor: code & 0xffff, parameters };
}

/** The text of the first zero-terminated string at an offset, and where the next field begins. */
export function readText(bytes: Buffer, offset: number): { readonly text: string; readonly next: number } {
  const end = bytes.indexOf(0, offset);
  if (end < 0) throw new ProtocolViolation("unterminated string");
  return { text: bytes.toString("utf8", offset, end), next: end + 1 };
}

/** A message from its type letter and body. */
export function makeFrame(type: string, ...body: readonly (Buffer | string)[]): Buffer {
  const parts = body.map((part) => (typeof part === "string" ? Buffer.from(`${part}\0`) : part));
  const header = Buffer.alloc(1 + LENGTH_BYTES);
  header.write(type, "latin1");
  header.writeInt32BE(LENGTH_BYTES + parts.reduce((sum, part) => sum + part.length, 0), 1);
  return Buffer.concat([header, ...parts]);
}

export function int32(value: number): Buffer {
  const bytes = Buffer.alloc(LENGTH_BYTES);
  bytes.writeInt32BE(value);
  return bytes;
}
