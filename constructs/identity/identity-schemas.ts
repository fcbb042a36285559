/** Kinds of people: us, everybody else we know by name, and contractors or collaborators. */
export const identitySchemas = ['employee', 'default', 'external'] as const;
export type IdentitySchema = (typeof identitySchemas)[number];

const text = (title: string, maxLength = 120) => ({ type: 'string', title, maxLength });

/** Traits that only one kind of people has. */
const particular: Record<IdentitySchema, Record<string, ReturnType<typeof text> | object>> = {
  employee: {
    username: { ...text('User name', 40), pattern: '^[a-z0-9][a-z0-9._-]*$' },
    department: text('Department'),
    title: text('Title'),
  },
  default: {},
  external: {
    company: text('Company'),
  },
};

/**
 * JSON Schema of an identity's traits, in Kratos' dialect. E-mail and name are the same in all of them, so that one
 * claims mapper serves everybody. Groups and a guest's last day are no traits, since people edit those themselves: they are
 * in `metadata_public`.
 * @see https://www.ory.sh/docs/kratos/manage-identities/identity-schema
 */
export function identitySchema(kind: IdentitySchema, domain: string) {
  return {
    $id: `https://auth.${domain}/identity/${kind}.schema.json`,
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: kind,
    type: 'object',
    properties: {
      traits: {
        type: 'object',
        properties: {
          email: {
            type: 'string',
            format: 'email',
            title: 'E-mail',
            maxLength: 254,
            'ory.sh/kratos': {
              credentials: {
                password: { identifier: true },
                webauthn: { identifier: true },
                totp: { account_name: true },
                code: { identifier: true, via: 'email' },
              },
              verification: { via: 'email' },
              recovery: { via: 'email' },
            },
          },
          name: {
            type: 'object',
            properties: { first: text('First name'), last: text('Last name') },
            additionalProperties: false,
          },
          ...particular[kind],
        },
        required: ['email'],
        additionalProperties: false,
      },
    },
  } as const;
}
