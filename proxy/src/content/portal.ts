import { createHash } from 'node:crypto';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import type { Config } from '../config/schema.js';
import { Field } from '../core/fields.js';
import type { Exchange } from '../exchange.js';
import { escapeHtml, Look } from './look.js';
import {
  Coding,
  chooseCoding,
  chooseLanguage,
  codingNames,
  type Language,
  languages,
} from './negotiation.js';
import { answerWith, Representation } from './representation.js';
import { type PortalWords, portalWords } from './words.js';

export type PortalConfig = Config['portal'];
type Tile = PortalConfig['tiles'][number];

/** Headings in the order they are shown. */
const groups = ['apps', 'developer', 'admin'] as const;

const style = `.top{display:flex;justify-content:center;padding:clamp(2rem,7vh,4.5rem) 1.25rem 0}
main{width:100%;max-width:62rem;margin:0 auto;padding:clamp(1.75rem,5vh,3rem) 1.25rem 4rem}
.lead{margin-top:.45rem;color:var(--muted)}
.head{text-align:center}
h1{font-size:clamp(1.6rem,1.2rem + 1.6vw,2.1rem)}
section{margin-top:2.5rem}
h2{color:var(--muted);font-size:.94rem;font-weight:560}
section ul{display:grid;grid-template-columns:repeat(auto-fill,minmax(min(17rem,100%),1fr));gap:.9rem;margin-top:.75rem}
.tile{display:flex;gap:.95rem;align-items:center;height:100%;padding:1.05rem 1.15rem;color:inherit;text-decoration:none;background:var(--paper);border:1px solid var(--line);border-radius:16px;transition:border-color .15s,box-shadow .15s}
.tile:hover{border-color:var(--brand);box-shadow:var(--shadow)}
.tile:focus-visible{border-radius:16px}
.text{display:grid;min-width:0;overflow-wrap:anywhere}
.text strong{font-weight:600}
.text span{color:var(--muted);font-size:.9rem;line-height:1.4}
.letter{display:grid;flex:none;place-items:center;width:2.6rem;height:2.6rem;color:var(--text);font-size:1.1rem;font-weight:650;background:var(--soft);border-radius:.8rem}
.empty{margin-top:2.5rem;padding:.75rem .95rem;background:var(--soft);border-radius:12px;text-align:center}
@media(prefers-reduced-motion:reduce){.tile{transition:none}}
@media(forced-colors:active){.letter{border:1px solid}}`;

/** The page of the bare domain: everything there is to open. Drawn once for each configuration, served from memory. */
export class Portal {
  private readonly forms: Record<Language, readonly Representation[]>;

  constructor(config: PortalConfig) {
    const look = new Look(config.brand);
    const forms = languages.map((language) => [language, formsOf(look, language, config.tiles)] as const);
    this.forms = Object.fromEntries(forms) as typeof this.forms;
  }

  /**
   * Answers GET and HEAD.
   * @param lines fields in addition
   */
  serve(exchange: Exchange, lines = ''): void {
    const { head } = exchange;
    const language = chooseLanguage(head.all(Field['accept-language']));
    const coding = chooseCoding(head.all(Field['accept-encoding']), true, true);
    answerWith(exchange, this.forms[language][coding] as Representation, lines, undefined);
  }
}

/** The page in one language, by coding. */
function formsOf(look: Look, language: Language, tiles: readonly Tile[]): readonly Representation[] {
  const { html, policy } = draw(look, language, tiles);
  const page = Buffer.from(html);
  const tag = createHash('sha256').update(page).update(policy).digest('base64url').slice(0, 20);
  const form = (coding: number, bytes: Buffer) =>
    new Representation(
      bytes.length,
      `"${tag}${coding === Coding.identity ? '' : `-${codingNames[coding]}`}"`,
      -1,
      `ETag: "${tag}${coding === Coding.identity ? '' : `-${codingNames[coding]}`}"\r\nCache-Control: no-cache\r\nVary: Accept-Encoding, Accept-Language\r\n`,
      `Content-Type: text/html; charset=utf-8\r\nContent-Language: ${language}\r\n` +
        (coding === Coding.identity ? '' : `Content-Encoding: ${codingNames[coding]}\r\n`) +
        `Content-Security-Policy: ${policy}\r\nX-Content-Type-Options: nosniff\r\nReferrer-Policy: same-origin\r\n`,
      bytes,
      undefined,
    );
  return [
    form(Coding.identity, page),
    form(Coding.gzip, gzipSync(page, { level: 9 })),
    form(Coding.br, brotliCompressSync(page)),
  ];
}

function draw(look: Look, language: Language, tiles: readonly Tile[]): { html: string; policy: string } {
  const words = portalWords[language];
  const sections = groups.map((group) => section(words, group, tiles)).join('');
  const body = `<a class="skip" href="#content">${words.skip}</a>
<header class="top">${look.mark}</header>
<main id="content" tabindex="-1">
<div class="head"><h1>${escapeHtml(words.title)}</h1><p class="lead">${escapeHtml(words.lead)}</p></div>
${sections === '' ? `<p class="empty">${escapeHtml(words.empty)}</p>` : sections}
</main>`;
  return look.page(language, look.name, style, body);
}

function section(words: PortalWords, group: (typeof groups)[number], all: readonly Tile[]): string {
  const tiles = all.filter((tile) => tile.group === group);
  if (tiles.length === 0) return '';
  const id = `group-${group}`;
  return `<section aria-labelledby="${id}"><h2 id="${id}">${escapeHtml(words[group])}</h2><ul>${tiles.map(tileOf).join('')}</ul></section>`;
}

function tileOf({ title, description, url }: Tile): string {
  const letter = [...title.trim()][0] ?? '';
  const about = description === undefined ? '' : `<span>${escapeHtml(description)}</span>`;
  return `<li><a class="tile" href="${escapeHtml(url)}"><span class="letter" aria-hidden="true">${escapeHtml(letter)}</span><span class="text"><strong>${escapeHtml(title)}</strong>${about}</span></a></li>`;
}
