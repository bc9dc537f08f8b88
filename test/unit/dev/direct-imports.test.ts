import { expect, it } from "vitest";
import { bundleGateway } from "../../../dev/build/bundle-gateway.ts";
import { directText } from "../../../dev/build/direct-imports.ts";

const ORIGINS = new Map([
  ["a", { file: "/src/m/a.ts", name: "a" }],
  ["encodeB", { file: "/src/m/b.ts", name: "encode" }],
]);
const direct = (text: string): string => directText(text, () => ORIGINS);

it("an import from a module's index becomes imports from the files, under the names that the importer uses", () => {
  expect(direct('import { a, encodeB, encodeB as c } from "#m";')).toBe(
    'import { a as a } from "/src/m/a.ts"; import { encode as encodeB } from "/src/m/b.ts"; import { encode as c } from "/src/m/b.ts";',
  );
});

it("types leave no import behind, and lines keep their numbers", () => {
  expect(direct('import {\n  a,\n  type B,\n} from "#m";\nrest();')).toBe(
    'import { a as a } from "/src/m/a.ts";\n\n\n\nrest();',
  );
});

it("what the index does not name, and what is no import of a module, stays as it is", () => {
  expect(direct('import { other } from "#m";')).toBe('import { other as other } from "#m";');
  for (const text of ['import type { a } from "#m";', 'import * as m from "#m";', 'import { a } from "./a.ts";']) {
    expect(direct(text)).toBe(text);
  }
});

it("an isolate starts without the formats and providers that few calls need, and every one is in some module", async () => {
  const { files, outputs, start } = await bundleGateway({ minify: true, splitting: true, sourcemap: false });
  const inputsOf = (names: Iterable<string>) => [...names].flatMap((name) => Object.keys(outputs[name]?.inputs ?? {}));
  const later = ["anthropic-messages/codec", "gemini/codec", "openai-responses/codec", "bedrock-converse/codec"];
  const needed = inputsOf(files.keys());
  const first = inputsOf(start);
  for (const file of later.map((name) => `src/wire/${name}.ts`)) {
    expect(needed).toContain(file);
    expect(first).not.toContain(file);
  }
  expect(first).toContain("src/wire/openai-chat/codec.ts");
});
