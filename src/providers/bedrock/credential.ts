/** What AWS's signature needs. */
export interface AwsCredential {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken: string | null;
}

/** `accessKeyId:secretAccessKey` or `accessKeyId:secretAccessKey:sessionToken`, one text so that keys of every provider are kept alike. Null for anything else. */
export function readCredential(text: string): AwsCredential | null {
  const [accessKeyId = "", secretAccessKey = "", sessionToken = null, ...rest] = text.split(":");
  if (accessKeyId === "" || secretAccessKey === "" || rest.length > 0) return null;
  return { accessKeyId, secretAccessKey, sessionToken };
}

const DEFAULT_REGION = "us-east-1";

/** The region of `bedrock-runtime.<region>.amazonaws.com`; for any other host (a proxy, the simulator) the first one. */
export function regionOf(baseUrl: string): string {
  return /^https:\/\/bedrock-runtime(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(baseUrl)?.[1] ?? DEFAULT_REGION;
}
