import { execFile } from "node:child_process";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { describe, expect, test } from "vitest";
import { createDataMap, dataMapHash, LOG_FIELDS, logLine, type FieldRule } from "#privacy";
import { dataMap, mapTable } from "#store";

const sample = pgTable("sample", { id: text("id"), shoeSize: integer("shoe_size") });
const rule: FieldRule = {
  category: "account",
  origin: "provided",
  purposes: ["authentication"],
  basis: "contract",
  recipients: ["neon"],
  clause: "2a",
  export: true,
  erase: "delete",
};
const about = { subjects: ["member"], ownedVia: "nobody", retention: "account" } as const;

describe("mapTable", () => {
  test("takes every column by its name in the database", () => {
    const mapped = mapTable(sample, { ...about, fields: { id: rule, shoe_size: rule } });
    expect(mapped).toMatchObject({ kind: "table", name: "sample" });
    expect(Object.keys(mapped.fields)).toEqual(["id", "shoe_size"]);
  });

  test.each([
    ["an omitted column", "{ id: rule }", "shoe_size"],
    ["an invented column", "{ id: rule, shoe_size: rule, hat_size: rule }", "hat_size"],
    [
      "a purpose that the policy does not know",
      '{ id: rule, shoe_size: { ...rule, purposes: ["curiosity"] } }',
      "curiosity",
    ],
    ["no purpose at all", "{ id: rule, shoe_size: { ...rule, purposes: [] } }", "target requires 1"],
  ])("S26: %s does not compile", async (_, fields, named) => {
    expect(await compile(fields)).toContain(named);
  });

  test("S26: a map with exactly the table's columns compiles", async () => {
    expect(await compile("{ id: rule, shoe_size: rule }")).toBe("");
  });
});

const root = join(import.meta.dirname, "..", "..", "..");

/** What the compiler says of a map with these fields; empty when it compiles. */
async function compile(fields: string): Promise<string> {
  const tree = await mkdtemp(join(tmpdir(), "data-map-"));
  try {
    for (const linked of ["node_modules", "src"]) await symlink(join(root, linked), join(tree, linked));
    const config = {
      extends: join(root, "tsconfig.base.json"),
      compilerOptions: { types: [] },
      include: ["planted.ts"],
    };
    await writeFile(join(tree, "tsconfig.json"), JSON.stringify(config));
    await writeFile(
      join(tree, "package.json"),
      JSON.stringify({ type: "module", imports: { "#*": "./src/*/index.ts" } }),
    );
    await writeFile(join(tree, "planted.ts"), plantedText(fields));
    const { stdout } = await run(join(root, "node_modules/.bin/tsc"), ["-p", tree]).catch((failure: unknown) => ({
      stdout: String(Reflect.get(Object(failure), "stdout")),
    }));
    return stdout
      .split("\n")
      .filter((line) => line.includes("planted.ts") || line.startsWith(" "))
      .join("\n");
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

const run = promisify(execFile);

const plantedText = (fields: string): string => `
import { integer, pgTable, text } from "drizzle-orm/pg-core";
import { mapTable } from "#store";
import type { FieldRule } from "#privacy";
const sample = pgTable("sample", { id: text("id"), shoeSize: integer("shoe_size") });
declare const rule: FieldRule;
export const mapped = mapTable(sample, { subjects: ["member"], ownedVia: "nobody", retention: "account", fields: ${fields} });
`;

describe("the data map", () => {
  test("is refused when it declares a name twice", () => {
    const mapped = mapTable(sample, { ...about, fields: { id: rule, shoe_size: rule } });
    expect(() => createDataMap([mapped, mapped], [])).toThrow("'table sample' twice");
  });

  test("its hash changes with any rule, and not with the order of lines", async () => {
    const hashOf = (fields: Record<"id" | "shoe_size", FieldRule>) =>
      dataMapHash(createDataMap([mapTable(sample, { ...about, fields })], []));
    const hash = await hashOf({ id: rule, shoe_size: rule });
    expect(await hashOf({ shoe_size: rule, id: rule })).toBe(hash);
    expect(await hashOf({ id: rule, shoe_size: { ...rule, export: false } })).not.toBe(hash);
    expect(await dataMapHash(dataMap)).toMatch(/^[0-9a-f]{64}$/);
  });

  test("hashes of keys are exported nowhere", () => {
    const hashes = dataMap.holdings.flatMap(({ fields }) =>
      Object.entries(fields).filter(([name]) => name === "key_hash" || name === "hash"),
    );
    expect(hashes.length).toBeGreaterThan(3);
    expect(hashes.filter(([, field]) => field.export)).toEqual([]);
  });

  test("content leaves to model providers only", () => {
    const withContent = dataMap.egress.filter(({ categories }) => categories.includes("content"));
    expect(new Set(withContent.map(({ recipient }) => recipient))).toEqual(new Set(["model_provider"]));
  });
});

describe("logLine", () => {
  test("S27: only mapped fields pass, whatever the object holds", () => {
    const smuggled = { message: "request", status: 200, prompt: "my secret", headers: { authorization: "x" } };
    expect(JSON.parse(logLine(smuggled))).toEqual({ message: "request", status: 200 });
    expect(LOG_FIELDS.has("prompt")).toBe(false);
  });

  test("S27: a field that is not mapped does not compile", () => {
    // @ts-expect-error -- the map has no such log field
    expect(logLine({ message: "request", prompt: "my secret" })).toBe('{"message":"request"}');
  });

  test("S1: attempts and units are rebuilt from what they may hold, and texts are cut", () => {
    const attempt = { endpoint: "e", provider: "p", status: 500, code: null, duration_ms: 1, body: "upstream text" };
    const units: Record<string, number> = { input: 3 };
    Reflect.set(units, "note", "text");
    const line = { message: "m".repeat(1_000), attempts: [attempt], units };
    expect(JSON.parse(logLine(line))).toEqual({
      message: "m".repeat(256),
      attempts: [{ endpoint: "e", provider: "p", status: 500, code: null, duration_ms: 1 }],
      units: { input: 3 },
    });
  });
});
