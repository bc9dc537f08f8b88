/** What passes between the dev process and the thread that PGlite runs in. One request is under way at a time. */
export interface WorkerSettings {
  /** Directory of the data, or null for memory only. */
  readonly dataDir: string | null;
  /** Of a data directory, as a tar file: what memory begins with. Null: an empty database, which takes seconds to make. */
  readonly copy: Blob | null;
}

export type WorkerRequest = { readonly type: "execute"; readonly bytes: Uint8Array } | { readonly type: "close" };

export type WorkerReply =
  | { readonly type: "ready" }
  | { readonly type: "done"; readonly bytes: Uint8Array | null }
  | { readonly type: "failed"; readonly message: string };

const typeOf = (value: unknown): unknown =>
  typeof value === "object" && value !== null && "type" in value ? value.type : undefined;

export function isWorkerSettings(value: unknown): value is WorkerSettings {
  return typeof value === "object" && value !== null && "dataDir" in value && "copy" in value;
}

export function isWorkerRequest(value: unknown): value is WorkerRequest {
  return typeOf(value) === "execute" || typeOf(value) === "close";
}

export function isWorkerReply(value: unknown): value is WorkerReply {
  return ["ready", "done", "failed"].includes(String(typeOf(value)));
}
