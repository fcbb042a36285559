import type { MessageKey } from '../i18n/en.js';
import type { Translator } from '../i18n/translator.js';
import { type Flow, type FlowKind, sentValue, type UiNode } from '../nodes.js';

/** What our buttons say, by what they send; `kind:name=value` goes before `name=value` and `name`. */
const buttons: Readonly<Record<string, MessageKey>> = {
  'login:method=password': 'button.signIn',
  'login:method=totp': 'button.confirm',
  'login:method=lookup_secret': 'button.confirm',
  'registration:method=password': 'button.register',
  'registration:method=profile': 'button.continue',
  'settings:method=profile': 'button.save',
  'settings:method=password': 'button.setPassword',
  'settings:method=totp': 'button.totp',
  'method=code': 'button.continue',
  totp_unlink: 'button.totp_unlink',
  webauthn_login_trigger: 'button.webauthn_login',
  webauthn_register_trigger: 'button.webauthn_register',
  webauthn_remove: 'button.webauthn_remove',
  lookup_secret_reveal: 'button.lookup_reveal',
  lookup_secret_regenerate: 'button.lookup_regenerate',
  lookup_secret_confirm: 'button.lookup_confirm',
  lookup_secret_disable: 'button.lookup_disable',
  email: 'button.resend',
  resend: 'button.resend',
};

/** Text on a button. A button we do not know says what Kratos calls it. */
export function buttonLabel(t: Translator, kind: FlowKind, flow: Flow, node: UiNode): string {
  const { name } = node.attributes;
  const value = sentValue(node);
  // the same button first sends for a code, and then hands it in
  const asks = (kind === 'recovery' || kind === 'verification') && flow.state !== 'sent_email';
  if (asks && name === 'method' && value === 'code') return t.say('button.sendCode');
  const key = buttons[`${kind}:${name}=${value}`] ?? buttons[`${name}=${value}`] ?? buttons[name];
  const label = node.meta.label;
  if (key !== undefined) return t.say(key, { name: String(label?.context?.display_name ?? '') });
  return label === undefined ? t.say('button.continue') : t.kratos(label);
}

/** Label of a field. */
export function fieldLabel(t: Translator, kind: FlowKind, node: UiNode): string {
  const { name } = node.attributes;
  if (name === 'password' && kind === 'settings') return t.say('field.newPassword');
  const key = `field.${name}`;
  if (t.has(key)) return t.say(key);
  const label = node.meta.label;
  return label === undefined ? name : t.kratos(label);
}

/** What browsers and password managers should offer; Kratos says it for some fields only. */
const completions: Readonly<Record<string, string>> = {
  identifier: 'username',
  email: 'email',
  totp_code: 'one-time-code',
  code: 'one-time-code',
  lookup_secret: 'off',
  webauthn_register_displayname: 'off',
  'traits.email': 'email',
  'traits.name.first': 'given-name',
  'traits.name.last': 'family-name',
  'traits.username': 'nickname',
  'traits.title': 'organization-title',
  'traits.company': 'organization',
};

/** Value of `autocomplete`. */
export function completion(kind: FlowKind, { attributes }: UiNode): string | undefined {
  if (attributes.name === 'password') return kind === 'login' ? 'current-password' : 'new-password';
  return completions[attributes.name] ?? attributes.autocomplete;
}

/** The keyboard a phone should show. */
export const keyboards: Readonly<Record<string, string>> = {
  identifier: 'email',
  email: 'email',
  'traits.email': 'email',
  totp_code: 'numeric',
  code: 'numeric',
};
