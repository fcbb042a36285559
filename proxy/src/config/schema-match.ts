import { z } from 'zod';
import { headers, path, unique } from './schema-values.js';

const gate = z
  .strictObject({
    groups: unique(z.string().min(1).describe('Group name.'), 1)
      .optional()
      .describe('Groups of which a person must be in at least one. Default: everybody signed in.'),
  })
  .meta({
    id: 'gate',
    description:
      'Lets pass only who is signed in, as `session` tells. A page request (GET or HEAD that accepts text/html) of a stranger is redirected (302) to sign in and comes back; any other request is answered with 401. Somebody outside the groups gets 403. When the session cannot be checked the answer is 503: the gate fails closed. Default: no gate.',
  });

const seconds = (most: number, standard: number) => z.int().min(1).max(most).default(standard);

/** Of kinds with an upstream that may take its time. */
export const timeouts = z
  .strictObject({
    connect: seconds(60, 3).describe(
      'Until a connection stands; then the next address is tried. Default: 3.',
    ),
    response: seconds(86_400, 60).describe(
      'Until the first byte of the answer, counted from the last byte of the request. Default: 60.',
    ),
    idle: seconds(86_400, 60).describe(
      'Between two bytes in either direction. There is no limit on the whole. Default: 60.',
    ),
    tunnel: seconds(604_800, 3600).describe('Silence on an upgraded connection. Default: 3600.'),
  })
  .meta({ id: 'timeouts', description: 'Patience with the upstream, in seconds.' });

/** What every route has. */
export const match = {
  path: path.describe(
    "Path the route takes, with everything below it by whole segments: '/api' takes '/api' and '/api/x' but not '/apix'; '/api/' takes '/api/' and what is below. The longest path wins; of two equal ones `exact` goes first, then the one with `methods`.",
  ),
  exact: z.boolean().default(false).describe('Take only the path itself.'),
  methods: unique(
    z.string().regex(/^[A-Z]+(-[A-Z]+)*$/, { error: 'must be a method in capitals, such as PROPFIND' }),
    1,
  )
    .optional()
    .describe(
      'Take only these methods; others go on to the next route that matches, and are answered with 405 when there is none. Default: every method.',
    ),
  gate: gate.optional(),
};

/** On kinds whose answers come from elsewhere or may need a field. */
export const responseHeaders = headers
  .default({})
  .describe("Fields set on every answer, in place of the upstream's. Default: none.");

/** What tells the kinds apart. */
export const kind = <K extends string>(name: K) => z.literal(name).describe('Kind of route.');
