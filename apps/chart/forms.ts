import type { SiteSettings } from '../../constructs/core/site-schema.js';

/**
 * What a value may hold, which decides how it is quoted. `word`: letters, digits, dots and hyphens, which JSON never
 * escapes and YAML quotes only where they could be read as a number. `pattern`: a word with backslashes. `free`:
 * anything in one line.
 */
export type Grammar = 'word' | 'pattern' | 'free';

/** One way in which a value of the site stands in what is rendered. */
export interface Form {
  /** What stands there when the box is rendered with stand-ins instead of a site's values. */
  readonly standIn: string;
  /** Go template expression that makes it from the chart's values. */
  readonly template: string;
  /** The same in TypeScript. */
  readonly of: (settings: SiteSettings) => string;
  readonly grammar: Grammar;
}

/** A value the chart takes: a key of `box.yaml` that changes nothing but texts and numbers. */
export interface ChartValue {
  /** Keys that lead to it, in `box.yaml` and in `values.yaml` alike. */
  readonly path: readonly string[];
  /** The stand-in. */
  readonly probe: string | number;
  readonly forms: readonly Form[];
  /** The value comes from another one unless it is set. */
  readonly optional?: true;
}

const word = (
  standIn: string | number,
  template: string,
  of: (settings: SiteSettings) => string | number,
): Form => ({
  standIn: String(standIn),
  template,
  of: (settings) => String(of(settings)),
  grammar: 'word',
});
const free = (standIn: string, template: string, of: (settings: SiteSettings) => string): Form => ({
  standIn,
  template,
  of,
  grammar: 'free',
});

/** A dot for itself in a regular expression. */
const escapedDots = (text: string) => text.replaceAll('.', '\\.');

/** An https URL: itself, its host name, and its port, which is 443 when none is written. */
function url(
  path: readonly string[],
  host: string,
  port: number,
  of: (s: SiteSettings) => string,
): ChartValue {
  const probe = `https://${host}:${port}`;
  const value = `.Values.${path.join('.')}`;
  return {
    path,
    probe,
    forms: [
      free(probe, value, of),
      word(host, `(urlParse ${value}).hostname`, (settings) => new URL(of(settings)).hostname),
      word(
        port,
        `(regexFind ":[0-9]+$" (urlParse ${value}).host | trimPrefix ":" | default "443" | int)`,
        (settings) => new URL(of(settings)).port || 443,
      ),
    ],
  };
}

/** A text that stands for itself. */
const itself = (
  path: readonly string[],
  probe: string,
  of: (settings: SiteSettings) => string,
  grammar: Grammar = 'word',
): ChartValue => ({
  path,
  probe,
  forms: [{ standIn: probe, template: `.Values.${path.join('.')}`, of, grammar }],
});

const number = (
  path: readonly string[],
  probe: number,
  of: (settings: SiteSettings) => number,
): ChartValue => ({
  path,
  probe,
  forms: [word(probe, `(int .Values.${path.join('.')})`, of)],
});

const domain = 'zqdomain-zq.zqsub.zqtop';

/**
 * The values of the chart. No stand-in is part of another one, and none occurs in a box by chance: texts hold `zq`,
 * numbers are unusual.
 */
export const chartValues: readonly ChartValue[] = [
  {
    path: ['domain'],
    probe: domain,
    forms: [
      word(domain, '.Values.domain', (s) => s.domain),
      {
        standIn: escapedDots(domain),
        template: '(replace "." "\\\\." .Values.domain)',
        of: (s) => escapedDots(s.domain),
        grammar: 'pattern',
      },
    ],
  },
  itself(['publicIp'], '198.51.100.213', (s) => s.publicIp),
  itself(['adminEmail'], 'zqadmin@zqpeople.zqtop', (s) => s.adminEmail, 'free'),
  url(['backup', 'endpoint'], 'zqbackup.zqstore.zqtop', 47521, (s) => s.backup.endpoint),
  itself(['backup', 'bucket'], 'zqbucket', (s) => s.backup.bucket),
  itself(['backup', 'region'], 'zqregion', (s) => s.backup.region, 'free'),
  number(['backup', 'retentionDays'], 2917, (s) => s.backup.retentionDays),
  itself(['smtp', 'host'], 'zqrelay.zqmail.zqtop', (s) => s.smtp.host),
  number(['smtp', 'port'], 48613, (s) => s.smtp.port),
  {
    ...itself(['tls', 'email'], 'zqacme@zqletters.zqtop', (s) => s.tls.email ?? s.adminEmail, 'free'),
    optional: true,
    forms: [
      free(
        'zqacme@zqletters.zqtop',
        '(default .Values.adminEmail .Values.tls.email)',
        (s) => s.tls.email ?? s.adminEmail,
      ),
    ],
  },
  {
    path: ['matrixServerName'],
    probe: 'zqmatrix.zqchat.zqtop',
    optional: true,
    forms: [
      word(
        'zqmatrix.zqchat.zqtop',
        '(default .Values.domain .Values.matrixServerName)',
        (s) => s.matrixServerName ?? s.domain,
      ),
    ],
  },
  itself(['brand', 'name'], 'zqbrand', (s) => s.brand.name, 'free'),
  itself(['brand', 'primary'], '#a1b2c3', (s) => s.brand.primary, 'free'),
  itself(['brand', 'accent'], '#d4e5f6', (s) => s.brand.accent, 'free'),
  url(['ai', 'baseUrl'], 'zqllm.zqai.zqtop', 46357, (s) => s.ai.baseUrl),
  itself(['ai', 'model'], 'zqmodel', (s) => s.ai.model, 'free'),
];

/** A setting with few values that changes texts, told apart by rendering the box once for each. */
export interface Choice {
  readonly path: readonly string[];
  readonly values: readonly [usual: string, other: string];
  readonly of: (settings: SiteSettings) => string;
}

/** How the relay is spoken to: an URL's scheme, two switches of Django. */
export const choice: Choice = {
  path: ['smtp', 'security'],
  values: ['starttls', 'tls'],
  of: (settings) => settings.smtp.security,
};

/** Pattern for a stand-in. Digits count only on their own: an image's digest may hold any of them. */
export const standInPattern = (text: string): string =>
  /^\d+$/.test(text) ? `(?<![0-9A-Za-z])${text}(?![0-9])` : text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

const numbers = chartValues
  .flatMap(({ forms }) => forms.map(({ standIn }) => standIn))
  .filter((text) => /^\d+$/.test(text));

/** Anything that is left of a stand-in. */
export const traces = new RegExp(
  `zq|198[.-]51[.-]100|213[.-]100[.-]51|a1b2c3|d4e5f6|${numbers.map(standInPattern).join('|')}`,
  'i',
);

/** Settings with a value put at a path. */
export function withValue(
  settings: Readonly<Record<string, unknown>>,
  [key = '', ...rest]: readonly string[],
  value: unknown,
): Record<string, unknown> {
  const below = settings[key];
  const inner = typeof below === 'object' && below !== null ? (below as Record<string, unknown>) : {};
  return { ...settings, [key]: rest.length === 0 ? value : withValue(inner, rest, value) };
}
