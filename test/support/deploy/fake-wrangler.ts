import { text } from "node:stream/consumers";
import { answerWrangler, readCloud, writeCloud } from "./fake-cloud.ts";

/** Wrangler as a program: `node fake-wrangler.ts <account file> <arguments>`. */
const [path = "", ...argv] = process.argv.slice(2);
const env = Object.fromEntries(Object.entries(process.env).map(([name, value]) => [name, value ?? ""]));
const cloud = readCloud(path);
const { exitCode, stdout, stderr } = answerWrangler(cloud, argv, env, await text(process.stdin));
writeCloud(path, cloud);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
