import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { ERRORS, type ErrorDefinition } from "../../src/kernel/index.ts";

/** Writes docs/errors.md from the one error table. `--check` writes nothing and fails when the file is not current. */
const FILE = resolve(import.meta.dirname, "../../docs/errors.md");

const INTRODUCTION = `# Errors

Every refusal and fault has one of the codes below. A published code keeps its meaning. The answer's shape is the one
of the API that was called; on OpenAI routes it is

\`\`\`json
{ "error": { "message": "…", "type": "…", "code": "…", "param": null } }
\`\`\`

\`retry\` is sent as \`x-should-retry\`, which the official SDKs obey before their own rules. In a message, \`{name}\` stands
for a value of the request or of a limit. Quote the \`x-request-id\` header to support.

This file is generated from \`src/kernel/error-table.ts\` by \`node dev/docs/errors.ts\`; do not edit it.
`;

/** The whole text of docs/errors.md. */
export function errorsDocument(table: Readonly<Record<string, ErrorDefinition>>): string {
  const header = "| code | status | type | retry | message | help |\n| --- | --- | --- | --- | --- | --- |";
  const rows = Object.entries(table).map(([code, { status, type, retry, message, help }]) =>
    ["", `\`${code}\``, status, `\`${type}\``, retry ? "yes" : "no", cell(message), cell(help), ""].join(" | ").trim(),
  );
  return `${INTRODUCTION}\n${header}\n${rows.join("\n")}\n`;
}

/** A pipe would end the cell; an angle bracket would read as HTML outside of code. */
function cell(text: string): string {
  return text
    .split("`")
    .map((part, index) => (index % 2 === 1 ? part : part.replaceAll("<", "&lt;")))
    .join("`")
    .replaceAll("|", String.raw`\|`);
}

function main(check: boolean): number {
  const text = errorsDocument(ERRORS);
  if (!check) {
    writeFileSync(FILE, text);
    return 0;
  }
  if (currentText() === text) return 0;
  console.error("docs/errors.md is not what src/kernel/error-table.ts gives: run node dev/docs/errors.ts");
  return 1;
}

function currentText(): string | null {
  try {
    return readFileSync(FILE, "utf8");
  } catch {
    return null;
  }
}

if (import.meta.main) process.exitCode = main(process.argv.includes("--check"));
