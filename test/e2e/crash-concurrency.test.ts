import { registerConcurrencySuite } from "../support/suites/concurrency-suite.ts";

registerConcurrencySuite(() => Promise.resolve({ url: null, setReachable: null, remove: () => Promise.resolve() }));
