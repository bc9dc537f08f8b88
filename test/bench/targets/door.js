// Stands beside the gateway in the account host: hands calls from the other process to the Account objects there, and
// counts them. Plain JavaScript, because "cloudflare:workers" has types only in the Workers' own TypeScript project.
import { WorkerEntrypoint } from "cloudflare:workers";

/** Calls by object and method. */
const counts = new Map();

export class AccountDoor extends WorkerEntrypoint {
  /** @returns what the object answered; rejects as it did. */
  async call(name, method, args) {
    const key = `${name} ${method}`;
    counts.set(key, (counts.get(key) ?? 0) + 1);
    return await this.env.ACCOUNT.getByName(name)[method](...args);
  }
}

// oxlint-disable-next-line import/no-default-export -- workerd calls a module's default export
export default {
  /** `?object=`: how often each of its methods was called from outside, and what the object says of itself. */
  async fetch(request, env) {
    const name = new URL(request.url).searchParams.get("object");
    const status = await env.ACCOUNT.getByName(name).status();
    const calls = [...counts].flatMap(([key, count]) =>
      key.startsWith(`${name} `) ? [[key.split(" ")[1], count]] : [],
    );
    const text = JSON.stringify({ status, calls: Object.fromEntries(calls) }, (_, value) =>
      typeof value === "bigint" ? value.toString() : value,
    );
    return new Response(text);
  },
};
