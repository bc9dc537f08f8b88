/**
 * `npm run lock`: completes package-lock.json after `npm install` against a registry that does not carry every
 * platform's binaries. npm leaves the ones it cannot see out of the lockfile, and then `npm ci` refuses the lockfile
 * on every machine. Each missing optional package is entered by its exact version with the platform its name tells.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

interface LockedPackage {
  readonly version?: string;
  readonly dev?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const file = join(import.meta.dirname, "..", "..", "package-lock.json");
const OS = ["android", "darwin", "freebsd", "linux", "openharmony", "win32", "windows", "win"];
const CPU = ["arm64", "arm", "x64", "ia32", "ppc64", "riscv64", "s390x", "64"];
const OS_NAMES: Readonly<Record<string, string>> = { windows: "win32", win: "win32" };

/** What a binary package's name says about where it runs; null for a name that says nothing. */
function platformOf(name: string): object | null {
  const words = name.replace(/^.*\//, "").split("-");
  const os = OS.find((word) => words.includes(word));
  const cpu = CPU.find((word) => words.includes(word));
  if (os === undefined || cpu === undefined) return null;
  const libc = words.includes("musl") ? ["musl"] : words.includes("gnu") ? ["glibc"] : null;
  return { cpu: [cpu === "64" ? "x64" : cpu], ...(libc ? { libc } : {}), os: [OS_NAMES[os] ?? os] };
}

const lock: { packages: Record<string, LockedPackage> } = JSON.parse(readFileSync(file, "utf8"));
const added: string[] = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const places = [`${path}/node_modules/${name}`, `node_modules/${name}`];
    if (places.some((place) => place in lock.packages)) continue;
    const platform = platformOf(name);
    if (!/^\d+\.\d+\.\d+/.test(version) || platform === null) throw new Error(`cannot enter ${name}@${version}`);
    lock.packages[`node_modules/${name}`] = { version, ...platform, dev: true, optional: true } as LockedPackage;
    added.push(`${name}@${version}`);
  }
}
const sorted = Object.entries(lock.packages).sort(([left], [right]) => (left < right ? -1 : 1));
lock.packages = Object.fromEntries(sorted);
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length === 0 ? "the lockfile is complete" : `entered ${added.length}: ${added.join(", ")}`);
