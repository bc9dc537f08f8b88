import { chmod, mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { z } from "zod";
import { CliError, EXIT } from "./exit-codes.ts";
import type { Io } from "./io.ts";
import { readAddress } from "./service-address.ts";

const DEFAULT_URL = "https://prismaticapi.com";
const DEFAULT_GATEWAY_URL = "https://api.prismaticapi.com/v1";
const OWNER_ONLY = 0o600;
const OWNER_ONLY_DIRECTORY = 0o700;

const stored = z.strictObject({
  version: z.literal(1),
  /** Of the site, whose `/api/v1` is the control API. */
  url: z.string(),
  /** With `/v1`. */
  gateway_url: z.string(),
  management_key: z.string(),
  organization_id: z.string(),
});
export type Credentials = z.output<typeof stored>;

export interface Addresses {
  readonly url: string;
  readonly gatewayUrl: string;
}

/** `$XDG_CONFIG_HOME/prismatic/credentials.json`, `~/.config` where that is not set. */
export function credentialsPath({ env, home }: Pick<Io, "env" | "home">): string {
  const base = env["XDG_CONFIG_HOME"] ?? "";
  return join(base === "" ? join(home, ".config") : base, "prismatic", "credentials.json");
}

export async function readCredentials(io: Io): Promise<Credentials | null> {
  const path = credentialsPath(io);
  const text = await readIfPresent(path);
  if (text === null) return null;
  const found = stored.safeParse(parsed(text));
  if (!found.success) throw new CliError(EXIT.failed, `${path} is damaged: delete it and sign in again.`);
  return found.data;
}

/** Nobody else on the machine may read it, also while it is written. */
export async function writeCredentials(io: Io, credentials: Credentials): Promise<string> {
  const path = credentialsPath(io);
  await mkdir(dirname(path), { recursive: true, mode: OWNER_ONLY_DIRECTORY });
  const partial = `${path}.partial`;
  await rm(partial, { force: true });
  await writeFile(partial, `${JSON.stringify(credentials, null, 2)}\n`, { mode: OWNER_ONLY, flag: "wx" });
  await chmod(partial, OWNER_ONLY);
  await rename(partial, path);
  return path;
}

export async function forgetCredentials(io: Io): Promise<void> {
  await rm(credentialsPath(io), { force: true });
}

/** Where the services are: the environment says it, else the sign-in did, else they are ours. */
export async function readAddresses(io: Io): Promise<Addresses> {
  const [url = "", gatewayUrl = ""] = [io.env["PRISMATIC_URL"], io.env["PRISMATIC_GATEWAY_URL"]];
  const found = url === "" || gatewayUrl === "" ? await readCredentials(io) : null;
  return {
    url: readAddress("PRISMATIC_URL", url === "" ? (found?.url ?? DEFAULT_URL) : url),
    gatewayUrl: readAddress(
      "PRISMATIC_GATEWAY_URL",
      gatewayUrl === "" ? (found?.gateway_url ?? DEFAULT_GATEWAY_URL) : gatewayUrl,
    ),
  };
}

export async function readIfPresent(path: string): Promise<string | null> {
  try {
    return await readFile(path, "utf8");
  } catch (error) {
    if (error instanceof Error && Reflect.get(error, "code") === "ENOENT") return null;
    throw error;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
