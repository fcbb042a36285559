import { html } from 'hono/html';
import { type App, type AppGroup, appGroups } from '../apps.js';
import { deviceName } from '../device.js';
import type { Translator } from '../i18n/translator.js';
import type { Session } from '../kratos.js';
import { type Html, layout, type PageContext } from './layout.js';

/** The start: what somebody may open, and their account. */
export function homePage(page: PageContext, name: string, apps: readonly App[]): Html {
  const { t } = page;
  const title = t.say('home.title', { name });
  const lists = appGroups.map((group) =>
    tiles(
      page,
      group,
      apps.filter((app) => app.group === group),
    ),
  );
  const body = html`<h1>${title}</h1><p class="lead">${t.say('home.lead')}</p>
${apps.length === 0 ? html`<p class="notice">${t.say('home.none')}</p>` : lists}
<section class="tiles"><h2>${t.say('home.account')}</h2><ul>
${tile({ href: '/settings', title: t.say('nav.settings'), description: t.say('home.account.lead') })}
${tile({ href: '/sessions', title: t.say('nav.sessions'), description: t.say('home.devices.lead') })}
</ul></section>`;
  return layout(page, { title, body, section: 'home' });
}

function tiles({ t }: PageContext, group: AppGroup, apps: readonly App[]): Html {
  if (apps.length === 0) return html``;
  return html`<section class="tiles"><h2>${t.say(`home.${group}`)}</h2><ul>${apps.map(({ url, title, description }) => tile({ href: url, title, description, letter: true }))}</ul></section>`;
}

interface Tile {
  readonly href: string;
  readonly title: string;
  readonly description?: string | undefined;
  readonly letter?: boolean;
}

function tile({ href, title, description, letter = false }: Tile): Html {
  const mark = letter ? html`<span class="mark" aria-hidden="true">${[...title][0] ?? ''}</span>` : '';
  return html`<li><a class="tile" href="${href}">${mark}<span class="text"><strong>${title}</strong>${description === undefined ? '' : html`<span>${description}</span>`}</span></a></li>`;
}

export interface SessionsView {
  readonly current: Session;
  readonly others: readonly Session[];
  /** Whether one was just ended. */
  readonly ended: boolean;
}

/** Where somebody is signed in, with a way to end each. */
export function sessionsPage(page: PageContext, { current, others, ended }: SessionsView): Html {
  const { t, csrf } = page;
  const title = t.say('sessions.title');
  const token = html`<input type="hidden" name="csrf" value="${csrf}">`;
  const rows = others.map((session) => {
    const device = nameOf(t, session);
    return html`<li>${about(t, session)}<form method="post" action="/sessions/end">${token}<input type="hidden" name="session" value="${session.id}"><button class="secondary" aria-label="${t.say('sessions.end.of', { device })}">${t.say('sessions.end')}</button></form></li>`;
  });
  const body = html`<h1>${title}</h1><p class="lead">${t.say('sessions.lead')}</p>
${ended ? html`<p class="notice good" role="status">${t.say('sessions.ended')}</p>` : ''}
<ul class="devices"><li>${about(t, current)}<span class="tag">${t.say('sessions.current')}</span></li>${rows}</ul>
${others.length === 0 ? html`<p class="hint">${t.say('sessions.none')}</p>` : ''}
<form method="post" action="/sessions/end-all" class="danger">${token}<p class="hint">${t.say('sessions.endAll.lead')}</p><button class="secondary">${t.say('sessions.endAll')}</button></form>`;
  return layout(page, { title, body, section: 'sessions' });
}

const nameOf = (t: Translator, { devices }: Session) =>
  deviceName(devices?.[0]?.user_agent) ?? t.say('sessions.unknown');

function about(t: Translator, session: Session): Html {
  const since = session.authenticated_at;
  const address = session.devices?.[0]?.ip_address;
  const when =
    since === undefined
      ? ''
      : html`<time datetime="${since}">${t.say('sessions.since', { when: t.moment(new Date(since)) })}</time>`;
  return html`<div><strong>${nameOf(t, session)}</strong><span class="hint">${when}${address === undefined || address === '' ? '' : html` · ${address}`}</span></div>`;
}
