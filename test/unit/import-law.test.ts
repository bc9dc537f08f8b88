import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const run = promisify(execFile);
let tree: string;

/** A tiny copy of the house with the real lint configuration, with the packages linked in. */
beforeAll(async () => {
  tree = await mkdtemp(join(tmpdir(), "planted-"));
  for (const file of ["oxlint.config.ts", "tsconfig.base.json"]) await cp(join(root, file), join(tree, file));
  await symlink(join(root, "node_modules"), join(tree, "node_modules"));
  await writeFile(
    join(tree, "package.json"),
    JSON.stringify({ type: "module", imports: { "#*": "./src/*/index.ts" } }),
  );
  await writeFile(
    join(tree, "tsconfig.json"),
    JSON.stringify({ extends: "./tsconfig.base.json", include: ["src", "cli"] }),
  );
  await plant("src/kernel/index.ts", "export const kernel = 1;\n");
  await plant("src/keys/index.ts", 'import { kernel } from "#kernel";\nexport const keys = kernel;\n');
  await plant("cli/main.ts", "export const cli = 1;\n");
});

afterAll(async () => {
  await rm(tree, { recursive: true, force: true });
});

async function plant(file: string, text: string): Promise<void> {
  await mkdir(dirname(join(tree, file)), { recursive: true });
  await writeFile(join(tree, file), text);
}

async function lint(): Promise<string> {
  try {
    const { stdout } = await run(join(root, "node_modules/.bin/oxlint"), ["src", "cli"], {
      cwd: tree,
    });
    return stdout;
  } catch (failure) {
    return String(Reflect.get(Object(failure), "stdout"));
  }
}

describe("the import law", () => {
  it("accepts a tree whose arrows point one way", async () => {
    expect(await lint()).toContain("0 warnings and 0 errors");
  });

  it.each([
    [
      "an upward import",
      "src/kernel/planted.ts",
      'import { keys } from "#keys";\nexport const planted = keys;\n',
      "arrows point one way",
    ],
    [
      "a deep import",
      "src/keys/planted.ts",
      'import { kernel } from "#kernel/index.ts";\nexport const planted = kernel;\n',
      "through its index only",
    ],
    [
      "a relative way out of the module",
      "src/keys/planted.ts",
      'import { kernel } from "../../src/kernel/index.ts";\nexport const planted = kernel;\n',
      "Leave the module only by",
    ],
    [
      "a sibling module by a relative path",
      "src/keys/planted.ts",
      'import { kernel } from "../kernel/index.ts";\nexport const planted = kernel;\n',
      "Leave the module only by",
    ],
    [
      "a framework",
      "src/keys/planted.ts",
      'import { Hono } from "hono";\nexport const planted = new Hono();\n',
      "knows no framework",
    ],
    [
      "the platform",
      "src/keys/planted.ts",
      'import { env } from "cloudflare:workers";\nexport const planted = env;\n',
      "knows no framework",
    ],
    [
      "drizzle outside the store",
      "src/keys/planted.ts",
      'import { sql } from "drizzle-orm";\nexport const planted = sql;\n',
      "knows no framework",
    ],
    ["the wall clock", "src/keys/planted.ts", "export const planted = Date.now();\n", "Pass a Clock in"],
    ["the process", "src/keys/planted.ts", "export const planted = process.env;\n", "process"],
    [
      "the module's own index",
      "src/keys/planted.ts",
      'import { keys } from "#keys";\nexport const planted = keys;\n',
      "import siblings by",
    ],
    [
      "a domain module in the CLI",
      "cli/planted.ts",
      'import { kernel } from "#kernel";\nexport const planted = kernel;\n',
      "by the generated client alone",
    ],
    [
      "a Worker's file in the CLI",
      "cli/planted.ts",
      'import { planted } from "../workers/planted.ts";\nexport { planted };\n',
      "by the generated client alone",
    ],
  ])("refuses %s", async (_, file, text, message) => {
    await plant(file, text);
    try {
      expect(await lint()).toContain(message);
    } finally {
      await rm(join(tree, file));
    }
  });

  it("refuses a circle", async () => {
    await plant(
      "src/keys/left.ts",
      'import { right } from "./right.ts";\nexport const left = (): number => right();\n',
    );
    await plant("src/keys/right.ts", 'import { left } from "./left.ts";\nexport const right = (): number => left();\n');
    try {
      expect(await lint()).toContain("no-cycle");
    } finally {
      await rm(join(tree, "src/keys/left.ts"));
      await rm(join(tree, "src/keys/right.ts"));
    }
  });
});
