// What a teller's gateway has as its binding ACCOUNT: the namespace of objects that live in another process. The gateway
// asks a namespace for a stub by name and calls the stub's methods; each goes by workerd's own RPC to account-door.js.
// Plain JavaScript: workerd loads it as an extension, outside every TypeScript project.

/**
 * @param {{ DOOR: { call(name: string, method: string, args: unknown[]): Promise<unknown> } }} env
 * @returns the part of a DurableObjectNamespace that the gateway uses; anything else fails loudly.
 */
// oxlint-disable-next-line import/no-default-export -- workerd calls the default export of a wrapped binding's module
export default function accountNamespace({ DOOR }) {
  return {
    idFromName: (name) => name,
    get: (name) =>
      new Proxy(
        {},
        {
          // A stub is no promise: without this, whoever awaits one would call a method `then` of the object.
          get: (_, method) => (method === "then" ? undefined : (...args) => DOOR.call(name, method, args)),
        },
      ),
  };
}
