import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

/**
 * One stack per data directory: two PGlites on one directory destroy it. The lock is a local socket that the stack
 * listens on, because it vanishes with its process: a process id in a file outlives a kill -9, and may be reused.
 */
export interface InstanceLock {
  release(): Promise<void>;
}

/** Takes the lock, or returns null when another stack holds it. */
export async function takeInstanceLock(dataDir: string): Promise<InstanceLock | null> {
  const path = socketPath(dataDir);
  const server = createServer((socket) => socket.destroy());
  if (!(await tryListen(server, path))) {
    if (await isStackRunning(dataDir)) return null;
    // The socket's file was left by a process that was killed.
    await rm(path, { force: true });
    if (!(await tryListen(server, path))) return null;
  }
  server.unref();
  return {
    release: () =>
      new Promise((done) => {
        server.close(() => done());
      }),
  };
}

/** True when a stack runs on the data directory now. */
export function isStackRunning(dataDir: string): Promise<boolean> {
  return new Promise((answer) => {
    const socket = connect(socketPath(dataDir));
    socket.once("connect", () => {
      socket.destroy();
      answer(true);
    });
    socket.once("error", () => answer(false));
  });
}

/** Short and outside the directory: a Unix socket's path may have about a hundred characters. */
function socketPath(dataDir: string): string {
  const name = `prismatic-dev-${createHash("sha256").update(resolve(dataDir)).digest("hex").slice(0, 24)}`;
  return process.platform === "win32" ? `\\\\.\\pipe\\${name}` : join(tmpdir(), `${name}.sock`);
}

function tryListen(server: Server, path: string): Promise<boolean> {
  return new Promise((answer, reject) => {
    const onError = (error: NodeJS.ErrnoException): void => {
      if (error.code === "EADDRINUSE") answer(false);
      else reject(error);
    };
    server.once("error", onError);
    server.listen(path, () => {
      server.off("error", onError);
      answer(true);
    });
  });
}
