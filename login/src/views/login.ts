import { html } from 'hono/html';
import { type Flow, groupsOf, hasErrors } from '../nodes.js';
import { type FlowPage, flowPage } from './flow-page.js';
import { flowForm, notices } from './form.js';
import { type Html, signOutForm } from './layout.js';

/** The second factors, the most usual first. */
const secondFactors = ['totp', 'webauthn', 'lookup_secret', 'code'];

const methodNames = ['totp', 'webauthn', 'lookup_secret', 'password', 'code', 'passkey', 'oidc'] as const;
const isMethod = (group: string): group is (typeof methodNames)[number] =>
  (methodNames as readonly string[]).includes(group);

const hints = {
  totp: 'login.totp.hint',
  lookup_secret: 'login.lookup.hint',
  webauthn: 'login.webauthn.hint',
} as const;

/** The sign-in page in its three forms: first factor, second factor, and once more before something that matters. */
export function loginPage(view: FlowPage & { readonly mayRegister: boolean; readonly links: string }): Html {
  const { flow } = view;
  return flow.requested_aal === 'aal2' ? secondFactor(view) : firstFactor(view);
}

function firstFactor(view: FlowPage & { readonly mayRegister: boolean; readonly links: string }): Html {
  const { page, flow, mayRegister, links } = view;
  const { t } = page;
  const app = flow.oauth2_login_request?.client?.client_name ?? '';
  const title = t.say(flow.refresh ? 'login.refresh.title' : 'login.title');
  const lead = flow.refresh
    ? t.say('login.refresh.lead')
    : app === ''
      ? t.say('login.lead', { brand: page.brand.name })
      : t.say('login.to', { app });
  const groups = groupsOf(flow).filter((group) => group !== 'password');
  const others = groups.map(
    (group) => html`<div class="other">${flowForm({ ...view, groups: [group], look: 'secondary' })}</div>`,
  );
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${lead}</p>
${notices(
  page,
  flow.ui.messages?.filter(({ id }) => id !== 1010003),
)}
${flowForm({ ...view, groups: ['password'] })}
${others.length > 0 ? html`<p class="or">${t.say('or')}</p>${others}` : ''}
<div class="links">${flow.refresh ? signOutForm(page, t.say('login.otherPerson'), 'link') : html`<a href="/recovery${links}">${t.say('login.forgot')}</a>`}
${mayRegister && !flow.refresh ? html`<a href="/registration${links}">${t.say('login.register')}</a>` : ''}</div></div>`;
  return flowPage(view, { title, body, wrong: hasErrors(flow) });
}

/** Kratos offers every factor at once; the page leads with one and keeps the others within reach. */
function secondFactor(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  const offered = groupsOf(flow);
  const ordered = [
    ...secondFactors.filter((group) => offered.includes(group)),
    ...offered.filter((group) => !secondFactors.includes(group)),
  ];
  const tried = triedFactor(flow);
  const first = tried !== undefined && ordered.includes(tried) ? tried : ordered[0];
  const title = t.say('login.second.title');
  const method = (group: string) => (isMethod(group) ? t.say(`login.method.${group}`) : group);
  const form = (group: string, look: 'primary' | 'secondary') => {
    const hint =
      group in hints ? html`<p class="hint">${t.say(hints[group as keyof typeof hints])}</p>` : html``;
    return flowForm({ ...view, groups: [group], look, before: hint });
  };
  const others = ordered
    .filter((group) => group !== first)
    .map((group) => html`<details><summary>${method(group)}</summary>${form(group, 'secondary')}</details>`);
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${t.say(flow.refresh ? 'login.refresh.lead' : 'login.second.lead')}</p>
${notices(
  page,
  flow.ui.messages?.filter(({ id }) => id !== 1010003 && id !== 1010004),
)}
${first === undefined ? '' : html`<h2 class="method">${method(first)}</h2>${form(first, 'primary')}`}
<div class="more">${others}
<details><summary>${t.say('login.lost.title')}</summary><p>${t.say('login.lost.text')}</p></details></div>
<div class="links">${signOutForm(page, t.say('login.otherPerson'), 'link')}</div></div>`;
  return flowPage(view, { title, body, wrong: hasErrors(flow) });
}

/** Mistakes by the factor they are about: Kratos puts them above the whole form, and does not always say which was tried. */
const mistakes: Readonly<Record<number, string>> = {
  4000008: 'totp',
  4000011: 'totp',
  4000012: 'lookup_secret',
  4000014: 'lookup_secret',
  4000016: 'lookup_secret',
  4000013: 'webauthn',
  4000015: 'webauthn',
};

/** The factor somebody has just tried, which then leads. */
function triedFactor({ active, ui }: Flow): string | undefined {
  const told = (ui.messages ?? []).map(({ id }) => mistakes[id]).find((group) => group !== undefined);
  return told ?? active ?? undefined;
}
