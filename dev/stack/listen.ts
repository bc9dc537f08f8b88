import type { Server } from "node:net";

export const LOOPBACK = "127.0.0.1";

/** A port that something else listens on already. The message is what the developer reads. */
export class PortTakenError extends Error {
  override readonly name = "PortTakenError";

  constructor(port: number, wantedBy: string) {
    super(
      `port ${port} is taken (wanted by the ${wantedBy}): stop what listens there, or set PORT_BASE to move the whole stack`,
    );
  }
}

/** Listens on loopback and answers the port (port 0: a free one). Throws `PortTakenError`. */
export function listen(server: Server, port: number, name: string): Promise<number> {
  return new Promise((resolve, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      reject(error.code === "EADDRINUSE" ? new PortTakenError(port, name) : error);
    };
    server.once("error", onError);
    server.listen(port, LOOPBACK, () => {
      server.off("error", onError);
      const address = server.address();
      if (address === null || typeof address === "string") reject(new Error("not a TCP address"));
      else resolve(address.port);
    });
  });
}
