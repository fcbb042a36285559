import { z } from 'zod';
import { claimNames, claimsOf, mayEnter } from '../claims.js';
import type { Services } from '../services.js';

const extra = z.record(z.string(), z.unknown()).nullish();

/** What Hydra says of a token it is about to give. @see https://www.ory.sh/docs/hydra/guides/claims-at-refresh */
const hook = z.object({
  session: z.object({
    id_token: z
      .object({
        subject: z.string().nullish(),
        id_token_claims: z.object({ sub: z.string().nullish(), ext: extra }).nullish(),
      })
      .nullish(),
    extra,
  }),
  request: z.object({
    granted_scopes: z.array(z.string()).nullish(),
    grant_types: z.array(z.string()).nullish(),
  }),
});

/**
 * Hydra asks before each token, at refresh too: groups and names are those of now, and whoever was switched off gets
 * none. When Kratos cannot be asked there is no token either; apps try again.
 */
export async function answerTokenHook({ kratos, metrics, log }: Services, body: unknown): Promise<Response> {
  const read = hook.safeParse(body);
  if (!read.success) return new Response('not a token hook', { status: 400 });
  const { session, request } = read.data;
  const claims = session.id_token?.id_token_claims;
  const subject = claims?.sub ?? session.id_token?.subject ?? '';
  // an app that speaks for itself has no person behind it
  if (subject === '' || request.grant_types?.includes('client_credentials'))
    return new Response(null, { status: 204 });
  const person = await kratos.person(subject);
  if (!mayEnter(person)) {
    metrics.events.add({ event: 'token_refused' });
    log.info('token refused');
    return new Response(null, { status: 403 });
  }
  // `sid` and other claims that are not ours stay: the answer replaces them all
  const kept = Object.entries(claims?.ext ?? {}).filter(([name]) => !claimNames.includes(name));
  return Response.json({
    session: {
      access_token: session.extra ?? {},
      id_token: { ...Object.fromEntries(kept), ...claimsOf(person, request.granted_scopes ?? []) },
    },
  });
}
