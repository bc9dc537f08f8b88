import { once } from "node:events";
import { MessageChannel, Worker } from "node:worker_threads";
import type { LinkCommand } from "./link-thread.ts";

/** The way from one teller to the account host. Nobody at either end knows of it. */
export interface Link {
  /** Where the teller connects to; it stays when the host moves. */
  readonly port: number;
  /** Where the host is. Connections that stand are left as they are. */
  leadTo(port: number): Promise<void>;
  /** What a call to the host and its answer take at least, from now on. The first call of a connection takes it twice. */
  setRoundTripMs(ms: number): Promise<void>;
  /** Connections that stand: one once the teller has called, none after a loss until it calls again. */
  connections(): Promise<number>;
  /** Loses the connection, and answers how many bytes of answers were on their way over it. The next call makes another. */
  cut(): Promise<number>;
}

export interface Links {
  readonly links: readonly Link[];
  /** Ends every connection. */
  close(): Promise<void>;
}

export async function openLinks(count: number): Promise<Links> {
  const thread = new Worker(new URL("./link-thread.ts", import.meta.url), { workerData: { count } });
  const [ports]: unknown[] = await once(thread, "message");
  const tell = async (link: number, command: LinkCommand["command"]): Promise<number> => {
    const { port1, port2 } = new MessageChannel();
    const message: LinkCommand = { link, command, reply: port2 };
    thread.postMessage(message, [port2]);
    const [answer]: unknown[] = await once(port1, "message");
    port1.close();
    return Number(answer);
  };
  return {
    links: portsOf(ports, count).map((port, link) => ({
      port,
      leadTo: async (targetPort) => {
        await tell(link, { targetPort });
      },
      setRoundTripMs: async (roundTripMs) => {
        await tell(link, { roundTripMs });
      },
      connections: () => tell(link, "connections"),
      cut: () => tell(link, "cut"),
    })),
    close: async () => {
      await thread.terminate();
    },
  };
}

function portsOf(message: unknown, count: number): number[] {
  if (!Array.isArray(message) || message.length !== count) throw new Error("the links' thread did not open its ports");
  return message.map(Number);
}
