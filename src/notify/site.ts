const LOOPBACK_HOSTS = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** Where our own pages are: the only place that a mail's links lead to. */
export interface Site {
  /** Scheme, host and port, without a slash at the end. */
  readonly origin: string;
}

/**
 * Reads `SITE_URL`. Plain http is for a stack on this machine alone (`allowsLoopback`). Throws on anything else: mails
 * with links that lead elsewhere, or that can be read on their way, must not go out.
 */
export function parseSite(text: string, allowsLoopback: boolean): Site {
  const url = URL.parse(text);
  const isLocal = allowsLoopback && url?.protocol === "http:" && LOOPBACK_HOSTS.has(url.hostname);
  if (!url || (url.protocol !== "https:" && !isLocal)) throw new Error("SITE_URL is no https address");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "")
    throw new Error("SITE_URL is more than an origin");
  return { origin: url.origin };
}

/** The link as it is sent, or null where it does not lead to our own site. */
export function ownLink(site: Site, text: string): string | null {
  const url = URL.parse(text);
  const isOwn = url !== null && url.origin === site.origin && url.username === "" && url.password === "";
  return isOwn ? url.href : null;
}
