/** Cookies of a request by name. */
export function readCookies(header: string | undefined): ReadonlyMap<string, string> {
  const cookies = new Map<string, string>();
  for (const part of (header ?? '').split(';')) {
    const at = part.indexOf('=');
    if (at > 0) cookies.set(part.slice(0, at).trim(), part.slice(at + 1).trim());
  }
  return cookies;
}

/** A `Set-Cookie` line of ours. The `__Host-` prefix holds it to this host, HTTPS and the root path. */
export function hostCookie(name: `__Host-${string}`, value: string, seconds?: number): string {
  const age = seconds === undefined ? '' : `; Max-Age=${seconds}`;
  return `${name}=${value}; Path=/; Secure; HttpOnly; SameSite=Lax${age}`;
}

/** Kratos' own cookies: nothing else of what a browser has for the domain is Kratos' business. */
const ofKratos = /^(ory_kratos|csrf_token)/;

/** The `Cookie` header for Kratos; undefined when there is none to send. */
export function kratosCookies(cookies: ReadonlyMap<string, string>): string | undefined {
  const kept = [...cookies]
    .filter(([name]) => ofKratos.test(name))
    .map(([name, value]) => `${name}=${value}`);
  return kept.length === 0 ? undefined : kept.join('; ');
}
