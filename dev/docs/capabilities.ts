import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import {
  capabilityTable,
  UPSTREAM_CODECS,
  type CapabilityTable,
  type ProviderCapabilities,
} from "./capability-table.ts";

/** Writes docs/capabilities.md from the codecs and providers. `--check` writes nothing and fails when it is not current. */
const FILE = resolve(import.meta.dirname, "../../docs/capabilities.md");

const INTRODUCTION = `# Capabilities

What becomes of a request, by what it asks for. Where the provider speaks the caller's own format, the body passes as it
is (but for what its own row below names). Elsewhere it is translated, and each parameter is

- \`supported\`: passed under the target's own name for it;
- \`translated\`: said in the target's own terms;
- \`dropped\`: left out, and named in \`x-prismatic-dropped-params\`;
- \`refused\`: answered with 400 \`unsupported_parameter\`, by the name that the caller knows it by.

A model may do less than its provider's format: [the catalogue](gateway.md) names each model's capabilities, and
\`provider.require_parameters\` asks for those alone.

This file is generated from \`src/wire/*/parameters.ts\` and \`src/providers\` by \`npm run docs\`; do not edit it.
`;

function capabilitiesDocument({ parameters, providers }: CapabilityTable): string {
  const formats = UPSTREAM_CODECS.map(({ format }) => format);
  return [
    INTRODUCTION,
    "## Parameters of a request that is translated, by the upstream's format\n",
    tableOf(
      ["parameter", ...formats],
      parameters.map(({ parameter, support }) => [
        `\`${parameter}\``,
        ...formats.map((format) => support[format] ?? ""),
      ]),
    ),
    "\n## Providers\n",
    "What each is asked to do, and the format in which it is asked for text: one where that is the same for every caller.\n",
    tableOf(
      ["provider", "operations", "asked in", "does less with"],
      providers.map((provider) => [
        `\`${provider.id}\``,
        provider.operations.map((operation) => `\`${operation}\``).join(", "),
        askedIn(provider),
        overridesOf(provider),
      ]),
    ),
    "",
  ].join("\n");
}

function askedIn({ formats }: ProviderCapabilities): string {
  const named = new Set(Object.values(formats));
  const [only] = named;
  if (named.size <= 1) return only ?? "";
  return Object.entries(formats)
    .map(([client, upstream]) => `${client}: ${upstream}`)
    .join("; ");
}

function overridesOf({ overrides }: ProviderCapabilities): string {
  return Object.entries(overrides)
    .map(([parameter, support]) => `\`${parameter}\` ${support}`)
    .join(", ");
}

function tableOf(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

async function main(check: boolean): Promise<number> {
  const text = capabilitiesDocument(await capabilityTable());
  if (!check) {
    writeFileSync(FILE, text);
    return 0;
  }
  if (currentText() === text) return 0;
  console.error("docs/capabilities.md is not what the code gives: run npm run docs");
  return 1;
}

function currentText(): string | null {
  try {
    return readFileSync(FILE, "utf8");
  } catch {
    return null;
  }
}

process.exitCode = await main(process.argv.includes("--check"));
