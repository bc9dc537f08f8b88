import type { Plugin } from "esbuild";
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";

const ROOT = join(import.meta.dirname, "..", "..");
const SOURCES = /\/(?:src|workers)\/.*\.ts$/;
/** As oxfmt writes it, which CI enforces: other spellings only stay as they are. */
const MODULE_IMPORT = /^import \{([^{}]*)\} from "#([a-z-]+)";$/gm;
const MODULE_EXPORT = /^export \{([^{}]*)\} from "(\.\/[^"]+)";$/gm;

interface Origin {
  readonly file: string;
  /** What the file itself calls it. */
  readonly name: string;
}

/**
 * `import { x } from "#module"` as an import of the very file that x comes from. esbuild places whole files into chunks by
 * who reaches them, and whoever imports a module's index reaches all of it: nothing of a module could be loaded later.
 * Indexes only re-export, so that the meaning is the same. Lines keep their numbers.
 */
export function directImports(): Plugin {
  const modules = new Map<string, ReadonlyMap<string, Origin>>();
  const originsOf = (module: string): ReadonlyMap<string, Origin> => {
    const known = modules.get(module);
    if (known) return known;
    const origins = readOrigins(join(ROOT, "src", module, "index.ts"));
    modules.set(module, origins);
    return origins;
  };
  return {
    name: "direct-imports",
    setup(build) {
      build.onLoad({ filter: SOURCES }, async ({ path }) => {
        if (relative(ROOT, path).startsWith("..") || path.includes("node_modules")) return null;
        const text = await readFile(path, "utf8");
        return { loader: "ts", contents: directText(text, originsOf) };
      });
    },
  };
}

/** The imports of one file, taken apart. What an index does not re-export by name stays an import of the index. */
export function directText(text: string, originsOf: (module: string) => ReadonlyMap<string, Origin>): string {
  return text.replaceAll(MODULE_IMPORT, (whole, list: string, module: string) => {
    const origins = originsOf(module);
    const imports = namesIn(list).map(({ name, alias }) => {
      const origin = origins.get(name);
      const from = JSON.stringify(origin?.file ?? `#${module}`);
      return `import { ${origin?.name ?? name} as ${alias} } from ${from};`;
    });
    return imports.join(" ") + "\n".repeat(whole.split("\n").length - 1);
  });
}

function readOrigins(index: string): ReadonlyMap<string, Origin> {
  const origins = new Map<string, Origin>();
  for (const [, list = "", file = ""] of readFileSync(index, "utf8").matchAll(MODULE_EXPORT)) {
    for (const { name, alias } of namesIn(list)) origins.set(alias, { file: join(dirname(index), file), name });
  }
  return origins;
}

/** The values of `a, type B, c as d`; types leave no import behind. */
function namesIn(list: string): readonly { readonly name: string; readonly alias: string }[] {
  return list
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "" && !entry.startsWith("type "))
    .map((entry) => {
      const [name = "", alias = name] = entry.split(/\s+as\s+/);
      return { name, alias };
    });
}
