/** Finds an organization's Account object by what its keys carry. Under workerd jurisdictions do not exist, so only production uses them. */
export function accountStub<T extends Rpc.DurableObjectBranded>(
  env: { readonly ACCOUNT: DurableObjectNamespace<T>; readonly ENVIRONMENT: string },
  owner: { readonly region: string; readonly locator: string },
): DurableObjectStub<T> {
  const underEuLaw = owner.region === "e" && env.ENVIRONMENT === "production";
  const namespace = underEuLaw ? env.ACCOUNT.jurisdiction("eu") : env.ACCOUNT;
  return namespace.get(namespace.idFromName(`${owner.region}:${owner.locator}`));
}
