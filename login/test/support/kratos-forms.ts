/** Forms as Kratos v1.3 and v25.4 describe them, taken from its answers. */

interface Options {
  readonly group?: string;
  readonly value?: unknown;
  readonly type?: string;
  readonly label?: object;
  readonly messages?: readonly object[];
  readonly required?: boolean;
  readonly trigger?: string;
}

export const input = (name: string, options: Options = {}) => {
  const {
    group = 'default',
    type = 'text',
    value,
    label,
    messages = [],
    required = false,
    trigger,
  } = options;
  return {
    type: 'input',
    group,
    attributes: {
      node_type: 'input',
      name,
      type,
      required,
      disabled: false,
      ...(value === undefined ? {} : { value }),
      ...(trigger === undefined ? {} : { onclick: `window.${trigger}()`, onclickTrigger: trigger }),
    },
    messages,
    meta: label === undefined ? {} : { label },
  };
};

export const said = (id: number, text: string, type = 'info', context: object = {}) => ({
  id,
  text,
  type,
  context,
});

const csrf = input('csrf_token', { type: 'hidden', value: 'token-of-kratos', required: true });
const submit = (group: string, value = group) =>
  input('method', { group, type: 'submit', value, label: said(1070005, 'Submit') });

export const script = (origin: string) => ({
  type: 'script',
  group: 'webauthn',
  attributes: {
    node_type: 'script',
    src: `${origin}/.well-known/ory/webauthn.js`,
    async: true,
    id: 'webauthn_script',
    integrity: 'sha512-AAAA',
    crossorigin: 'anonymous',
    referrerpolicy: 'no-referrer',
    type: 'text/javascript',
    nonce: 'of-kratos',
  },
  messages: [],
  meta: {},
});

const text = (id: string, group: string, content: object) => ({
  type: 'text',
  group,
  attributes: { node_type: 'text', id, text: content },
  messages: [],
  meta: { label: said(1050017, 'Secret') },
});

export const password = (
  options: { readonly identifier?: string; readonly messages?: readonly object[] } = {},
) => [
  csrf,
  input('identifier', { value: options.identifier ?? '', required: true, messages: options.messages ?? [] }),
  input('password', { group: 'password', type: 'password', required: true }),
  submit('password'),
];

export const secondFactors = (kratos: string) => [
  csrf,
  input('identifier', { type: 'hidden', value: 'ana@studio.example' }),
  input('lookup_secret', { group: 'lookup_secret', required: true }),
  submit('lookup_secret'),
  input('totp_code', { group: 'totp', required: true }),
  submit('totp'),
  input('webauthn_login', { group: 'webauthn', type: 'hidden', value: '' }),
  input('webauthn_login_trigger', {
    group: 'webauthn',
    type: 'button',
    value: '{"publicKey":{"challenge":"abc"}}',
    trigger: 'oryWebAuthnLogin',
  }),
  script(kratos),
];

export const recoveryAsk = [
  csrf,
  input('email', { group: 'code', type: 'email', required: true }),
  submit('code'),
];
export const recoveryCode = [
  csrf,
  input('code', { group: 'code', required: true }),
  input('method', { group: 'code', type: 'hidden', value: 'code' }),
  submit('code'),
  input('email', {
    group: 'code',
    type: 'submit',
    value: 'ana@studio.example',
    label: said(1070008, 'Resend code'),
  }),
];

const codes = (values: readonly string[]) =>
  text('lookup_secret_codes', 'lookup_secret', {
    ...said(1050015, values.join(', ')),
    context: { secrets: values.map((secret) => said(1050009, secret, 'info', { secret })) },
  });

export const settings = {
  profile: [
    input('traits.email', { group: 'profile', type: 'email', value: 'ana@studio.example', required: true }),
    input('traits.name.first', { group: 'profile', value: 'Ana' }),
    input('traits.name.last', { group: 'profile', value: 'Silva' }),
    submit('profile'),
  ],
  password: [input('password', { group: 'password', type: 'password', required: true }), submit('password')],
  totpOff: [
    {
      type: 'img',
      group: 'totp',
      attributes: {
        node_type: 'img',
        id: 'totp_qr',
        src: 'data:image/png;base64,iVBORw0KGgo=',
        width: 256,
        height: 256,
      },
      messages: [],
      meta: { label: said(1050005, 'Authenticator app QR code') },
    },
    text('totp_secret_key', 'totp', said(1050006, 'ABCDEFGH', 'info', { secret: 'ABCDEFGH' })),
    input('totp_code', { group: 'totp', required: true }),
    submit('totp'),
  ],
  totpOn: [
    input('totp_unlink', {
      group: 'totp',
      type: 'submit',
      value: 'true',
      label: said(1050004, 'Unlink TOTP'),
    }),
  ],
  keys: (kratos: string, names: readonly string[] = []) => [
    ...names.map((name) =>
      input('webauthn_remove', {
        group: 'webauthn',
        type: 'submit',
        value: 'abcd',
        label: said(1050018, `Remove security key "${name}"`, 'info', { display_name: name }),
      }),
    ),
    input('webauthn_register_displayname', {
      group: 'webauthn',
      label: said(1050013, 'Name of the security key'),
    }),
    input('webauthn_register', { group: 'webauthn', type: 'hidden', value: '' }),
    input('webauthn_register_trigger', {
      group: 'webauthn',
      type: 'button',
      value: '{"publicKey":{}}',
      trigger: 'oryWebAuthnRegistration',
    }),
    script(kratos),
  ],
  codesNone: [input('lookup_secret_regenerate', { group: 'lookup_secret', type: 'submit', value: 'true' })],
  codesPending: (values: readonly string[]) => [
    codes(values),
    input('lookup_secret_confirm', { group: 'lookup_secret', type: 'submit', value: 'true' }),
  ],
  codesOn: [
    input('lookup_secret_reveal', { group: 'lookup_secret', type: 'submit', value: 'true' }),
    input('lookup_secret_disable', { group: 'lookup_secret', type: 'submit', value: 'true' }),
  ],
  csrf,
};
