import { SECRETS } from "./secret-table.ts";
import type { DeployEnvironment, Worker } from "./environments.ts";

/** A variable of a secret's name would be put in its place at each upload. */
const SECRET_NAMES: ReadonlySet<string> = new Set(SECRETS.map(({ name }) => name));

type RawConfig = Readonly<Record<string, unknown>>;

/**
 * A Worker's wrangler file for one environment: what the source's file says, with the modules that are built already,
 * under the environment's names and addresses.
 */
export function renderConfig(source: RawConfig, worker: Worker, environment: DeployEnvironment): RawConfig {
  const { env: _, build: _build, ...rest } = source;
  return {
    ...rest,
    name: environment.scripts[worker],
    main: "index.js",
    no_bundle: true,
    rules: [{ type: "ESModule", globs: ["**/*.js"] }],
    routes: [{ pattern: environment.hosts[worker], custom_domain: true }],
    workers_dev: false,
    preview_urls: false,
    send_metrics: false,
    durable_objects: ownObjects(source["durable_objects"], environment),
    vars: varsOf(source["vars"], worker, environment),
  };
}

/** The console binds objects of this environment's gateway: those of another are other customers'. */
function ownObjects(value: unknown, { scripts }: DeployEnvironment): { readonly bindings: readonly object[] } {
  return {
    bindings: bindingsOf(value).map((binding) =>
      "script_name" in binding ? Object.assign({}, binding, { script_name: scripts.gateway }) : binding,
    ),
  };
}

function bindingsOf(value: unknown): readonly object[] {
  if (typeof value !== "object" || value === null || !("bindings" in value) || !Array.isArray(value.bindings))
    return [];
  return value.bindings.filter((binding): binding is object => typeof binding === "object" && binding !== null);
}

/** `ENVIRONMENT` stays as it is: staging has production's strictness. */
function varsOf(value: unknown, worker: Worker, { siteUrl, mailFrom }: DeployEnvironment): object {
  const vars = Object.entries(typeof value === "object" && value !== null ? value : {});
  const own = Object.fromEntries(vars.filter(([name]) => !SECRET_NAMES.has(name)));
  return worker === "console" ? { ...own, SITE_URL: siteUrl, MAIL_FROM: mailFrom } : own;
}
