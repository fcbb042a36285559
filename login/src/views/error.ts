import { html } from 'hono/html';
import { type Html, layout, type PageContext } from './layout.js';

/** What may go wrong, as people experience it. */
export const problems = {
  plain: { title: 'error.title', text: 'error.text', status: 500 },
  down: { title: 'error.down.title', text: 'error.down.text', status: 503 },
  cookies: { title: 'error.cookies.title', text: 'error.cookies.text', status: 400 },
  old: { title: 'error.old.title', text: 'error.old.text', status: 410 },
  origin: { title: 'error.origin.title', text: 'error.origin.text', status: 403 },
  disabled: { title: 'error.disabled.title', text: 'error.disabled.text', status: 403 },
  app: { title: 'error.app.title', text: 'error.app.text', status: 400 },
  notFound: { title: 'error.notFound.title', text: 'error.notFound.text', status: 404 },
  foreign: { title: 'error.return.title', text: 'error.return.text', status: 400 },
  registration: { title: 'registration.closed.title', text: 'registration.closed.text', status: 403 },
} as const;
export type Problem = keyof typeof problems;

export interface ErrorView {
  readonly problem: Problem;
  /** Number by which an administrator finds the lines in the log. */
  readonly id: string;
  /** Path that may work when tried again. @default - the start */
  readonly retry?: string | undefined;
}

/** What happened, what to do, and the way back. */
export function errorPage(page: PageContext, { problem, id, retry }: ErrorView): Html {
  const { t } = page;
  const { title: key, text } = problems[problem];
  const title = t.say(key);
  const way =
    retry === undefined
      ? html`<a class="button primary" href="/">${t.say('back.home')}</a>`
      : html`<a class="button primary" href="${retry}">${t.say('retry')}</a>`;
  const body = html`<div class="card"><h1>${title}</h1><p>${t.say(text)}</p><p>${way}</p>
<p class="hint">${t.say('error.id')} <code>${id}</code></p></div>`;
  return layout(page, { title, body });
}
