import type { RouteSort } from "./preferences.ts";

export interface ModelName {
  /** Without the suffix. */
  readonly name: string;
  readonly sort: RouteSort | null;
  /** `:online`: the caller wants a web search. */
  readonly online: boolean;
}

const SUFFIXES: ReadonlyMap<string, Omit<ModelName, "name">> = new Map([
  [":floor", { sort: "price", online: false }],
  [":nitro", { sort: "throughput", online: false }],
  [":online", { sort: null, online: true }],
]);

/** Takes a suffix off a model's name. Anything else after a colon belongs to the name (`nova-lite-v1:0`). */
export function parseModelName(text: string): ModelName {
  const at = text.lastIndexOf(":");
  const suffix = at < 0 ? undefined : SUFFIXES.get(text.slice(at));
  return suffix ? { name: text.slice(0, at), ...suffix } : { name: text, sort: null, online: false };
}
