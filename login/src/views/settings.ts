import { html } from 'hono/html';
import { type Flow, groupsOf, hasErrors, inGroups, type UiNode } from '../nodes.js';
import { type FlowPage, flowPage } from './flow-page.js';
import { flowForm, notices } from './form.js';
import type { Html } from './layout.js';

const order = ['profile', 'password', 'totp', 'webauthn', 'lookup_secret', 'passkey', 'oidc'] as const;
type SettingsGroup = (typeof order)[number];

const recovered = 1060001;

/** The account: who somebody is and how they prove it. */
export function settingsPage(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  // whoever came in by a code has one thing to do first
  if ((flow.ui.messages ?? []).some(({ id }) => id === recovered) && groupsOf(flow).includes('password'))
    return choosePassword(view);
  const sections = order
    .filter((group) => groupsOf(flow).includes(group))
    .map((group) => section(view, group));
  const title = t.say('settings.title');
  const body = html`<h1>${title}</h1>${notices(page, flow.ui.messages)}
${lacksCodes(flow) ? html`<p class="notice warn" role="status">${t.say('settings.warnCodes')} <a href="#lookup_secret">${t.say('settings.lookup_secret')}</a></p>` : ''}
${sections}`;
  return flowPage(view, { title, body, section: 'settings', wrong: hasErrors(flow) });
}

function choosePassword(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  const title = t.say('settings.welcome.title');
  const body = html`<div class="card"><h1>${title}</h1><p class="lead">${t.say('settings.welcome.lead')}</p>
${notices(
  page,
  flow.ui.messages?.filter(({ id }) => id !== recovered),
)}
${flowForm({ ...view, groups: ['password'], before: html`<p class="hint">${t.say('settings.password.lead')}</p>` })}
<div class="links"><a href="/settings">${t.say('settings.welcome.later')}</a></div></div>`;
  return flowPage(view, { title, body, wrong: hasErrors(flow) });
}

function section(view: FlowPage, group: SettingsGroup): Html {
  const { t } = view.page;
  const lead = leads[group];
  return html`<section class="part" id="${group}" aria-labelledby="${group}-title">
<div class="about"><h2 id="${group}-title">${t.say(`settings.${group}`)}</h2>${lead === undefined ? '' : html`<p>${t.say(lead)}</p>`}</div>
<div class="panel">${content(view, group)}</div></section>`;
}

const leads = {
  profile: 'settings.profile.lead',
  password: 'settings.password.lead',
  totp: 'settings.totp.lead',
  webauthn: 'settings.webauthn.lead',
  lookup_secret: 'settings.lookup_secret.lead',
  passkey: undefined,
  oidc: undefined,
} as const;

function content(view: FlowPage, group: SettingsGroup): Html {
  switch (group) {
    case 'totp':
      return totp(view);
    case 'webauthn':
      return securityKeys(view);
    case 'lookup_secret':
      return recoveryCodes(view);
    default:
      return flowForm({
        ...view,
        groups: [group],
        look: group === 'profile' || group === 'password' ? 'primary' : 'secondary',
      });
  }
}

const byName = (flow: Flow, name: string) =>
  flow.ui.nodes.find(({ attributes }) => attributes.name === name || attributes.id === name);

/** Nothing counts before the digits were right: whoever stops half-way keeps signing in as before. */
function totp(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  const picture = byName(flow, 'totp_qr')?.attributes;
  const secret = byName(flow, 'totp_secret_key')?.attributes.text;
  if (picture === undefined)
    return html`<p class="state on">${t.say('settings.totp.on')}</p>${flowForm({ ...view, groups: ['totp'] })}`;
  const word = String(secret?.context?.secret ?? secret?.text ?? '');
  const before = html`<p class="hint">${t.say('settings.totp.scan')}</p>
<img class="qr" src="${picture.src.startsWith('data:image/') ? picture.src : ''}" width="${picture.width ?? 256}" height="${picture.height ?? 256}" alt="${t.say('settings.totp.alt')}">
<p class="hint">${t.say('settings.totp.manual')} <code class="secret">${word.replace(/(.{4})(?=.)/g, '$1 ')}</code></p>`;
  return flowForm({ ...view, groups: ['totp'], before, look: 'secondary' });
}

function securityKeys(view: FlowPage): Html {
  const isRemoval = ({ attributes }: UiNode) => attributes.name === 'webauthn_remove';
  const keys = view.flow.ui.nodes.filter(isRemoval);
  const add = flowForm({ ...view, groups: ['webauthn'], look: 'secondary', without: isRemoval });
  if (keys.length === 0) return add;
  const removal = flowForm({
    ...view,
    groups: ['webauthn'],
    without: (node) => node.group === 'webauthn' && !isRemoval(node),
  });
  return html`${removal}<hr>${add}`;
}

/** New codes count once they are confirmed, so nobody is left with codes they never saw. */
function recoveryCodes(view: FlowPage): Html {
  const { page, flow } = view;
  const { t } = page;
  const list = byName(flow, 'lookup_secret_codes')?.attributes.text;
  const secrets = Array.isArray(list?.context?.secrets) ? list.context.secrets : [];
  const pending = byName(flow, 'lookup_secret_confirm') !== undefined;
  const have = !pending && byName(flow, 'lookup_secret_disable') !== undefined;
  const codes = secrets.map((entry) => {
    const { context, text = '' } = (entry ?? {}) as { context?: { secret?: string }; text?: string };
    const code = context?.secret;
    return code === undefined || code === ''
      ? html`<li><s>${t.say('settings.lookup_secret.used')}</s></li>`
      : html`<li><code>${code || text}</code></li>`;
  });
  const before = html`${have ? html`<p class="state on">${t.say('settings.lookup_secret.have')}</p>` : ''}
${codes.length === 0 ? '' : html`<ul class="codes">${codes}</ul>`}
${pending ? html`<p class="notice warn">${t.say('settings.lookup_secret.pending')}</p>` : ''}`;
  return flowForm({ ...view, groups: ['lookup_secret'], before, look: 'secondary' });
}

/** A second factor without recovery codes locks somebody out with the first lost phone. */
function lacksCodes(flow: Flow): boolean {
  const names = inGroups(flow, ['totp', 'webauthn', 'lookup_secret']).map(
    ({ attributes }) => attributes.name,
  );
  const factor = names.includes('totp_unlink') || names.includes('webauthn_remove');
  const codes = names.includes('lookup_secret_disable') || names.includes('lookup_secret_reveal');
  return factor && !codes && names.includes('lookup_secret_regenerate');
}
