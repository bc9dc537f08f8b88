import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Webhook } from "standardwebhooks";

export interface ReceivedWebhook {
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface WebhookReceiver {
  readonly port: number;
  /** An address of its own: what comes there is listed by it. */
  url(path: string): string;
  /** What has come to a path so far. */
  received(path: string): readonly ReceivedWebhook[];
  /** What a path answers next, one by one; then 204 again. */
  answer(path: string, ...answers: Answer[]): void;
  /** From now on the path answers nothing until the function is called. */
  hold(path: string): () => void;
  stop(): Promise<void>;
}

/** A customer's server, on every address of this machine. */
export async function startReceiver(): Promise<WebhookReceiver> {
  const received: ReceivedWebhook[] = [];
  const answers = new Map<string, Answer[]>();
  const gates = new Map<string, Promise<void>>();
  const respond = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(Buffer.from(chunk));
    const path = request.url ?? "/";
    const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name, String(value)]));
    received.push({ path, headers, body: Buffer.concat(chunks).toString() });
    await gates.get(path);
    const next = answers.get(path)?.shift() ?? { status: 204 };
    response.writeHead(next.status, { ...next.headers });
    response.end();
  };
  const server = createServer((request, response) => void respond(request, response));
  await new Promise<void>((resolve) => {
    server.listen(0, "0.0.0.0", resolve);
  });
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("the receiver has no port");
  const { port } = address;
  return {
    port,
    url: (path) => `http://127.0.0.1:${port}${path}`,
    received: (path) => received.filter((one) => one.path === path),
    answer: (path, ...list) => void answers.set(path, list),
    hold(path) {
      const { promise, resolve } = Promise.withResolvers<void>();
      gates.set(path, promise);
      return resolve;
    },
    stop: () =>
      new Promise((resolve) => {
        server.closeAllConnections();
        server.close(() => resolve());
      }),
  };
}

/** What the reference library reads of it. Throws where the signature does not fit. */
export function verified(secret: string, { body, headers }: ReceivedWebhook): unknown {
  return new Webhook(secret).verify(body, { ...headers });
}
