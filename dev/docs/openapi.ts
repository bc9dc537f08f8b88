import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build } from "esbuild";
import { z } from "zod";

/** Writes docs/openapi.json from the control API's operations. `--check` writes nothing and fails when it is not current. */
const ROOT = resolve(import.meta.dirname, "../..");
const FILE = resolve(ROOT, "docs/openapi.json");
const ENTRY = resolve(ROOT, "workers/console/api/document.ts");

const exported = z.object({
  openApiDocument: z.custom<() => object>((value) => typeof value === "function"),
});

/** The operations are a Worker's code: they are bundled as it is, and run here for what they say of themselves. */
async function documentText(): Promise<string> {
  const directory = mkdtempSync(join(tmpdir(), "prismatic-openapi-"));
  const outfile = join(directory, "document.mjs");
  try {
    await build({
      entryPoints: [ENTRY],
      bundle: true,
      outfile,
      format: "esm",
      target: "es2024",
      platform: "node",
      // Some packages are CommonJS inside and ask for Node's modules by `require`.
      banner: { js: 'import { createRequire } from "node:module"; const require = createRequire(import.meta.url);' },
      external: ["cloudflare:*"],
      logLevel: "error",
    });
    const loaded: unknown = await import(pathToFileURL(outfile).href);
    const { openApiDocument } = exported.parse(loaded);
    return `${JSON.stringify(openApiDocument(), null, 2)}\n`;
  } finally {
    rmSync(directory, { recursive: true, force: true });
  }
}

async function main(check: boolean): Promise<number> {
  const text = await documentText();
  if (!check) {
    writeFileSync(FILE, text);
    return 0;
  }
  // How it is laid out is the formatter's.
  if (JSON.stringify(JSON.parse(readFileSync(FILE, "utf8"))) === JSON.stringify(JSON.parse(text))) return 0;
  console.error("docs/openapi.json is not what the operations say: run npm run openapi");
  return 1;
}

process.exitCode = await main(process.argv.includes("--check"));
