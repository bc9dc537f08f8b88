import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/**
 * What a gate does with one request: `pass` it on; `lose-answer`: pass it on, wait for the answer, and never give it back;
 * `refuse`: close the connection without passing it on; `twice`: pass it on two times at once.
 */
export type Passage = "pass" | "lose-answer" | "refuse" | "twice";

/** One request that came through, with every answer the target gave to it. */
export interface Passed {
  readonly body: string;
  readonly passage: Passage;
  readonly answers: string[];
}

interface Answer {
  readonly status: number;
  readonly type: string;
  readonly text: string;
}

const BODY_MAX_BYTES = 16_777_216;

/**
 * An HTTP server between the gateway and something it calls, so that a test holds its requests, loses their answers,
 * repeats them or lets none through. It lives in the test's own process and outlives a killed stack.
 */
export class Gate {
  readonly #server: Server;
  readonly #passed: Passed[] = [];
  #port = 0;
  #target = "";
  #rule: (body: string) => Passage = () => "pass";
  #shut: { readonly opened: Promise<void>; readonly open: () => void } | null = null;
  #waiting: string[] = [];
  #inside = 0;
  #peak = 0;

  private constructor() {
    this.#server = createServer((request, response) => {
      this.#serve(request, response).catch(() => response.destroy());
    });
    // Nothing that a test asks of a gate ends by itself: the gateway's own bounds are what is looked at.
    this.#server.requestTimeout = 0;
  }

  static async open(): Promise<Gate> {
    const gate = new Gate();
    await new Promise<void>((done, fail) => {
      gate.#server.once("error", fail);
      gate.#server.listen(0, "127.0.0.1", () => done());
    });
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- a server that listens on TCP has an AddressInfo
    gate.#port = (gate.#server.address() as AddressInfo).port;
    return gate;
  }

  /** Without a trailing slash; a path is appended to the target as it is. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** Requests that stand before the closed gate now. */
  get waiting(): number {
    return this.#waiting.length;
  }

  /** Of those that stand before it the ones whose body says so. */
  waitingWith(isMeant: (body: string) => boolean): number {
    return this.#waiting.filter(isMeant).length;
  }

  /** The most requests that were here at once, waiting or passed on and not answered, since this was last asked. */
  takePeak(): number {
    const peak = this.#peak;
    this.#peak = this.#inside;
    return peak;
  }

  /** What came through, oldest first; a request joins when it is passed on. */
  get passed(): readonly Passed[] {
    return this.#passed;
  }

  /** Where requests go from now on. */
  leadTo(targetUrl: string): void {
    this.#target = targetUrl;
  }

  /** What is done with each request from now on. */
  setRule(rule: (body: string) => Passage): void {
    this.#rule = rule;
  }

  /** From now on requests wait, until `release`. */
  shut(): void {
    if (this.#shut !== null) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#shut = { opened: promise, open: resolve };
  }

  release(): void {
    this.#shut?.open();
    this.#shut = null;
    // Now, not when each of them goes on: whoever shuts it again at once counts its own.
    this.#waiting = [];
  }

  async close(): Promise<void> {
    this.release();
    this.#server.closeAllConnections();
    await new Promise((done) => {
      this.#server.close(done);
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await readText(request);
    this.#inside += 1;
    this.#peak = Math.max(this.#peak, this.#inside);
    // Out before the answer is: whoever reads it may send the next one at once.
    const answer = await this.#pass(request, body).finally(() => (this.#inside -= 1));
    if (answer === null) {
      response.destroy();
      return;
    }
    if (answer === "lost") return;
    response.writeHead(answer.status, { "content-type": answer.type });
    response.end(answer.text);
  }

  /** The answer to give back; null where the connection is closed instead, and `lost` where it is left as it is. */
  async #pass(request: IncomingMessage, body: string): Promise<Answer | null | "lost"> {
    if (this.#shut !== null) {
      this.#waiting.push(body);
      await this.#shut.opened;
    }
    const passage = this.#rule(body);
    if (passage === "refuse") return null;
    const entry: Passed = { body, passage, answers: [] };
    this.#passed.push(entry);
    const copies = passage === "twice" ? 2 : 1;
    const answers = await Promise.all(Array.from({ length: copies }, () => this.#forward(request, body)));
    const texts = await Promise.all(answers.map((answer) => answer.text()));
    entry.answers.push(...texts);
    const [answer] = answers;
    if (passage === "lose-answer" || answer === undefined) return "lost";
    return {
      status: answer.status,
      type: answer.headers.get("content-type") ?? "application/json",
      text: texts[0] ?? "",
    };
  }

  async #forward(request: IncomingMessage, body: string): Promise<Response> {
    const headers = Object.entries(request.headers).flatMap(([name, value]): [string, string][] =>
      typeof value === "string" && !HOP_HEADERS.has(name) ? [[name, value]] : [],
    );
    return await fetch(`${this.#target}${request.url ?? "/"}`, { method: request.method ?? "POST", headers, body });
  }
}

/** Of one connection only; `fetch` sets its own. */
const HOP_HEADERS = new Set(["host", "connection", "content-length", "transfer-encoding", "keep-alive"]);

async function readText(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    const part = Buffer.from(chunk);
    bytes += part.length;
    if (bytes > BODY_MAX_BYTES) throw new Error("the body is too large for a gate");
    parts.push(part);
  }
  return Buffer.concat(parts).toString("utf8");
}
