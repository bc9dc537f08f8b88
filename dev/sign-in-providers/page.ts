/** Asks who signs in: in development by hand, in tests by its form. */
export function decisionPage(path: string, query: URLSearchParams): string {
  const name = path.startsWith("/login") ? "GitHub" : "Google";
  const action = `/decide?${query.toString()}`.replaceAll("&", "&amp;").replaceAll('"', "&quot;");
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Simulated ${name}</title>
<h1>Simulated ${name}</h1>
<form method="post" action="${action}">
  <p><label>Account number <input name="account" value="1001" required pattern="[0-9]{1,15}"></label></p>
  <p><label>Name <input name="name" value="Ada Lovelace" required></label></p>
  <p><label>Address <input name="email" type="email" value="ada@example.com" required></label></p>
  <p><label>Confirmed <select name="verified"><option>true</option><option>false</option></select></label></p>
  <p><button>Sign in</button></p>
</form>
</html>
`;
}
