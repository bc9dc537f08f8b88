import { connect, createServer, type Server, type Socket } from "node:net";
import { listen, LOOPBACK } from "../../../dev/stack/listen.ts";

/** A stretch of wire in front of the gateway. */
export interface Edge {
  /** Without a trailing slash. */
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Stands for the network's edge: a client that closes its connection is reported to the Worker at once, as Cloudflare
 * does. workerd alone takes a plain close for a half-closed connection and notices a silent client only by a reset.
 */
export async function startEdge(target: string): Promise<Edge> {
  const { hostname, port } = new URL(target);
  const open = new Set<Socket>();
  const server = createServer({ allowHalfOpen: true }, (client) => {
    const inner = connect(Number(port), hostname);
    for (const socket of [client, inner]) {
      open.add(socket);
      socket.setNoDelay(true);
      socket.once("close", () => open.delete(socket));
      // Resets are what this relay is for; `close` follows each.
      socket.on("error", () => undefined);
    }
    client.pipe(inner, { end: false });
    inner.pipe(client);
    client.once("end", () => inner.resetAndDestroy());
    client.once("close", () => inner.resetAndDestroy());
    inner.once("close", () => client.destroy());
  });
  const listening = await listen(server, 0, "edge");
  return { url: `http://${LOOPBACK}:${listening}`, stop: () => stop(server, open) };
}

async function stop(server: Server, open: ReadonlySet<Socket>): Promise<void> {
  const closed = new Promise<void>((resolve) => {
    server.close(() => resolve());
  });
  for (const socket of open) socket.destroy();
  await closed;
}
