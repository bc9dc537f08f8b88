/**
 * `node dev/build/gateway.ts`: writes the gateway Worker as it is deployed into dist/gateway: its modules, and a wrangler
 * file of what wrangler.toml says with them in the place of the source. `wrangler deploy` finds it by .wrangler/deploy.
 */
import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { bundleGateway } from "./bundle-gateway.ts";
import { deployConfig } from "./deploy-config.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const OUTPUT = join(ROOT, "dist", "gateway");
const CONFIG = join(OUTPUT, "wrangler.json");
/** Where wrangler looks for the configuration that a build tool has made ("generated Wrangler configuration"). */
const REDIRECT = join(ROOT, ".wrangler", "deploy", "config.json");

const { files, start } = await bundleGateway({ minify: true, splitting: true, sourcemap: false });
rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT, { recursive: true });
for (const [name, { contents }] of files) writeFileSync(join(OUTPUT, name), contents);
writeFileSync(CONFIG, JSON.stringify(await deployConfig(join(ROOT, "wrangler.toml")), null, 2));
mkdirSync(dirname(REDIRECT), { recursive: true });
writeFileSync(REDIRECT, JSON.stringify({ configPath: relative(dirname(REDIRECT), CONFIG) }));
console.log(`gateway: ${files.size} modules, of which an isolate starts with ${start.size}`);
