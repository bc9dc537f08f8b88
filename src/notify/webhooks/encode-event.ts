import { formatUsd, nanoFromText } from "#kernel";

/** An event as it rests in the database. */
export interface StoredWebhookEvent {
  readonly type: string;
  readonly createdAt: Date;
  /** An object; amounts are integer text, their names end in `_nano`. */
  readonly payload: unknown;
}

/**
 * The body that is sent and signed: `{ type, timestamp, data }`, as Standard Webhooks recommends. The same bytes at every
 * try. Amounts are USD, as everywhere in the API.
 */
export function encodeWebhookEvent({ type, createdAt, payload }: StoredWebhookEvent): string {
  const members = Object.entries(typeof payload === "object" && payload !== null ? payload : {});
  const data = Object.fromEntries(members.map(([name, value]: [string, unknown]) => inUsd(name, value)));
  return JSON.stringify({ type, timestamp: createdAt.toISOString(), data });
}

function inUsd(name: string, value: unknown): [string, unknown] {
  if (!name.endsWith("_nano") || typeof value !== "string") return [name, value];
  return [name.replace(/_nano$/, "_usd"), formatUsd(nanoFromText(value))];
}
