import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { listen, LOOPBACK } from "../../../dev/stack/listen.ts";

/** A way to the Neon endpoint that a test can shut. */
export interface Gate {
  /** Goes where the endpoint's own address would go. */
  readonly url: string;
  leadTo(target: string): void;
  /** Shut: connections are dropped without an answer, as by a database that is away. */
  setOpen(open: boolean): void;
  /** Requests that came while it was shut. */
  turnedAway(): number;
  stop(): Promise<void>;
}

export async function startGate(): Promise<Gate> {
  let target: string | null = null;
  let isOpen = true;
  let refused = 0;
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    if (!isOpen || target === null) {
      refused += 1;
      request.socket.destroy();
      return;
    }
    const headers = Object.entries(request.headers).flatMap(([name, value]) =>
      name === "content-type" || name.startsWith("neon-") ? [[name, String(value)] as const] : [],
    );
    const answer = await fetch(target, {
      method: "POST",
      headers: Object.fromEntries(headers),
      body: await text(request),
    });
    response.writeHead(answer.status, { "content-type": answer.headers.get("content-type") ?? "application/json" });
    response.end(await answer.text());
  };
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy());
  });
  const port = await listen(server, 0, "gate");
  return {
    url: `http://${LOOPBACK}:${port}/sql`,
    leadTo: (url) => {
      target = url;
    },
    setOpen: (open) => {
      isOpen = open;
    },
    turnedAway: () => refused,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
