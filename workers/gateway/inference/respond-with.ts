import type { GatewayContext } from "../context.ts";

/**
 * The one response of a call, with what was set on its context before. A `Response` made beside the context would be
 * copied into it header by header, on every call.
 */
export function respondWith(
  context: GatewayContext,
  body: string | Uint8Array | ReadableStream<Uint8Array>,
  headers: readonly (readonly [string, string])[],
): Response {
  for (const [name, value] of headers) context.header(name, value);
  if (!(body instanceof Uint8Array)) return context.body(body);
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- nothing here makes shared memory, which alone is not taken
  return context.body(body as Uint8Array<ArrayBuffer>);
}
