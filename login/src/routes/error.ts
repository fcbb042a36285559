import type { Problem } from '../views/error.js';
import type { Visit } from '../visit.js';

/** What Kratos and Hydra call what went wrong, and what it is to people. The first that fits counts. */
const meanings: readonly (readonly [sign: RegExp, problem: Problem])[] = [
  [/csrf/i, 'cookies'],
  [/registration.*(not allowed|disabled)/i, 'registration'],
  [/return_to|allow.?list|requested return/i, 'foreign'],
  [/expired|self_service_flow_expired|already been used|login_challenge|challenge/i, 'old'],
  [/disabled|inactive/i, 'disabled'],
  [/^(invalid_client|invalid_request|invalid_scope|unauthorized_client|unsupported_response_type)$/, 'app'],
  [/^(request_unauthorized|access_denied|login_required|request_forbidden)$/, 'old'],
];

/**
 * The page Kratos and Hydra send people to. What they say in the address is shown to nobody, or a link could make our
 * page say anything; known codes choose the words.
 */
export async function showError(visit: Visit): Promise<Response> {
  const id = visit.query('id');
  const code = visit.query('error');
  const reason = id === undefined ? (code ?? '') : ((await visit.services.kratos.problem(id)) ?? '');
  const problem = meanings.find(([sign]) => sign.test(reason))?.[1] ?? 'plain';
  const known = /^[a-z_]{1,60}(?= |$)/.exec(reason)?.[0];
  visit.services.log.warn('sent to the error page', { id: visit.id, code: known, kratos: id !== undefined });
  return visit.problem(problem);
}
