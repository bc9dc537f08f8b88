import { mkdir, readdir, readFile, stat, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { CODEX_MODEL } from "../../../cli/setup/codex.ts";
import { findModel } from "#catalog";
import { cliMachine, type CliMachine } from "../../support/cli-io.ts";

let machine: CliMachine;
beforeEach(async () => {
  machine = await cliMachine({ PRISMATIC_API_KEY: "prism_live_secret" });
});
afterEach(() => machine.remove());

async function put(path: string, text: string, mode = 0o644): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFile(path, text, { mode });
}

describe("codex", () => {
  const path = () => join(machine.home, ".codex/prismatic.config.toml");

  test("gets a profile of its own, in which no key stands", async () => {
    const printed = await machine.run(["setup", "codex"]);
    expect(printed.stdout).toBe(`# OpenAI Codex through Prismatic API: codex --profile prismatic
model = "${CODEX_MODEL}"
model_provider = "prismatic"

[model_providers.prismatic]
name = "Prismatic API"
base_url = "https://api.prismaticapi.com/v1"
env_key = "PRISMATIC_API_KEY"
wire_api = "responses"
`);
    await expect(stat(path())).rejects.toThrow("ENOENT");
    expect((await machine.run(["setup", "codex", "--write"])).exitCode).toBe(0);
    expect(await readFile(path(), "utf8")).toBe(printed.stdout);
  });

  test("is asked for a model that the catalogue has", () => {
    expect(findModel(CODEX_MODEL)?.operations).toContain("chat.completions");
  });

  test("that is there already is changed only with --yes, and kept", async () => {
    await put(path(), "mine\n");
    const refused = await machine.run(["setup", "codex", "--write"]);
    expect([refused.exitCode, await readFile(path(), "utf8")]).toEqual([4, "mine\n"]);
    const { exitCode, stdout } = await machine.run(["setup", "codex", "--write", "--yes", "--json"]);
    expect(exitCode).toBe(0);
    const backup = `${path()}.backup-2026-11-30T00-00-00-000Z`;
    expect(JSON.parse(stdout)).toEqual({ path: path(), written: true, backup });
    expect(await readFile(backup, "utf8")).toBe("mine\n");
    expect((await machine.run(["setup", "codex", "--write"])).stdout).toContain("as it should be already");
    expect(await readdir(dirname(path()))).toHaveLength(2);
  });

  test.each(['a"\nmodel_provider = "evil', "", "a b"])("takes no model that is no name: %j", async (model) => {
    expect((await machine.run(["setup", "codex", "--model", model])).exitCode).toBe(2);
  });

  test("lies below CODEX_HOME where that is set", async () => {
    const home = join(machine.home, "elsewhere");
    await machine.run(["setup", "codex", "--write", "--model", "openai/gpt-5"], { env: { CODEX_HOME: home } });
    expect(await readFile(join(home, "prismatic.config.toml"), "utf8")).toContain('model = "openai/gpt-5"\n');
  });
});

describe("claude-code", () => {
  const path = () => join(machine.home, ".claude/settings.json");
  const OURS = {
    apiKeyHelper: "printenv PRISMATIC_API_KEY",
    env: { ANTHROPIC_BASE_URL: "https://api.prismaticapi.com" },
  };

  test("gets the gateway's address without /v1, and a command that prints the key instead of the key", async () => {
    const { stdout } = await machine.run(["setup", "claude-code"]);
    expect(JSON.parse(stdout)).toEqual(OURS);
  });

  test("keeps every other setting, who may read the file, and a link to it", async () => {
    const real = join(machine.home, "dotfiles/claude.json");
    await put(real, JSON.stringify({ permissions: { allow: ["Bash"] }, env: { DEBUG: "1" } }), 0o640);
    await mkdir(dirname(path()), { recursive: true });
    await symlink(real, path());
    const { exitCode } = await machine.run(["setup", "claude-code", "--write", "--yes", "--model", "claude-sonnet-5"]);
    expect(exitCode).toBe(0);
    expect(JSON.parse(await readFile(real, "utf8"))).toEqual({
      permissions: { allow: ["Bash"] },
      model: "claude-sonnet-5",
      ...OURS,
      env: { DEBUG: "1", ...OURS.env },
    });
    expect((await stat(real)).mode & 0o777).toBe(0o640);
  });

  test.each([
    ["is no JSON", "{", 1],
    ["is no object", "[]", 1],
    ["sets a key that would be sent instead", '{"env":{"ANTHROPIC_AUTH_TOKEN":"x"}}', 4],
  ])("leaves a file alone that %s", async (_, text, exitCode) => {
    await put(path(), text);
    expect((await machine.run(["setup", "claude-code", "--write", "--yes"])).exitCode).toBe(exitCode);
    expect(await readFile(path(), "utf8")).toBe(text);
  });
});
