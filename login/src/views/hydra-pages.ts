import { html } from 'hono/html';
import type { Client, ConsentRequest } from '../hydra.js';
import { type Html, layout, type PageContext } from './layout.js';

const explained = ['openid', 'email', 'profile', 'groups', 'offline_access'] as const;
const isExplained = (scope: string): scope is (typeof explained)[number] =>
  (explained as readonly string[]).includes(scope);

const nameOf = (client: Client | null | undefined) =>
  [client?.client_name, client?.client_id].find(
    (name) => name !== undefined && name !== null && name !== '',
  ) ?? '?';

/** Asks whether a foreign app may know who somebody is. */
export function consentPage(page: PageContext, request: ConsentRequest, email: string): Html {
  const { t, csrf, brand } = page;
  const { client, challenge, requested_scope } = request;
  const title = t.say('consent.title', { app: nameOf(client) });
  const wishes = (requested_scope ?? []).map((scope) => {
    const text = isExplained(scope)
      ? t.say(`consent.scope.${scope}`)
      : t.say('consent.scope.other', { scope });
    return html`<li>${text}<input type="hidden" name="scope" value="${scope}"></li>`;
  });
  const policy = client?.policy_uri ?? '';
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${t.say('consent.lead', { email, brand: brand.name })}</p>
<form method="post" action="/consent"><input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="challenge" value="${challenge}">
<ul class="wishes">${wishes}</ul>
${policy.startsWith('https://') ? html`<p class="hint"><a href="${policy}" rel="noreferrer">${t.say('consent.policy')}</a></p>` : ''}
<div class="field check"><input type="checkbox" id="remember" name="remember" value="yes"><label for="remember">${t.say('consent.remember')}</label></div>
<div class="buttons"><button class="primary" name="decision" value="allow">${t.say('consent.allow')}</button><button class="secondary" name="decision" value="deny">${t.say('consent.deny')}</button></div></form></div>`;
  return layout(page, { title, body });
}

/** Asks whether a sign-out that somebody else began is wanted. */
export function logoutPage(page: PageContext, challenge: string, client: Client | null | undefined): Html {
  const { t, csrf } = page;
  const title = t.say('logout.title');
  const app = client === null || client === undefined ? t.say('logout.unknown') : nameOf(client);
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${t.say('logout.lead', { app })}</p>
<form method="post" action="/logout"><input type="hidden" name="csrf" value="${csrf}"><input type="hidden" name="challenge" value="${challenge}">
<div class="buttons"><button class="primary" name="decision" value="leave">${t.say('signOut')}</button><button class="secondary" name="decision" value="stay">${t.say('logout.stay')}</button></div></form></div>`;
  return layout(page, { title, body });
}

/** The end. */
export function signedOutPage(page: PageContext): Html {
  const { t } = page;
  const title = t.say('signedOut.title');
  const body = html`<div class="card"><h1>${title}</h1><p>${t.say('signedOut.text')}</p>
<p><a class="button primary" href="/login">${t.say('signedOut.again')}</a></p></div>`;
  return layout(page, { title, body });
}
