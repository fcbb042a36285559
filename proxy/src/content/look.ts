import { createHash } from 'node:crypto';
import type { Config } from '../config/schema.js';
import { inkOn, mix, readable } from './colours.js';
import type { Language } from './negotiation.js';

export type BrandConfig = Config['portal']['brand'];

/** Text put into a page or an attribute of it. */
export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);

const light = { ground: '#f6f5f8', paper: '#ffffff', ink: '#1c1a24', muted: '#5f5b6b', line: '#e3e0ea' };
const dark = { ground: '#121117', paper: '#1b1a21', ink: '#efedf4', muted: '#aca7b9', line: '#302e39' };

const base = `*,*::before,*::after{box-sizing:border-box}
body{display:grid;grid-template:auto 1fr auto/minmax(0,1fr);min-height:100vh;min-height:100dvh;margin:0;color:var(--ink);background:radial-gradient(60rem 32rem at 50% -14rem,var(--glow),transparent 75%) no-repeat var(--ground);font-family:ui-sans-serif,system-ui,-apple-system,"Segoe UI",Roboto,"Helvetica Neue","Noto Sans",sans-serif;line-height:1.55;-webkit-font-smoothing:antialiased;text-rendering:optimizeLegibility}
h1,h2,p,ul{margin:0}
h1,.brand span{min-width:0;overflow-wrap:anywhere}
h1{font-size:1.6rem;font-weight:650;line-height:1.2;letter-spacing:-.018em;text-wrap:balance}
ul{padding:0;list-style:none}
p{text-wrap:pretty}
:focus-visible{outline:3px solid var(--focus);outline-offset:2px;border-radius:6px}
main:focus{outline:none}
.skip:not(:focus){position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap}
.skip:focus{position:absolute;z-index:1;top:.75rem;left:.75rem;padding:.5rem .9rem;color:var(--ink);background:var(--paper);border-radius:12px}
.brand{display:inline-flex;gap:.7rem;align-items:center;font-size:1.0625rem;font-weight:620;letter-spacing:-.01em}
.brand img{display:block;height:32px;width:auto;max-width:12rem}`;

/** How the pages of the proxy look: like those of the sign-in, made from the brand once for each configuration. */
export class Look {
  readonly name: string;
  /** Logo, or the first letter, as a data: URI. */
  private readonly icon: string;
  private readonly variables: string;

  constructor(brand: BrandConfig) {
    this.name = brand.name;
    const svg = brand.logo ?? monogram(brand.name, brand.primary);
    this.icon = `data:image/svg+xml;base64,${Buffer.from(svg).toString('base64')}`;
    this.variables =
      `:root{color-scheme:light dark;${colours(light, brand, false)}--shadow:0 1px 2px rgb(28 26 36/5%),0 14px 40px -14px rgb(28 26 36/14%)}` +
      `@media(prefers-color-scheme:dark){:root{${colours(dark, brand, true)}--shadow:0 1px 2px rgb(0 0 0/30%),0 14px 40px -14px rgb(0 0 0/60%)}}`;
  }

  /** Logo and name. */
  get mark(): string {
    return `<div class="brand"><img src="${this.icon}" alt=""><span>${escapeHtml(this.name)}</span></div>`;
  }

  /** A page, with the policy that lets nothing but its own style and its own images into it. */
  page(language: Language, title: string, style: string, body: string): { html: string; policy: string } {
    const css = `${this.variables}\n${base}\n${style}`;
    const hash = createHash('sha256').update(css).digest('base64');
    const html = `<!doctype html>
<html lang="${language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(title)}</title>
<link rel="icon" href="${this.icon}">
<style>${css}</style>
</head>
<body>
${body}
</body>
</html>
`;
    const policy = `default-src 'none'; style-src 'sha256-${hash}'; img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`;
    return { html, policy };
  }
}

/** Colours of one theme: the brand's, moved until text in them or on them can be read. */
function colours(theme: typeof light, { primary, accent }: BrandConfig, isDark: boolean): string {
  const soft = mix(theme.paper, primary, isDark ? 0.16 : 0.07);
  const values = {
    ...theme,
    brand: readable(primary, theme.paper),
    soft,
    text: readable(primary, soft),
    glow: mix(theme.ground, primary, isDark ? 0.13 : 0.09),
    // against the one of the two that is harder
    focus: readable(accent, isDark ? theme.paper : theme.ground, 3.1),
  };
  return Object.entries(values)
    .map(([name, value]) => `--${name}:${value};`)
    .join('');
}

function monogram(name: string, primary: string): string {
  const letter = escapeHtml([...name][0]?.toUpperCase() ?? '');
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 40 40"><rect width="40" height="40" rx="11" fill="${primary}"/>` +
    `<text x="20" y="27.5" font-family="ui-sans-serif,system-ui,sans-serif" font-size="21" font-weight="650" ` +
    `text-anchor="middle" fill="${inkOn(primary)}">${letter}</text></svg>`
  );
}
