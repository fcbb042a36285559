import { z } from 'zod';

/** A mistake in the environment; one line for each variable at fault. */
export class ConfigError extends Error {}

const loopback = new Set(['localhost', '127.0.0.1', '[::1]']);

/** An origin with an optional path, without a slash at the end. */
const url = z
  .url({ protocol: /^https?$/, error: 'must be an http or https URL' })
  .transform((text) => text.replace(/\/+$/, ''));

/** What browsers see: their cookies are `Secure`, which only the own machine is excused from. */
const publicUrl = url.refine((text) => text.startsWith('https:') || loopback.has(new URL(text).hostname), {
  error: 'must begin with https://, since browsers keep our cookies on secure pages only',
});

const colour = z.string().regex(/^#[0-9a-fA-F]{6}$/, { error: 'must be a colour like #7c3aed' });
const secret = z.string().min(16, { error: 'must have 16 characters or more' });
const port = z.coerce
  .number({ error: 'must be a port number' })
  .int()
  .min(0)
  .max(65535, { error: 'must be a port number' });

const variables = {
  PUBLIC_URL: publicUrl,
  KRATOS_PUBLIC_URL: url,
  KRATOS_BROWSER_URL: publicUrl,
  KRATOS_ADMIN_URL: url,
  HYDRA_ADMIN_URL: url,
  COOKIE_SECRET: secret,
  CSRF_COOKIE_SECRET: secret,
  BOX_DOMAIN: z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)*[a-z0-9-]+$/, {
    error: 'must be a domain like studio.example',
  }),
  BRAND_NAME: z.string().min(1).max(40, { error: 'must have 40 characters or less' }),
  BRAND_PRIMARY: colour.default('#7c3aed'),
  BRAND_ACCENT: colour.default('#f59e0b'),
  BRAND_LOGO_FILE: z.string().optional(),
  APPS_FILE: z.string().optional(),
  REGISTRATION: z.enum(['open', 'closed'], { error: "must be 'open' or 'closed'" }).default('closed'),
  PORT: port.default(3000),
  INTERNAL_PORT: port.default(3001),
  UPSTREAM_TIMEOUT_SECONDS: z.coerce
    .number({ error: 'must be a number of seconds' })
    .min(0.05)
    .max(60, { error: 'must be 60 or less' })
    .default(8),
  LOG_LEVEL: z
    .enum(['info', 'warn', 'error', 'silent'], { error: 'must be info, warn or error' })
    .default('info'),
} as const;

const schema = z.object(variables);

/** Everything the service is told, validated. */
export type Config = z.output<typeof schema>;

/** Prefixes nobody else uses: a variable that begins so and is not known is a mistake. */
const ours = /^(KRATOS|HYDRA|BRAND|COOKIE|CSRF|UPSTREAM|APPS|REGISTRATION|PUBLIC_URL|BOX_DOMAIN)/;
/** Kubernetes tells about Services in this form where nobody turned it off. */
const serviceLinks = /_(SERVICE_(HOST|PORT.*)|PORT(_\d+.*)?)$/;

/**
 * Reads the configuration from environment variables.
 * @throws ConfigError with a line for each variable at fault: its name, its value unless secret, and the rule
 */
export function readConfig(env: Readonly<Record<string, string | undefined>>): Config {
  // an empty value is what a template leaves behind: as good as none
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ''),
  );
  const known = Object.keys(variables);
  const problems = Object.keys(given)
    .filter((name) => ours.test(name) && !known.includes(name) && !serviceLinks.test(name))
    .map((name) => `${name}: unknown variable; did you mean ${nearest(name, known)}?`);
  const read = schema.safeParse(given);
  if (!read.success)
    for (const { path, message } of read.error.issues)
      problems.push(problem(String(path[0]), given, message));
  if (read.success && problems.length === 0) {
    const { KRATOS_BROWSER_URL, PUBLIC_URL, BOX_DOMAIN } = read.data;
    if (new URL(KRATOS_BROWSER_URL).origin !== new URL(PUBLIC_URL).origin)
      problems.push(
        `KRATOS_BROWSER_URL: '${KRATOS_BROWSER_URL}' must be below PUBLIC_URL ('${PUBLIC_URL}'), since scripts come from there`,
      );
    const { hostname } = new URL(PUBLIC_URL);
    if (hostname !== BOX_DOMAIN && !hostname.endsWith(`.${BOX_DOMAIN}`) && !loopback.has(hostname))
      problems.push(`PUBLIC_URL: '${PUBLIC_URL}' must be a host of BOX_DOMAIN ('${BOX_DOMAIN}')`);
  }
  if (!read.success || problems.length > 0)
    throw new ConfigError(`the environment is not valid:\n${problems.map((line) => `  ${line}`).join('\n')}`);
  return read.data;
}

function problem(name: string, given: Readonly<Record<string, string | undefined>>, rule: string): string {
  const value = given[name];
  if (value === undefined) return `${name}: missing; docs/sign-in.md says what it is`;
  return /SECRET/.test(name) ? `${name}: ${rule}` : `${name}: '${value}' ${rule}`;
}

/** The known name that shares most pairs of letters. */
function nearest(name: string, known: readonly string[]): string {
  const pairs = (text: string) => new Set([...text].slice(1).map((letter, i) => text.charAt(i) + letter));
  const asked = pairs(name);
  const likeness = (other: string) => {
    const found = pairs(other);
    return (2 * [...found].filter((pair) => asked.has(pair)).length) / (asked.size + found.size);
  };
  return [...known].sort((a, b) => likeness(b) - likeness(a))[0] ?? '';
}
