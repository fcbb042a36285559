/** Every failure the proxy names. Codes are stable: logs, metrics and people search for them. */
export type ErrorCode =
  | 'EDGE_CONFIG'
  | 'EDGE_CERTIFICATE'
  | 'EDGE_KUBERNETES'
  | 'EDGE_HEAD'
  | 'EDGE_HEAD_SIZE'
  | 'EDGE_TARGET_SIZE'
  | 'EDGE_FRAMING'
  | 'EDGE_CODING'
  | 'EDGE_VERSION'
  | 'EDGE_EXPECTATION'
  | 'EDGE_BODY_SIZE'
  | 'EDGE_BODY_SLOW'
  | 'EDGE_CLIENT_GONE'
  | 'EDGE_UPSTREAM_CONNECT'
  | 'EDGE_UPSTREAM_CLOSED'
  | 'EDGE_UPSTREAM_HEAD'
  | 'EDGE_UPSTREAM_TIMEOUT'
  | 'EDGE_UPSTREAM_UNHEALTHY'
  | 'EDGE_UPSTREAM_BUSY'
  | 'EDGE_AUTHORIZE'
  | 'EDGE_LOOP'
  | 'EDGE_PROXY_PROTOCOL';

/** An error of the proxy. `code` is for programs, `message` for people: what, where, the value, the rule, the way out. */
export class ProxyError extends Error {
  override readonly name = 'ProxyError';

  constructor(
    readonly code: ErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
