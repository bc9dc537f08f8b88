import { defineConfig, type OxlintOverride } from "oxlint";

/**
 * The import law (docs/architecture.md): what each module under src/ may import. Arrows point one way, and only through
 * a module's index. `test/unit/import-law.test.ts` plants violations and sees this configuration refuse them.
 */
const MODULE_IMPORTS: Record<string, readonly string[]> = {
  kernel: [],
  catalog: ["kernel"],
  keys: ["kernel"],
  admission: ["kernel", "keys"],
  wire: ["kernel"],
  providers: ["kernel", "catalog", "wire"],
  routing: ["kernel", "catalog"],
  metering: ["kernel", "catalog"],
  ledger: ["kernel"],
  billing: ["kernel", "ledger"],
  identity: ["kernel"],
  support: ["kernel"],
  privacy: ["kernel"],
  abuse: ["kernel"],
  audit: ["kernel"],
  usage: ["admission"],
  notify: ["kernel"],
  "edge-sql": ["kernel", "ledger"],
  store: [
    "kernel",
    "catalog",
    "keys",
    "admission",
    "metering",
    "ledger",
    "billing",
    "identity",
    "support",
    "privacy",
    "abuse",
    "audit",
    "notify",
  ],
};

const MODULES = Object.keys(MODULE_IMPORTS);

/** Packages that only adapters may know; `store` alone speaks drizzle. */
const FRAMEWORKS = [
  "hono",
  "hono/*",
  "cloudflare:*",
  "node:*",
  "miniflare",
  "wrangler",
  "stripe",
  "@upstash/*",
  "@neondatabase/*",
  "better-auth",
  "better-auth/*",
];
const DRIZZLE = ["drizzle-orm", "drizzle-orm/*"];

const lawFor = (module: string, allowed: readonly string[]): OxlintOverride => ({
  files: [`src/${module}/**/*.ts`],
  rules: {
    "no-restricted-imports": [
      "error",
      {
        patterns: [
          {
            group: MODULES.filter((name) => name !== module && !allowed.includes(name)).map((name) => `#${name}`),
            message: `src/${module} may import only ${allowed.map((name) => `#${name}`).join(", ") || "nothing"}: arrows point one way.`,
          },
          { group: [`#${module}`], message: "Inside a module import siblings by './'." },
          { group: ["#*/*", "#*/**"], message: "Import a module through its index only." },
          {
            group: [
              ...MODULES.filter((name) => name !== module).map((name) => `../${name}/**`),
              "../../*",
              "../../**",
              "**/src/*",
              "**/workers/**",
              "**/dev/**",
              "**/test/**",
            ],
            message: "Leave the module only by '#module'.",
          },
          {
            group: [...FRAMEWORKS, ...(module === "store" ? [] : DRIZZLE)],
            message: "src/ knows no framework, driver or platform: wire it in workers/*/compose.ts.",
          },
        ].filter((pattern) => pattern.group.length > 0),
      },
    ],
    "no-restricted-globals": [
      "error",
      { name: "process", message: "Pass configuration in." },
      { name: "Request", message: "src/ is not HTTP: adapters are in workers/." },
    ],
    "no-restricted-properties": [
      "error",
      { object: "Date", property: "now", message: "Pass a Clock in." },
      { object: "Math", property: "random", message: "Pass RandomBytes in." },
    ],
  },
});

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc", "promise"],
  categories: { correctness: "error", suspicious: "error", perf: "error" },
  options: { typeAware: true },
  ignorePatterns: ["**/env.d.ts", "**/generated/**", "cli/client/generated.ts", "migrations/**", "dist/**", ".dev/**"],
  rules: {
    "import/no-cycle": "error",
    "no-console": "error",
    eqeqeq: "error",
    "max-lines": ["error", { max: 300, skipBlankLines: true, skipComments: true }],
    "max-lines-per-function": ["error", { max: 70, skipBlankLines: true, skipComments: true }],
    "typescript/no-explicit-any": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "import/no-default-export": "error",
    // A bounded loop that awaits is how retries, batches and streams are written here.
    "no-await-in-loop": "off",
    // Side-effect imports do not occur in src; test set-up files are the exception.
    "import/no-unassigned-import": "off",
    "unicorn/no-array-sort": "off",
    "unicorn/no-array-reverse": "off",
    "unicorn/consistent-function-scoping": "off",
    // fast-check and zod are used by their documented namespace objects.
    "import/no-named-as-default-member": "off",
    "no-underscore-dangle": "off",
    "no-shadow": "off",
  },
  overrides: [
    ...MODULES.map((module) => lawFor(module, MODULE_IMPORTS[module] ?? [])),
    {
      // The CLI knows the services by what they publish, as everybody else's programs do.
      files: ["cli/**/*.ts"],
      rules: {
        "no-restricted-imports": [
          "error",
          {
            patterns: [
              {
                group: ["#*", "**/src/**", "**/workers/**", "**/dev/**", "**/test/**"],
                message: "The CLI speaks to the services by the generated client alone.",
              },
            ],
          },
        ],
      },
    },
    { files: ["*.config.ts", "workers/*/index.ts", "test/workers/**"], rules: { "import/no-default-export": "off" } },
    { files: ["dev/**", "test/bench/**", "test/mutants/**", "test/sim/**"], rules: { "no-console": "off" } },
    { files: ["test/**"], rules: { "max-lines-per-function": "off", "max-lines": "off" } },
  ],
});
