import { randomUUID } from 'node:crypto';
import type { Context } from 'hono';
import { hostCookie, kratosCookies, readCookies } from './cookies.js';
import { csrfCookie, csrfField } from './csrf.js';
import { chooseLanguage, Translator } from './i18n/translator.js';
import type { BrowserHeaders, Relay } from './kratos.js';
import { contentPolicy, freshNonce } from './security.js';
import type { Services } from './services.js';
import { errorPage, type Problem, problems } from './views/error.js';
import type { Html, PageContext } from './views/layout.js';

export const languageCookie = '__Host-language';
const minutes = 60;
const year = 365 * 24 * 60 * minutes;

/** What is kept in sealed cookies, and how long. */
const sealed = {
  /** The e-mail address somebody typed into a form that ran out. */
  '__Host-typed': 10 * minutes,
  /** That somebody pressed our own sign-out button a moment ago. */
  '__Host-leaving': 2 * minutes,
  /** What to say on the next page. */
  '__Host-note': minutes,
} as const;
type Sealed = keyof typeof sealed;

export interface PageOptions {
  readonly status?: number;
  /** Where forms of the page may lead to besides hosts of the box. */
  readonly formTargets?: readonly string[];
  /** Whether scripts run in it. */
  readonly scripts?: boolean;
}

/** One request for a page: who asks, in which language, and what goes back. */
export class Visit {
  /** By which an administrator finds it in the log. */
  readonly id = randomUUID();
  readonly cookies: ReadonlyMap<string, string>;
  readonly t: Translator;
  readonly nonce = freshNonce();
  private readonly csrf: string;
  private readonly setCookies: string[] = [];

  constructor(
    readonly services: Services,
    readonly c: Context,
  ) {
    this.cookies = readCookies(c.req.header('cookie'));
    this.t = new Translator(
      chooseLanguage(this.cookies.get(languageCookie), c.req.header('accept-language')),
    );
    const known = this.cookies.get(csrfCookie);
    this.csrf = known !== undefined && known.length >= 20 ? known : services.csrf.fresh();
  }

  /** Headers with which Kratos is asked on the browser's behalf. */
  get headers(): BrowserHeaders {
    const cookie = kratosCookies(this.cookies);
    const passed = ['user-agent', 'accept-language', 'x-forwarded-for', 'x-real-ip', 'true-client-ip'];
    const entries = passed.flatMap((name) => {
      const value = this.c.req.header(name);
      return value === undefined ? [] : [[name, value] as const];
    });
    return { ...Object.fromEntries(entries), ...(cookie === undefined ? {} : { cookie }) };
  }

  query(name: string): string | undefined {
    const value = this.c.req.query(name);
    return value === '' ? undefined : value;
  }

  /** Path and query of the page. */
  get here(): string {
    const { pathname, search } = new URL(this.c.req.url);
    return `${pathname}${search}`;
  }

  /** What the page's frame shows. */
  get page(): PageContext {
    const { brand, csrf } = this.services;
    // a form's own address cannot be asked for: the language links of its answer lead to the start
    const here = this.c.req.method === 'GET' ? this.here : '/';
    return { t: this.t, brand, csrf: csrf.token(this.csrf), here };
  }

  /** Whether a form is our own: the token fits the cookie. */
  isOwn(form: URLSearchParams): boolean {
    return this.services.csrf.isValid(this.cookies.get(csrfCookie), form.get(csrfField) ?? undefined);
  }

  async form(): Promise<URLSearchParams> {
    return new URLSearchParams(await this.c.req.text());
  }

  /** Keeps a small value with the browser. */
  keep(name: Sealed, value: string): void {
    const seconds = sealed[name];
    this.setCookies.push(hostCookie(name, this.services.seal.close(name, value, seconds), seconds));
  }

  /** Reads a value kept before, and drops it from the browser. */
  take(name: Sealed): string | undefined {
    const value = this.cookies.get(name);
    if (value === undefined) return undefined;
    this.setCookies.push(hostCookie(name, '', 0));
    return this.services.seal.open(name, value);
  }

  /** Reads a value kept before. */
  peek(name: Sealed): string | undefined {
    return this.services.seal.open(name, this.cookies.get(name));
  }

  chooseLanguage(language: string): void {
    this.setCookies.push(hostCookie(languageCookie, language, year));
  }

  /** Hands Kratos' cookies on. */
  relay(relay: Relay): void {
    this.setCookies.push(...relay.cookies);
  }

  /** Sends a page. */
  async show(body: Html, options: PageOptions = {}): Promise<Response> {
    const { status = 200, formTargets = [], scripts = false } = options;
    const { BOX_DOMAIN } = this.services.config;
    if (this.cookies.get(csrfCookie) !== this.csrf) this.setCookies.push(hostCookie(csrfCookie, this.csrf));
    return this.finish(
      new Response(String(await body), {
        status,
        headers: {
          'content-type': 'text/html; charset=utf-8',
          'content-security-policy': contentPolicy({
            nonce: scripts ? this.nonce : undefined,
            formTargets: [`https://*.${BOX_DOMAIN}`, ...formTargets],
          }),
          ...(status === 503 ? { 'retry-after': '5' } : {}),
        },
      }),
    );
  }

  /** Sends the browser elsewhere; the caller knows that it may. */
  redirect(to: string): Response {
    return this.finish(new Response(null, { status: 303, headers: { location: to } }));
  }

  /** Says what went wrong. @param retry path that may work when tried again */
  problem(problem: Problem, retry?: string): Promise<Response> {
    this.services.metrics.events.add({ event: `error_${problem}` });
    this.services.log.warn('error page', { id: this.id, problem });
    return this.show(errorPage(this.page, { problem, id: this.id, retry }), {
      status: problems[problem].status,
    });
  }

  private finish(response: Response): Response {
    response.headers.set('cache-control', 'no-store');
    for (const cookie of this.setCookies) response.headers.append('set-cookie', cookie);
    return response;
  }
}
