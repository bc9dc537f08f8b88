import type { Command } from "./command.ts";
import { balance } from "./commands/balance.ts";
import { keysCreate } from "./commands/keys-create.ts";
import { keysList } from "./commands/keys-list.ts";
import { keysRevoke } from "./commands/keys-revoke.ts";
import { keysRotate } from "./commands/keys-rotate.ts";
import { login } from "./commands/login.ts";
import { logout } from "./commands/logout.ts";
import { models } from "./commands/models.ts";
import { usage } from "./commands/usage.ts";
import { whoami } from "./commands/whoami.ts";
import { setupClaudeCode } from "./setup/claude-code.ts";
import { setupCodex } from "./setup/codex.ts";

/** Everything that the program can do, in the order of its help. */
export const COMMANDS: readonly Command[] = [
  login,
  logout,
  whoami,
  keysList,
  keysCreate,
  keysRotate,
  keysRevoke,
  usage,
  balance,
  models,
  setupCodex,
  setupClaudeCode,
];
