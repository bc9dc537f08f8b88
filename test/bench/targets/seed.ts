/**
 * Runs beside the gateway in the same workerd, on a socket of its own, and tells the Account object what the projector
 * would: that an organization exists, with a key and credit. The bench's only way in; no such door exists in production.
 */
interface AccountStub {
  apply(events: readonly object[]): Promise<unknown>;
}
interface Env {
  readonly ACCOUNT: { getByName(name: string): AccountStub };
}

// oxlint-disable-next-line import/no-default-export -- workerd calls a module's default export
export default {
  async fetch(request: Request, env: Env): Promise<Response> {
    const { object, events } = readSeed(await request.text());
    const result = await env.ACCOUNT.getByName(object).apply(events);
    return new Response(JSON.stringify(result));
  },
};

/** Amounts travel as integer text in fields that end in `Nano`; the object takes bigints. */
function readSeed(text: string): { readonly object: string; readonly events: readonly object[] } {
  return JSON.parse(text, (name, value: unknown) =>
    name.endsWith("Nano") && typeof value === "string" ? BigInt(value) : value,
  );
}
