export { candidates } from "./candidates.ts";
export {
  BACKOFF_BASE_MS,
  BACKOFF_MAX_MS,
  MAX_ATTEMPTS,
  MAX_HONOURED_WAIT_MS,
  MIN_ATTEMPT_MS,
  shouldRetry,
  type RetryDecision,
  type RetryInput,
} from "./retry.ts";
