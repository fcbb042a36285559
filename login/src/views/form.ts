import { html } from 'hono/html';
import { type Flow, type FlowKind, inGroups, sentValue, type UiNode, type UiText } from '../nodes.js';
import { buttonLabel, completion, fieldLabel, keyboards } from './labels.js';
import type { Html, PageContext } from './layout.js';

/** A form of a page. */
export interface FormOptions {
  readonly page: PageContext;
  readonly kind: FlowKind;
  readonly flow: Flow;
  /** Groups of nodes the form has, besides the hidden ones every form carries. */
  readonly groups: readonly string[];
  /** Where it is sent. */
  readonly action: string;
  /** What was typed before the flow ran out, by field. */
  readonly typed?: Readonly<Record<string, string>> | undefined;
  /** Says what goes before the nodes. */
  readonly before?: Html | undefined;
  /** Leaves nodes out that the page shows in its own way. */
  readonly without?: (node: UiNode) => boolean;
  /** Looks of the first button. @default 'primary' */
  readonly look?: 'primary' | 'secondary';
}

/** One form with some groups of Kratos' nodes, in Kratos' order: fields first, then buttons. */
export function flowForm(options: FormOptions): Html {
  const { flow, groups, action, before = '', without = () => false } = options;
  const nodes = inGroups(flow, ['default', ...groups]).filter((node) => !without(node));
  const own = nodes.filter(({ group }) => groups.includes(group));
  const hidden = nodes.filter(isHidden);
  const fields = nodes.filter((node) => !isHidden(node) && !isButton(node) && node.type !== 'script');
  const buttons = own.filter(isButton);
  return html`<form method="post" action="${action}" novalidate>${before}
${hidden.map((node) => html`<input type="hidden" name="${node.attributes.name}" value="${sentValue(node)}">`)}
${fields.map((node) => fieldOf(options, node))}
${buttons.length === 0 ? '' : html`<div class="buttons">${buttons.map((node, i) => buttonOf(options, node, i))}</div>`}
</form>`;
}

const isHidden = ({ attributes }: UiNode) => attributes.type === 'hidden';
const isButton = ({ type, attributes }: UiNode) =>
  type === 'input' && (attributes.type === 'submit' || attributes.type === 'button');

/** Sentences about a whole form: what is wrong is announced at once, the rest politely. */
export function notices({ t }: PageContext, texts: readonly UiText[] | null | undefined): Html {
  return html`${(texts ?? []).map((text) =>
    text.type === 'error'
      ? html`<p class="notice wrong" role="alert">${t.kratos(text)}</p>`
      : html`<p class="notice ${text.type === 'success' ? 'good' : ''}" role="status">${t.kratos(text)}</p>`,
  )}`;
}

function fieldOf(options: FormOptions, node: UiNode): Html {
  const { page, kind, typed = {} } = options;
  const { t } = page;
  const { attributes } = node;
  if (node.type === 'img' || node.type === 'text' || node.type === 'a') return html``;
  const { name, type } = attributes;
  const id = `${kind}-${node.group}-${name}`;
  const errors = (node.messages ?? []).filter((message) => message.type === 'error');
  const wrong = errors.length > 0;
  const label = fieldLabel(t, kind, node);
  const value = sentValue(node) === '' ? (typed[name] ?? '') : sentValue(node);
  const complaint = wrong
    ? html`<p class="wrong" id="${id}-wrong">${errors.map((error) => html`<span>${t.kratos(error)}</span> `)}</p>`
    : '';
  const said = wrong ? html`aria-invalid="true" aria-describedby="${id}-wrong"` : '';
  if (type === 'checkbox')
    return html`<div class="field check"><input type="checkbox" id="${id}" name="${name}" value="true" ${
      attributes.value === true ? html`checked` : ''
    } ${said}><label for="${id}">${label}</label>${complaint}</div>`;
  const rest = [
    optional('autocomplete', completion(kind, node)),
    optional('inputmode', keyboards[name]),
    optional('pattern', attributes.pattern),
    optional('maxlength', attributes.maxlength),
    attributes.required ? html` required` : '',
    attributes.disabled ? html` disabled` : '',
    // capitals and corrections do harm in addresses and codes
    type === 'text' && (name in keyboards || name === 'lookup_secret')
      ? html` autocapitalize="none" spellcheck="false"`
      : '',
  ];
  // a password is never sent back
  const shown = type === 'password' ? '' : html` value="${value}"`;
  return html`<div class="field${wrong ? ' is-wrong' : ''}"><label for="${id}">${label}</label>
<input id="${id}" name="${name}" type="${type}"${shown}${rest} ${said}>${complaint}</div>`;
}

const optional = (name: string, value: string | number | undefined) =>
  value === undefined ? '' : html` ${name}="${value}"`;

/** Only functions of Kratos' script may be started by a button. */
const trigger = /^(__)?ory[A-Za-z]+$/;

function buttonOf(options: FormOptions, node: UiNode, index: number): Html {
  const { page, kind, flow, look = 'primary' } = options;
  const { name, type, onclickTrigger = '', disabled } = node.attributes;
  const quiet = /unlink|remove|disable|^email$|^resend$/.test(name);
  const looks = quiet ? 'quiet' : index === 0 ? look : 'secondary';
  const label = buttonLabel(page.t, kind, flow, node);
  const off = disabled ? html` disabled` : '';
  if (type === 'button') {
    if (!trigger.test(onclickTrigger)) return html``;
    return html`<button type="button" class="${looks}" name="${name}" value="${sentValue(node)}" data-trigger="${onclickTrigger}" hidden${off}>${label}</button>
<noscript><p class="hint">${page.t.say('settings.webauthn.noscript')}</p></noscript>`;
  }
  return html`<button type="submit" class="${looks}" name="${name}" value="${sentValue(node)}"${off}>${label}</button>`;
}

/** Scripts of the flow, Kratos' own and the one that starts it; undefined where there are none. */
export function flowScripts(
  { brand, t }: PageContext,
  flow: Flow,
  nonce: string,
  home: string,
): Html | undefined {
  const scripts = flow.ui.nodes.filter(
    ({ type, attributes }) => type === 'script' && attributes.src.startsWith(`${home}/`),
  );
  if (scripts.length === 0) return undefined;
  return html`<p class="visually-hidden" role="alert" data-key-status="${t.say('settings.webauthn.failed')}"></p>
${scripts.map(
  ({ attributes: { src, integrity = '' } }) =>
    html`<script src="${src}" ${integrity === '' ? '' : html`integrity="${integrity}" crossorigin="anonymous"`} nonce="${nonce}" defer></script>`,
)}
<script src="${brand.webauthn.path}" nonce="${nonce}" defer></script>`;
}
