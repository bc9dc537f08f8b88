import { parseArgs } from "node:util";
import { refused } from "./deploy-error.ts";
import { ENVIRONMENT_NAMES, type EnvironmentName } from "./environments.ts";
import { isStepName, STEP_NAMES, type StepName } from "./step-names.ts";

export const USAGE = `npm run deploy -- --env staging|production [options]

  --env NAME        where to; only a dry run has a default: staging
  --dry-run         builds everything and shows the plan; asks no network, changes nothing outside of dist/
  --yes             does not ask whether to go on
  --only STEP       this step alone, after the local ones: ${STEP_NAMES.join(", ")}
  --rotate NAME     makes (or asks for) a secret anew; may be given several times
  --rollback [ID]   back to the versions before the last deploy, or to one version of one Worker
  --reveal NAME     prints a secret that a deploy has made, from the vault
  --allow-dirty     deploys what is not committed; never to production
  --help            this text

docs/operations.md is the runbook.`;

export interface DeployArguments {
  readonly environment: EnvironmentName;
  readonly dryRun: boolean;
  readonly yes: boolean;
  readonly only: StepName | null;
  readonly rotate: readonly string[];
  /** Null: no rollback. An empty text: to the versions before the last deploy. */
  readonly rollback: string | null;
  readonly reveal: string | null;
  readonly allowDirty: boolean;
}

/** As Cloudflare writes a version's id. */
const VERSION_ID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Reads the command line; null asks for help. Throws a `DeployError` that says what is wrong. */
export function readArguments(args: readonly string[]): DeployArguments | null {
  const { values, positionals } = parse(args);
  if (values.help === true) return null;
  const dryRun = values["dry-run"] === true;
  const environment = readEnvironmentName(values.env, dryRun);
  const only = values.only ?? null;
  if (only !== null && !isStepName(only)) throw wrong(`--only: there is no step ${only}`);
  const allowDirty = values["allow-dirty"] === true;
  if (allowDirty && environment === "production") throw wrong("--allow-dirty is not for production");
  const wants = [values.rollback === true, values.reveal !== undefined, only !== null || values.rotate !== undefined];
  if (wants.filter(Boolean).length > 1) throw wrong("--rollback, --reveal and --only or --rotate exclude each other");
  return {
    environment,
    dryRun,
    yes: values.yes === true,
    only,
    rotate: values.rotate ?? [],
    rollback: values.rollback === true ? readVersion(positionals) : readNone(positionals),
    reveal: values.reveal ?? null,
    allowDirty,
  };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        env: { type: "string" },
        "dry-run": { type: "boolean" },
        yes: { type: "boolean" },
        only: { type: "string" },
        rotate: { type: "string", multiple: true },
        rollback: { type: "boolean" },
        reveal: { type: "string" },
        "allow-dirty": { type: "boolean" },
        help: { type: "boolean" },
      },
    });
  } catch (error) {
    throw wrong(error instanceof Error ? error.message : "these arguments cannot be read");
  }
}

function readEnvironmentName(name: string | undefined, dryRun: boolean): EnvironmentName {
  if (name === undefined && dryRun) return "staging";
  const known = ENVIRONMENT_NAMES.find((candidate) => candidate === name);
  if (known === undefined) throw wrong(`--env wants ${ENVIRONMENT_NAMES.join(" or ")}`);
  return known;
}

function readVersion([version = "", ...rest]: readonly string[]): string {
  if (rest.length > 0 || (version !== "" && !VERSION_ID.test(version)))
    throw wrong("--rollback wants one version's id, or nothing");
  return version;
}

/** A value that nothing asked for may be a secret: it is not repeated. */
function readNone(positionals: readonly string[]): null {
  if (positionals.length > 0) throw wrong("there is an argument that belongs to no option");
  return null;
}

const wrong = (what: string) => refused(`${what}\n\n${USAGE}`);
