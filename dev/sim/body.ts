import type { IncomingMessage } from "node:http";

const BODY_MAX_BYTES = 67_108_864;

export type BodyResult =
  | { readonly kind: "body"; readonly text: string; readonly bytes: Buffer }
  | { readonly kind: "too-large" }
  | { readonly kind: "aborted" };

/** Reads a whole request body of at most 64 MiB; more than any gateway should let through. */
export async function readBody(request: IncomingMessage): Promise<BodyResult> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= BODY_MAX_BYTES) chunks.push(chunk);
      else resolve({ kind: "too-large" });
    });
    request.on("end", () => {
      const [first] = chunks;
      const whole = first !== undefined && chunks.length === 1 ? first : Buffer.concat(chunks);
      resolve({ kind: "body", text: whole.toString("utf8"), bytes: whole });
    });
    request.on("close", () => resolve({ kind: "aborted" }));
    request.on("error", () => resolve({ kind: "aborted" }));
  });
}
