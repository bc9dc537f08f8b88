/** The least a proxy in workerd can do: bytes in, bytes out, in native pipes. It keeps nothing. */
// oxlint-disable-next-line import/no-default-export -- workerd calls a module's default export
export default {
  fetch(request: Request, env: { readonly UPSTREAM: string }): Promise<Response> {
    return fetch(`${env.UPSTREAM}${new URL(request.url).pathname}`, request);
  },
};
