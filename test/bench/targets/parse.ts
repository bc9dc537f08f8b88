/**
 * What any gateway that meters must do at least: check a keyed tag, parse the body, and read usage from a branch of the
 * answer. It keeps no limit and no money.
 */
interface Env {
  readonly UPSTREAM: string;
}
interface Context {
  waitUntil(work: Promise<unknown>): void;
}

const encoder = new TextEncoder();
const PEPPER_BYTES = 32;
const pepper = crypto.subtle.importKey(
  "raw",
  new Uint8Array(PEPPER_BYTES).fill(7),
  { name: "HMAC", hash: "SHA-256" },
  false,
  ["sign"],
);
let usageSeen = 0;

// oxlint-disable-next-line import/no-default-export -- workerd calls a module's default export
export default {
  async fetch(request: Request, env: Env, context: Context): Promise<Response> {
    const tag = await crypto.subtle.sign(
      "HMAC",
      await pepper,
      encoder.encode(request.headers.get("authorization") ?? ""),
    );
    const body: unknown = JSON.parse(await request.text());
    if (tag.byteLength === 0 || typeof body !== "object" || body === null) return new Response(null, { status: 400 });
    const answer = await fetch(`${env.UPSTREAM}${new URL(request.url).pathname}`, {
      method: "POST",
      headers: { "content-type": "application/json", authorization: "Bearer upstream" },
      body: JSON.stringify(body),
    });
    if (!answer.body) return answer;
    const [forClient, forTap] = answer.body.tee();
    context.waitUntil(readUsage(forTap));
    return new Response(forClient, answer);
  },
};

/** Looks for usage in every read, with the end of the last one carried over, as a tap on a stream has to. */
async function readUsage(body: ReadableStream<Uint8Array>): Promise<void> {
  const carryCharacters = 512;
  const decoder = new TextDecoder();
  const reader = body.getReader();
  let carry = "";
  for (;;) {
    const { done, value } = await reader.read();
    if (done) return;
    const text = carry + decoder.decode(value, { stream: true });
    const at = text.indexOf('"usage":{');
    if (at >= 0) usageSeen += Number(/"total_tokens":(\d+)/.exec(text.slice(at))?.[1] ?? 0);
    carry = text.slice(-carryCharacters);
  }
}
