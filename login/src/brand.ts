import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { inkOn, mix, readable } from './colour.js';
import type { Config } from './config.js';

/** A file browsers may keep for ever: its name changes with its content. */
export interface Asset {
  readonly path: string;
  readonly type: string;
  readonly body: string;
}

/** What the studio looks like, made once at the start. */
export interface Brand {
  readonly name: string;
  readonly style: Asset;
  readonly icon: Asset;
  readonly webauthn: Asset;
}

const paper = { light: '#ffffff', dark: '#1b1a21' };

/** The brand from its configuration: colours are moved until text in them can be read. */
export function brandOf(
  config: Pick<Config, 'BRAND_NAME' | 'BRAND_PRIMARY' | 'BRAND_ACCENT' | 'BRAND_LOGO_FILE'>,
): Brand {
  const { BRAND_NAME: name, BRAND_PRIMARY: primary, BRAND_ACCENT: accent, BRAND_LOGO_FILE: logo } = config;
  const icon = logo === undefined ? monogram(name, primary) : readFileSync(logo, 'utf8');
  return {
    name,
    style: asset('style', 'css', 'text/css', `${variables(primary, accent)}\n${ownFile('style.css')}`),
    icon: asset('icon', 'svg', 'image/svg+xml', icon),
    webauthn: asset('webauthn', 'js', 'text/javascript', ownFile('webauthn.js')),
  };
}

const ownFile = (name: string) => readFileSync(new URL(`../assets/${name}`, import.meta.url), 'utf8');

function asset(name: string, extension: string, type: string, body: string): Asset {
  const hash = createHash('sha256').update(body).digest('hex').slice(0, 12);
  return { path: `/assets/${name}-${hash}.${extension}`, type: `${type}; charset=utf-8`, body };
}

function variables(primary: string, accent: string): string {
  const theme = (base: string, dark: boolean) => {
    const main = readable(primary, base);
    // a surface tinted by hover or by a tag must leave text on it readable
    const soft = mix(base, primary, dark ? 0.16 : 0.07);
    return [
      `--brand: ${main};`,
      `--brand-ink: ${inkOn(main)};`,
      `--brand-strong: ${mix(main, dark ? '#ffffff' : '#000000', 0.16)};`,
      `--brand-soft: ${soft};`,
      `--brand-text: ${readable(primary, soft)};`,
      `--glow: ${mix(dark ? '#121117' : '#f6f5f8', primary, dark ? 0.13 : 0.09)};`,
      `--focus: ${readable(accent, base, 3.1)};`,
    ].join(' ');
  };
  return `:root { ${theme(paper.light, false)} }
@media (prefers-color-scheme: dark) { :root { ${theme(paper.dark, true)} } }`;
}

function monogram(name: string, primary: string): string {
  const letter = [...name][0]?.toUpperCase() ?? '';
  const safe = letter.replace(/[&<>"']/g, '');
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="11" fill="${primary}"/><text x="20" y="27.5" font-family="ui-sans-serif, system-ui, sans-serif" font-size="21" font-weight="650" text-anchor="middle" fill="${inkOn(primary)}">${safe}</text></svg>`;
}
