const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);
const ENCRYPTED = new Set(["require", "verify-ca", "verify-full"]);

/** Why migrations must not go by this address; null where they may. Quotes nothing of it. */
export function ownerUrlFault(text: string): string | null {
  if (!URL.canParse(text)) return "not a URL";
  const { protocol, hostname, username, searchParams } = new URL(text);
  if (protocol !== "postgres:" && protocol !== "postgresql:") return "not a postgres:// address";
  if (username === "") return "names no user";
  // Settings of a session, like the lock timeout, are lost between two statements there.
  if (/^[^.]*-pooler\./.test(hostname)) return "is Neon's pooler: give the direct address";
  if (!LOOPBACK.has(hostname) && !ENCRYPTED.has(searchParams.get("sslmode") ?? ""))
    return "wants sslmode=require or stricter";
  return null;
}

/** The part that may be shown. */
export function describeOwnerUrl(text: string): string {
  if (!URL.canParse(text)) return "not a URL";
  const { hostname, pathname } = new URL(text);
  return `${hostname}${pathname}`;
}
