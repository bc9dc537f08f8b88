import { existsSync, mkdirSync, mkdtempSync, rmSync, statfsSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** `f_type` of Linux's tmpfs, from statfs(2). */
const TMPFS_MAGIC = 0x01_02_19_94;
const SHARED_MEMORY = "/dev/shm";

/** The run's own directories. All are removed when the process ends, however it ends. */
export interface Workspace {
  readonly buildPath: string;
  /** In memory where the machine has a tmpfs. */
  readonly memoryPath: string;
  /** On a disk: inside the repository's ignored node_modules, because a temp directory is often a tmpfs. */
  readonly diskPath: string;
  readonly memoryIsTmpfs: boolean;
  readonly diskIsTmpfs: boolean;
}

export function makeWorkspace(repositoryPath: string): Workspace {
  const cache = join(repositoryPath, "node_modules", ".cache");
  mkdirSync(cache, { recursive: true });
  const buildPath = makeTemporary(tmpdir());
  const memoryPath = makeTemporary(existsSync(SHARED_MEMORY) ? SHARED_MEMORY : tmpdir());
  const diskPath = makeTemporary(cache);
  return { buildPath, memoryPath, diskPath, memoryIsTmpfs: isTmpfs(memoryPath), diskIsTmpfs: isTmpfs(diskPath) };
}

function makeTemporary(parent: string): string {
  const path = mkdtempSync(join(parent, "prismatic-bench-"));
  process.on("exit", () => rmSync(path, { recursive: true, force: true }));
  return path;
}

function isTmpfs(path: string): boolean {
  return statfsSync(path).type === TMPFS_MAGIC;
}
