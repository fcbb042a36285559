import { z } from 'zod';

const text = z.object({
  id: z.number(),
  text: z.string().default(''),
  type: z.string().default('info'),
  context: z.record(z.string(), z.unknown()).optional(),
});

const attributes = z.object({
  node_type: z.string(),
  name: z.string().default(''),
  type: z.string().default(''),
  value: z.unknown().optional(),
  required: z.boolean().default(false),
  disabled: z.boolean().default(false),
  pattern: z.string().optional(),
  maxlength: z.number().optional(),
  autocomplete: z.string().optional(),
  onclickTrigger: z.string().optional(),
  src: z.string().default(''),
  id: z.string().default(''),
  width: z.number().optional(),
  height: z.number().optional(),
  href: z.string().optional(),
  integrity: z.string().optional(),
  text: text.optional(),
});

const node = z.object({
  type: z.string(),
  group: z.string(),
  attributes,
  messages: z.array(text).nullish(),
  meta: z.object({ label: text.optional() }).default({}),
});

const client = z
  .object({
    client_id: z.string().optional(),
    client_name: z.string().optional(),
    redirect_uris: z.array(z.string()).nullish(),
  })
  .nullish();

/** A flow of Kratos as far as pages show it; what else it has is left alone. */
export const flowSchema = z.object({
  id: z.string(),
  ui: z.object({ nodes: z.array(node).default([]), messages: z.array(text).nullish() }),
  state: z.string().optional(),
  active: z.string().nullish(),
  refresh: z.boolean().default(false),
  requested_aal: z.string().nullish(),
  oauth2_login_challenge: z.string().nullish(),
  oauth2_login_request: z.object({ client }).nullish(),
});

/** A sentence of Kratos, told apart by its number. */
export type UiText = z.output<typeof text>;
/** An element of a form: field, button, picture, text or script. */
export type UiNode = z.output<typeof node>;
export type Flow = z.output<typeof flowSchema>;

/** The kinds of flows Kratos has pages for. */
export const flowKinds = ['login', 'registration', 'recovery', 'verification', 'settings'] as const;
export type FlowKind = (typeof flowKinds)[number];

/** Value of a node as a form would send it. */
export const sentValue = ({ attributes }: UiNode): string =>
  attributes.value === undefined || attributes.value === null ? '' : String(attributes.value);

/** Nodes of some groups, in Kratos' order. */
export const inGroups = (flow: Flow, groups: readonly string[]): UiNode[] =>
  flow.ui.nodes.filter(({ group }) => groups.includes(group));

/** Groups a flow has nodes of, but for those that every form carries. */
export const groupsOf = (flow: Flow): string[] => [
  ...new Set(flow.ui.nodes.map(({ group }) => group).filter((group) => group !== 'default')),
];

/** Whether something in the form is wrong. */
export const hasErrors = (flow: Flow): boolean =>
  [...(flow.ui.messages ?? []), ...flow.ui.nodes.flatMap(({ messages }) => messages ?? [])].some(
    ({ type }) => type === 'error',
  );
