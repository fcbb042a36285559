import { reasons } from '../http1/reasons.js';
import { type BrandConfig, escapeHtml, Look } from './look.js';
import { chooseLanguage, type Language } from './negotiation.js';
import { errorWords, mishaps } from './words.js';

/** Where the number of the request goes in a page that was drawn beforehand. */
const gap = '{{id}}';

const style = `body{padding:1.25rem}
.top{display:flex;justify-content:center;padding:clamp(1.75rem,10vh,6.5rem) 0 1.5rem}
main{display:grid;align-items:start;justify-items:center}
.card{width:100%;max-width:28rem;padding:2.25rem 2rem;background:var(--paper);border:1px solid var(--line);border-radius:20px;box-shadow:var(--shadow)}
.card>*+*{margin-top:1rem}
.hint{color:var(--muted);font-size:.9rem}
code{display:block;margin-top:.25rem;color:var(--ink);font-family:ui-monospace,"SF Mono","Cascadia Mono",Menlo,Consolas,monospace;font-size:.92em;overflow-wrap:anywhere}`;

/** Body of an answer that says what went wrong. */
export interface ErrorBody {
  readonly contentType: string;
  readonly body: string;
  /** More fields, for pages: the policy that lets nothing into them. */
  readonly lines: string;
}

interface Page {
  readonly before: string;
  readonly after: string;
  readonly lines: string;
}

/**
 * Bodies of the proxy's own errors: a page that says what to do for somebody at a browser, JSON (RFC 9457) for programs
 * that ask for it, one line for everybody else. Each holds the number of the request, by which an administrator finds
 * it in the log. Pages are drawn when they are first needed, so that a flood of errors costs next to nothing.
 */
export class ErrorPages {
  private readonly look: Look;
  private readonly pages = new Map<string, Page>();

  constructor(brand: BrandConfig) {
    this.look = new Look(brand);
  }

  /**
   * @param id number of the request
   * @param accept Accept of the request, '' when there is none
   * @param acceptLanguage its Accept-Language
   */
  body(status: number, id: string, accept: string, acceptLanguage: string): ErrorBody {
    if (accept.includes('text/html')) {
      const { before, after, lines } = this.page(status, chooseLanguage(acceptLanguage));
      return { contentType: 'text/html; charset=utf-8', body: before + escapeHtml(id) + after, lines };
    }
    const reason = reasons[status] ?? 'Error';
    if (/\bjson\b/.test(accept))
      return {
        contentType: 'application/problem+json',
        body: `${JSON.stringify({ status, title: reason, instance: `urn:request:${id}` })}\n`,
        lines: '',
      };
    return {
      contentType: 'text/plain; charset=utf-8',
      body: `${status} ${reason} (request ${id})\n`,
      lines: '',
    };
  }

  private page(status: number, language: Language): Page {
    const mishap = mishaps[status] ?? (status < 500 ? 'bad' : 'ours');
    const key = `${mishap} ${language}`;
    let page = this.pages.get(key);
    if (page === undefined) {
      page = this.draw(mishap, language);
      this.pages.set(key, page);
    }
    return page;
  }

  private draw(mishap: (typeof mishaps)[number], language: Language): Page {
    const words = errorWords[language];
    const { title, text } = words[mishap];
    const body = `<header class="top">${this.look.mark}</header>
<main><div class="card"><h1>${escapeHtml(title)}</h1><p>${escapeHtml(text)}</p>
<p class="hint">${escapeHtml(words.id)} <code>${gap}</code></p></div></main>`;
    const { html, policy } = this.look.page(language, `${title} · ${this.look.name}`, style, body);
    const at = html.lastIndexOf(gap);
    return {
      before: html.slice(0, at),
      after: html.slice(at + gap.length),
      lines: `Content-Security-Policy: ${policy}\r\nX-Content-Type-Options: nosniff\r\nContent-Language: ${language}\r\nVary: Accept, Accept-Language\r\n`,
    };
  }
}
