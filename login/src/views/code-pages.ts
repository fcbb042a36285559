import { html } from 'hono/html';
import { groupsOf, hasErrors } from '../nodes.js';
import { type FlowPage, flowPage } from './flow-page.js';
import { flowForm, notices } from './form.js';
import type { Html } from './layout.js';

/** Back in by a code: an invitation, or a forgotten password. */
export function recoveryPage(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  const asked = flow.state === 'sent_email';
  const title = t.say(asked ? 'recovery.code.title' : 'recovery.title');
  const lead = t.say(asked ? 'recovery.code.lead' : 'recovery.lead');
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${lead}</p>
${notices(page, flow.ui.messages)}${flowForm({ ...view, groups: groupsOf(flow) })}
<div class="links"><a href="/login">${t.say('recovery.remember')}</a></div></div>`;
  return flowPage(view, { title, body, wrong: hasErrors(flow) });
}

/** Shows that an e-mail address is the person's own. */
export function verificationPage(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  const done = flow.state === 'passed_challenge';
  const title = t.say(done ? 'verification.done.title' : 'verification.title');
  const lead = flow.state === 'sent_email' ? t.say('verification.code.lead') : t.say('verification.lead');
  const body = html`<div class="card"><h1>${title}</h1>${done ? '' : html`<p class="lead">${lead}</p>`}
${notices(
  page,
  flow.ui.messages?.filter(({ id }) => id !== 1080003),
)}
${done ? html`<p><a class="button primary" href="/">${t.say('back.home')}</a></p>` : flowForm({ ...view, groups: groupsOf(flow) })}
</div>`;
  return flowPage(view, { title, body, wrong: hasErrors(flow) });
}

/** A new account, where the site allows people to make one. */
export function registrationPage(view: FlowPage & { readonly links: string }): Html {
  const { page, flow, links } = view;
  const { t } = page;
  const title = t.say('registration.title');
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${t.say('login.lead', { brand: page.brand.name })}</p>
${notices(page, flow.ui.messages)}${flowForm({ ...view, groups: groupsOf(flow) })}
<div class="links"><a href="/login${links}">${t.say('registration.login')}</a></div></div>`;
  return flowPage(view, { title, body, wrong: hasErrors(flow) });
}
