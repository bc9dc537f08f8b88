export { inspectText, type Inspection } from "./inspect-text.ts";
