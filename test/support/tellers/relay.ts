import { connect, createServer, type Socket } from "node:net";
import { listen, LOOPBACK } from "../../../dev/stack/listen.ts";

/** Bytes that are under way in one direction of one connection before its sender is made to wait. */
const HELD_MAX_BYTES = 8_388_608;

/** A TCP relay on loopback that takes its time: bytes arrive whole and in order, so much later. */
export class Relay {
  readonly #server = createServer({ allowHalfOpen: true, noDelay: true }, (near) => this.#join(near));
  readonly #connections = new Set<Connection>();
  #targetPort = 0;
  #oneWayMs = 0;

  /** Answers the port it listens on. */
  listen(): Promise<number> {
    return listen(this.#server, 0, "relay");
  }

  /** Where connections that are made from now on lead. */
  leadTo(port: number): void {
    this.#targetPort = port;
  }

  /** How long bytes that are sent from now on take to the other side and back. */
  setRoundTripMs(ms: number): void {
    this.#oneWayMs = ms / 2;
  }

  /** Connections that stand. */
  get connections(): number {
    return this.#connections.size;
  }

  /** Loses every connection that stands, and answers how many bytes were on their way back over them. Others may follow. */
  cut(): number {
    let lostBytes = 0;
    for (const { near, far, answerBytes } of this.#connections) {
      lostBytes += answerBytes();
      near.destroy();
      far.destroy();
    }
    return lostBytes;
  }

  #join(near: Socket): void {
    const far = connect({ host: LOOPBACK, port: this.#targetPort, noDelay: true, allowHalfOpen: true });
    const oneWayMs = (): number => this.#oneWayMs;
    carry(near, far, oneWayMs);
    const connection: Connection = { near, far, answerBytes: carry(far, near, oneWayMs) };
    this.#connections.add(connection);
    near.once("close", () => this.#connections.delete(connection));
  }
}

interface Connection {
  readonly near: Socket;
  readonly far: Socket;
  readonly answerBytes: () => number;
}

/** Passes on what one side sends, its end and its loss, each at its time. Answers a look at how many bytes are under way. */
function carry(from: Socket, to: Socket, oneWayMs: () => number): () => number {
  const queue: (() => void)[] = [];
  let dueAtMs = 0;
  let heldBytes = 0;
  const later = (act: () => void): void => {
    const nowMs = performance.now();
    // Never before what was sent earlier, even when the delay has become shorter since.
    dueAtMs = Math.max(dueAtMs, nowMs + oneWayMs());
    if (queue.length === 0 && dueAtMs <= nowMs) return act();
    queue.push(act);
    // Each timer delivers the oldest, not its own: timers of different lengths may fire out of order.
    setTimeout(() => queue.shift()?.(), Math.ceil(dueAtMs - nowMs));
  };
  from.on("data", (chunk) => {
    heldBytes += chunk.length;
    if (heldBytes > HELD_MAX_BYTES) from.pause();
    later(() => {
      heldBytes -= chunk.length;
      if (from.isPaused() && heldBytes <= HELD_MAX_BYTES) from.resume();
      to.write(chunk);
    });
  });
  from.on("end", () => later(() => to.end()));
  // A side that was killed: `close` follows, and takes the other side with it.
  from.on("error", () => undefined);
  from.on("close", () => later(() => to.destroy()));
  return () => heldBytes;
}
