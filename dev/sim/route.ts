import type { Format } from "./format.ts";
import { type Provider, PROVIDERS } from "./providers.ts";

export interface Route {
  readonly provider: Provider;
  /** Null when the provider has nothing at this path for this method. */
  readonly format: Format | null;
  readonly parameters: Readonly<Record<string, string>>;
}

const compiled = new WeakMap<Format, RegExp>();

/** `/openai/v1/chat/completions`: a provider's name, its base and a format's path. Null for an unknown provider. */
export function findRoute(method: string, pathname: string): Route | null {
  const [, name = "", rest = ""] = /^\/([a-z][a-z0-9-]*)(\/.*)?$/.exec(pathname) ?? [];
  const provider = PROVIDERS.get(name);
  if (provider === undefined) return null;
  // Groq's own `/openai/v1` below its name and a missing base are accepted too.
  const [path] = [rest.replace(/^\/openai(?=\/)/, "")].map((inner) =>
    inner.startsWith(`${provider.base}/`) ? inner.slice(provider.base.length) : inner,
  );
  for (const format of provider.formats) {
    if ((format.method ?? "POST") !== method) continue;
    const match = patternOf(format).exec(path ?? "");
    if (match === null) continue;
    const parameters = Object.entries(match.groups ?? {}).map(([key, value]) => [key, decode(value)]);
    return { provider, format, parameters: Object.fromEntries(parameters) };
  }
  return { provider, format: null, parameters: {} };
}

/** A name may hold slashes: ids of models do, and Bedrock's resource names. */
function patternOf(format: Format): RegExp {
  const known = compiled.get(format);
  if (known !== undefined) return known;
  const source = format.path
    .replace(/[.*+?^$()|[\]\\]/g, String.raw`\$&`)
    .replace(/\{(\w+)\}/g, (_, name: string) => `(?<${name}>.+?)`);
  const pattern = new RegExp(`^${source}$`);
  compiled.set(format, pattern);
  return pattern;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
