export type { AttemptLimiter, AttemptVerdict } from "./doors/attempt-limiter.ts";
export {
  DOORS,
  type AwayMode,
  type Door,
  type DoorLimit,
  type DoorPolicy,
  type DoorSubjects,
} from "./doors/door-policy.ts";
export { AWAY_MS, createDoorkeeper, type Doorkeeper, type DoorRate, type DoorVerdict } from "./doors/doorkeeper.ts";
export { ipPrefixes } from "./doors/ip-prefixes.ts";
export { LocalLimiter } from "./doors/local-limiter.ts";
export { subjectNames, type NameSubject } from "./doors/subject-names.ts";
export { inspectText, type Inspection } from "./inspect-text.ts";
