import { html } from 'hono/html';
import type { Brand } from '../brand.js';
import { languageNames, languages, type Translator } from '../i18n/translator.js';

/** A piece of a page; everything put into one is escaped. */
export type Html = ReturnType<typeof html>;

/** What every page knows of its visitor and place. */
export interface PageContext {
  readonly t: Translator;
  readonly brand: Brand;
  /** Token for our own forms. */
  readonly csrf: string;
  /** Path and query of this page, for the links that change the language. */
  readonly here: string;
}

export type Section = 'home' | 'settings' | 'sessions';

export interface LayoutOptions {
  readonly title: string;
  readonly body: Html;
  /** Part of the account this is; gives the page its navigation. @default - a single card, for one thing to do */
  readonly section?: Section | undefined;
  /** Whether something in the page is wrong, which its title says first. */
  readonly wrong?: boolean | undefined;
  /** Scripts of the page. */
  readonly scripts?: Html | undefined;
}

/** A whole page. */
export function layout(page: PageContext, options: LayoutOptions): Html {
  const { t, brand } = page;
  const { title, body, section, wrong = false, scripts = '' } = options;
  const heading = wrong ? t.say('title.error', { title }) : title;
  return html`<!doctype html>
<html lang="${t.language}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${heading} · ${brand.name}</title>
<link rel="icon" href="${brand.icon.path}" type="image/svg+xml">
<link rel="stylesheet" href="${brand.style.path}">
</head>
<body class="${section === undefined ? 'single' : 'account'}">
<a class="skip" href="#content">${t.say('skip')}</a>
${section === undefined ? plainHeader(page) : accountHeader(page, section)}
<main id="content" tabindex="-1">${body}</main>
${footer(page)}
${scripts}
</body>
</html>`;
}

const logo = ({ brand }: PageContext) =>
  html`<a class="brand" href="/"><img src="${brand.icon.path}" alt="" width="32" height="32"><span>${brand.name}</span></a>`;

const plainHeader = (page: PageContext) => html`<header class="top">${logo(page)}</header>`;

function accountHeader(page: PageContext, section: Section): Html {
  const { t } = page;
  const link = (to: Section, href: string) =>
    html`<a href="${href}" ${section === to ? html`aria-current="page"` : ''}>${t.say(`nav.${to}`)}</a>`;
  return html`<header class="top bar">${logo(page)}
<nav aria-label="${t.say('nav.label')}">${link('home', '/')}${link('settings', '/settings')}${link('sessions', '/sessions')}</nav>
${signOutForm(page)}</header>`;
}

/** A button that signs out. */
export const signOutForm = ({ t, csrf }: PageContext, label = t.say('signOut'), look = 'quiet'): Html =>
  html`<form method="post" action="/logout" class="sign-out"><input type="hidden" name="csrf" value="${csrf}"><button class="${look}">${label}</button></form>`;

function footer({ t, here }: PageContext): Html {
  const links = languageNames.map((language) => {
    const name = languages[language]['language.name'];
    const current = language === t.language;
    const target = `/language?to=${language}&back=${encodeURIComponent(here)}`;
    return html`<li>${
      current
        ? html`<span aria-current="true" lang="${language}">${name}</span>`
        : html`<a href="${target}" lang="${language}" hreflang="${language}">${name}</a>`
    }</li>`;
  });
  return html`<footer class="foot"><nav aria-label="${t.say('language.choose')}"><ul>${links}</ul></nav></footer>`;
}
