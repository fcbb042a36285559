/*
 * Values that labels may take, as dense numbers. Whatever a client invents falls into one of them, so that no request
 * adds a series.
 */

/** Methods by index; the last one stands for all others. */
export const methodLabels = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'PATCH',
  'DELETE',
  'OPTIONS',
  'PROPFIND',
  'PROPPATCH',
  'REPORT',
  'SEARCH',
  'MKCOL',
  'MKCALENDAR',
  'COPY',
  'MOVE',
  'LOCK',
  'UNLOCK',
  'TRACE',
  'other',
] as const;

const otherMethod = methodLabels.length - 1;
const methodIndices = new Map<string, number>(methodLabels.map((name, i) => [name, i]));

/** Index of a method in {@link methodLabels}; methods are case-sensitive (RFC 9110 9.1). */
export function methodIndex(method: string): number {
  // nine of ten
  return method === 'GET' ? 0 : (methodIndices.get(method) ?? otherMethod);
}

/** Codes of RFC 9110 and of IANA's registry, and 499 and 52x of other proxies. */
const codes = [
  100, 101, 102, 103, 200, 201, 202, 203, 204, 205, 206, 207, 208, 226, 300, 301, 302, 303, 304, 305, 307,
  308, 400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421,
  422, 423, 424, 425, 426, 428, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511,
  520, 521, 522, 523, 524, 525, 526,
];

/** Status codes by index: '0' for a request that got no answer, codes by themselves, and '2xx' for an unknown one. */
export const statusLabels: readonly string[] = ['0', ...codes.map(String), '1xx', '2xx', '3xx', '4xx', '5xx'];

// beyond 599 there is nothing; what comes nevertheless counts as a server's error (RFC 9110 15)
const statusIndices = new Uint8Array(1000).fill(codes.length + 5, 600);
for (let status = 100; status < 600; status++) {
  const known = codes.indexOf(status);
  statusIndices[status] = known < 0 ? codes.length + Math.floor(status / 100) : known + 1;
}

/** Index of a status in {@link statusLabels}. */
export function statusIndex(status: number): number {
  return statusIndices[status] ?? 0;
}
