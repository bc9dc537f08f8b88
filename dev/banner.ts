import type { Stack } from "./stack/stack.ts";

/** A model that every fresh catalogue prices and the simulator answers. */
export const DEMO_MODEL = "openai/gpt-4o-mini";

/** What a developer sees once everything answers: where things are, the demo keys, and a call to paste. */
export function banner(stack: Stack): string {
  const { state } = stack;
  return `
Prismatic API, development stack

  gateway     ${state.gateway}
  console     ${state.console}
  providers   ${state.sim} (simulated where no key is set)
  mailbox     ${state.mailbox} (what would be e-mail)
  Neon        ${state.neon}/sql
  Postgres    ${state.database_url}

  live key    ${state.demo.api_key}
  test key    ${state.demo.test_key}
  admin       ${state.demo.admin_email}  ${state.demo.admin_password}
  operator    ${state.demo.operator_email}  ${state.demo.operator_password}  TOTP ${state.demo.operator_totp_secret}

  curl -N ${state.gateway}/v1/chat/completions \\
    -H "Authorization: Bearer ${state.demo.api_key}" \\
    -H "Content-Type: application/json" \\
    -d '{"model":"${DEMO_MODEL}","stream":true,"messages":[{"role":"user","content":"Say hello. [[sim: delay=40]]"}]}'
`;
}
