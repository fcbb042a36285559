/** The request that every contender gets, and the answer of the upstream. */

/** Host of the request; all certificates and routes are for it. */
export const host = 'docs.example.test';

/** Target of the small request. */
export const path = '/api/v1.0/documents/?page=1&ordering=-updated_at';

/** Target that answers with 1 MB. */
export const downloadPath = '/bodies/download.bin';

/** Target that takes any body. */
export const uploadPath = '/bodies/upload';

/** Target of WebSockets. */
export const socketPath = '/socket/';

/** Bytes of the large bodies. */
export const bodyBytes = 1_000_000;

/** Fields of a browser that fetches data for a page, in the order Chrome sends them. */
export const fields: readonly (readonly [name: string, value: string])[] = [
  [
    'User-Agent',
    'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/138.0.0.0 Safari/537.36',
  ],
  ['Accept', 'application/json'],
  ['Sec-Fetch-Mode', 'cors'],
  ['Referer', 'https://docs.example.test/docs/'],
  ['Accept-Encoding', 'gzip, deflate, br'],
  ['Accept-Language', 'en-GB,en;q=0.9'],
  ['Cookie', 'docs_sessionid=q3v8k1x0z5n2m7c4b9; csrftoken=J4kPz8WmX2'],
];

/** The small answer. */
export const answer = JSON.stringify({
  count: 1,
  results: [
    { id: '5f0c8c1e', title: 'Minutes of the meeting', updated_at: '2026-05-04T09:12:44Z', depth: 1 },
  ],
});

/** Bytes of the request head in HTTP/1.1. */
export function requestBytes(): number {
  const lines = [
    `GET ${path} HTTP/1.1`,
    `Host: ${host}`,
    ...fields.map(([name, value]) => `${name}: ${value}`),
  ];
  return lines.reduce((sum, line) => sum + line.length + 2, 2);
}

/** The fields as arguments of wrk and h2load. */
export function fieldArguments(): string[] {
  return fields.flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
}
