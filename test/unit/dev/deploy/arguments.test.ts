import { describe, expect, test } from "vitest";
import { readArguments } from "../../../../dev/deploy/arguments.ts";
import { DeployError } from "../../../../dev/deploy/deploy-error.ts";
import { ownerUrlFault } from "../../../../dev/deploy/owner-url.ts";

const VERSION = "0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f";

function refusal(...args: readonly string[]): string {
  try {
    readArguments(args);
  } catch (error) {
    if (error instanceof DeployError && error.exitCode === 2) return error.message.split("\n")[0] ?? "";
    throw error;
  }
  return "taken";
}

describe("the command line of a deploy", () => {
  test("wants an environment, but for a dry run", () => {
    expect(readArguments(["--dry-run"])?.environment).toBe("staging");
    expect(readArguments(["--env", "production", "--dry-run"])).toMatchObject({
      environment: "production",
      dryRun: true,
    });
    expect(refusal()).toBe("--env wants staging or production");
    expect(refusal("--env", "prod")).toBe("--env wants staging or production");
  });

  test("takes what it knows", () => {
    const args = ["--env", "staging", "--rotate", "KEY_PEPPERS", "--rotate", "MAIL_KEY", "--only", "secrets", "--yes"];
    expect(readArguments(args)).toMatchObject({ only: "secrets", rotate: ["KEY_PEPPERS", "MAIL_KEY"], yes: true });
    expect(readArguments(["--env", "staging", "--rollback"])).toMatchObject({ rollback: "" });
    expect(readArguments(["--env", "staging", "--rollback", VERSION])).toMatchObject({ rollback: VERSION });
    expect(readArguments(["--help"])).toBeNull();
  });

  test("refuses everything else with code 2 and a reason", () => {
    expect(refusal("--env", "staging", "--fast")).toContain("--fast");
    expect(refusal("--env", "staging", "--only", "dance")).toBe("--only: there is no step dance");
    expect(refusal("--env", "staging", "--rollback", "yesterday")).toContain("one version's id");
    expect(refusal("--env", "staging", "--rollback", "--only", "verify")).toContain("exclude each other");
    expect(refusal("--env", "production", "--allow-dirty")).toBe("--allow-dirty is not for production");
  });

  test("does not repeat what may be a secret", () => {
    expect(refusal("--env", "staging", "sk-canary")).not.toContain("sk-canary");
  });
});

describe("the owner's address of the database", () => {
  test("is direct and encrypted", () => {
    expect(ownerUrlFault("postgresql://owner:x@ep-calm-1.neon.tech/db?sslmode=require")).toBeNull();
    expect(ownerUrlFault("postgresql://owner:x@127.0.0.1:5432/db")).toBeNull();
    expect(ownerUrlFault("postgresql://owner:x@ep-calm-1-pooler.neon.tech/db?sslmode=require")).toContain("pooler");
    expect(ownerUrlFault("postgresql://owner:x@ep-calm-1.neon.tech/db")).toContain("sslmode");
    expect(ownerUrlFault("postgresql://owner:x@ep-calm-1.neon.tech/db?sslmode=prefer")).toContain("sslmode");
    expect(ownerUrlFault("https://ep-calm-1.neon.tech")).toContain("postgres://");
    expect(ownerUrlFault("canary")).not.toContain("canary");
  });
});
