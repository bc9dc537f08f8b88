/**
 * Reads one HTTP/1.1 message at a time from a socket's chunks: just enough for the bench's own client and upstream,
 * which never pipeline, so that a message ends where a chunk ends. A general parser costs several times as much, and
 * what the load generator costs is missing from what it can measure.
 */
const HEAD_MAX_BYTES = 16_384;
const CHUNKED_END = Buffer.from("\r\n0\r\n\r\n");

export class HttpMessageReader {
  #pending: Buffer | null = null;
  #remainingBytes = 0;
  #chunked = false;
  #tail: Buffer = CHUNKED_END;
  #head = "";
  #inBody = false;

  /** Start line and headers of the message being read; empty until they are complete. */
  get head(): string {
    return this.#head;
  }

  /**
   * Takes one chunk and hands the part that belongs to the body (with its chunk framing) to `onBody`.
   * Returns true when the message is complete; the next chunk then starts a new one. Throws on pipelined data.
   */
  feed(chunk: Buffer, onBody: (part: Buffer) => void): boolean {
    if (this.#inBody) return this.#feedBody(chunk, onBody);
    const bytes = this.#pending ? Buffer.concat([this.#pending, chunk]) : chunk;
    const headEnd = bytes.indexOf("\r\n\r\n");
    if (headEnd < 0) {
      if (bytes.length > HEAD_MAX_BYTES) throw new Error("the head of a message is too long");
      this.#pending = bytes;
      return false;
    }
    this.#pending = null;
    this.#readHead(bytes.toString("latin1", 0, headEnd));
    return this.#feedBody(bytes.subarray(headEnd + 4), onBody);
  }

  #readHead(head: string): void {
    this.#head = head;
    this.#inBody = true;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
    this.#chunked = length === undefined && /\r\ntransfer-encoding: *chunked/i.test(head);
    this.#remainingBytes = Number(length ?? 0);
    // The line end of the head counts as the one before the last chunk, for bodies that are empty.
    this.#tail = CHUNKED_END.subarray(0, 2);
  }

  #feedBody(part: Buffer, onBody: (part: Buffer) => void): boolean {
    if (part.length > 0) onBody(part);
    const done = this.#chunked ? this.#endsChunked(part) : this.#endsCounted(part);
    if (done) this.#inBody = false;
    return done;
  }

  #endsCounted(part: Buffer): boolean {
    this.#remainingBytes -= part.length;
    if (this.#remainingBytes < 0) throw new Error("a message came before the answer to the last one");
    return this.#remainingBytes === 0;
  }

  #endsChunked(part: Buffer): boolean {
    const size = CHUNKED_END.length;
    this.#tail = part.length >= size ? part.subarray(-size) : Buffer.concat([this.#tail, part]).subarray(-size);
    return this.#tail.equals(CHUNKED_END);
  }
}
