import { readFile } from "node:fs/promises";
import { parseEnv } from "node:util";
import { PROVIDERS } from "#providers";
import { simulatedBaseUrl, simulatedKey } from "../sim/index.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** The process's environment over the lines of `.dev.vars`, when that file is there. */
export async function readEnvironment(varsPath: string, environment: Environment): Promise<Environment> {
  let text = "";
  try {
    text = await readFile(varsPath, "utf8");
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error;
  }
  return { ...parseEnv(text), ...environment };
}

/**
 * Where the gateway finds each provider. A key or an address of the developer's own is passed on; a provider with
 * neither is the simulator, under a key made at random.
 */
export function providerEnvironment(
  environment: Environment,
  simUrl: string,
  simulatedSecret: string,
): Readonly<Record<string, string>> {
  const result: Record<string, string> = {};
  for (const { id, env } of PROVIDERS) {
    if (env === null) continue;
    const apiKey = environment[env.apiKey] ?? "";
    const baseUrl = environment[env.baseUrl] ?? "";
    const simulated = apiKey === "" && baseUrl === "";
    if (simulated || apiKey !== "" || baseUrl !== "")
      result[env.apiKey] = apiKey === "" ? simulatedKey(id, simulatedSecret) : apiKey;
    if (simulated) result[env.baseUrl] = simulatedBaseUrl(simUrl, id);
    else if (baseUrl !== "") result[env.baseUrl] = baseUrl;
  }
  return result;
}
