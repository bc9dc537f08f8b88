/** In the order in which they run. The first three touch only this machine. */
export const STEP_NAMES = [
  "preflight",
  "build",
  "config",
  "secrets",
  "migrate",
  "logins",
  "gateway",
  "console",
  "verify",
] as const;

export type StepName = (typeof STEP_NAMES)[number];

export const isStepName = (text: string): text is StepName => STEP_NAMES.some((name) => name === text);
