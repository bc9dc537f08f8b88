/** In the order in which they are deployed: the console binds the gateway's objects, which must be there first. */
export const WORKERS = ["gateway", "console"] as const;
export type Worker = (typeof WORKERS)[number];

export const ENVIRONMENT_NAMES = ["staging", "production"] as const;
export type EnvironmentName = (typeof ENVIRONMENT_NAMES)[number];

/** What differs between one deployment of the product and another; everything else is in the wrangler files. */
export interface DeployEnvironment {
  readonly name: EnvironmentName;
  readonly scripts: Readonly<Record<Worker, string>>;
  /** Custom domains: Cloudflare makes the DNS record and the certificate. */
  readonly hosts: Readonly<Record<Worker, string>>;
  readonly siteUrl: string;
  readonly mailFrom: string;
}

export const ENVIRONMENTS: Readonly<Record<EnvironmentName, DeployEnvironment>> = {
  staging: {
    name: "staging",
    scripts: { gateway: "prismatic-gateway-staging", console: "prismatic-console-staging" },
    hosts: { gateway: "api.staging.prismaticapi.com", console: "console.staging.prismaticapi.com" },
    siteUrl: "https://staging.prismaticapi.com",
    mailFrom: "Prismatic API (staging) <no-reply@staging.prismaticapi.com>",
  },
  production: {
    name: "production",
    scripts: { gateway: "prismatic-gateway", console: "prismatic-console" },
    hosts: { gateway: "api.prismaticapi.com", console: "console.prismaticapi.com" },
    siteUrl: "https://prismaticapi.com",
    mailFrom: "Prismatic API <no-reply@prismaticapi.com>",
  },
};
