type Environment = Readonly<Record<string, string | undefined>>;

/** What a program needs to start on this machine. */
const MACHINE = [
  "PATH",
  "HOME",
  "USERPROFILE",
  "SYSTEMROOT",
  "APPDATA",
  "TMPDIR",
  "TEMP",
  "TMP",
  "LANG",
  "NODE_OPTIONS",
];
/** How a machine behind a proxy reaches Cloudflare. */
const NETWORK = ["HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy", "NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"];
const CREDENTIALS = ["CLOUDFLARE_API_TOKEN", "CLOUDFLARE_ACCOUNT_ID"];

/** Wrangler as a tool: it asks nobody, tells nobody, and logs no body of a request. */
const QUIET = {
  CI: "true",
  NO_COLOR: "1",
  CLOUDFLARE_CF_FETCH_ENABLED: "false",
  WRANGLER_HIDE_BANNER: "true",
  WRANGLER_LOG_SANITIZE: "true",
  WRANGLER_NO_SKILLS_UPDATE_PROMPTS: "true",
  WRANGLER_SEND_ERROR_REPORTS: "false",
  WRANGLER_SEND_METRICS: "false",
} as const;

/** Wrangler's environment: nothing of ours but the credentials it works with, and not even those in a dry run. */
export function childEnvironment(env: Environment, isDryRun: boolean): Readonly<Record<string, string>> {
  return { ...pick(env, [...MACHINE, ...(isDryRun ? [] : [...NETWORK, ...CREDENTIALS])]), ...QUIET };
}

export function gitEnvironment(env: Environment): Readonly<Record<string, string>> {
  return { ...pick(env, MACHINE), GIT_OPTIONAL_LOCKS: "0", GIT_TERMINAL_PROMPT: "0" };
}

function pick(env: Environment, names: readonly string[]): Record<string, string> {
  const entries = names.flatMap((name) => {
    const value = env[name];
    return value === undefined ? [] : [[name, value] as const];
  });
  return Object.fromEntries(entries);
}
