export { createSandboxFetch, type SandboxFetch, type SandboxOptions } from "./sandbox-fetch.ts";
