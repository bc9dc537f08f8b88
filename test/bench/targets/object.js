// The minimal Worker and one call to a Durable Object before it fetches: what any strict admission costs at least.
// Plain JavaScript, because the module "cloudflare:workers" has types only inside the Workers' own TypeScript project.
import { DurableObject } from "cloudflare:workers";

export class Counter extends DurableObject {
  #calls = 0;

  /** @returns {{ ok: boolean; calls: number }} */
  admit() {
    this.#calls += 1;
    return { ok: true, calls: this.#calls };
  }
}

// oxlint-disable-next-line import/no-default-export -- workerd calls a module's default export
export default {
  async fetch(request, env) {
    const { ok } = await env.COUNTER.get(env.COUNTER.idFromName("bench")).admit();
    if (!ok) return new Response(null, { status: 429 });
    return fetch(`${env.UPSTREAM}${new URL(request.url).pathname}`, request);
  },
};
