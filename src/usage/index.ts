export { BUCKETS, BUCKETS_MAX, bucketStarts, type Bucket, type InstantRange } from "./bucket-starts.ts";
export { csvLine, type CsvCell } from "./csv-line.ts";
export { dateStartMs, dayStartMs } from "./local-days.ts";
