import { readFileSync, writeFileSync } from "node:fs";
import { resolve } from "node:path";
import { preparedModule } from "./prepare-texts.ts";

/**
 * Renders every mail in every language, so that the Worker carries neither React nor what it would have to render.
 * `--check` writes nothing and fails when the file is not current.
 */
const FILE = resolve(import.meta.dirname, "../../src/notify/generated/templates.ts");

const text = await preparedModule();
if (!process.argv.includes("--check")) writeFileSync(FILE, text);
else if (currentText() !== text) {
  console.error("src/notify/generated/templates.ts is not what dev/mail/catalogues give: run npm run mail");
  process.exitCode = 1;
}

function currentText(): string | null {
  try {
    return readFileSync(FILE, "utf8");
  } catch {
    return null;
  }
}
