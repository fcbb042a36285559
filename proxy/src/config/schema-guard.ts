import { z } from 'zod';
import { bucket, cidr, headers, unique, url } from './schema-values.js';

/** Connections that are special because of where they come from. */
export const peers = z
  .strictObject({
    forwarding: unique(cidr)
      .default([])
      .describe(
        'Proxies in front of this one: their X-Forwarded-For is walked from the right, and their X-Request-Id is kept. Default: none.',
      ),
    unlimited: unique(cidr)
      .default([])
      .describe(
        'Spared the rate limiter and the detector, and nothing else: gates, denials and media checks hold for them too. Default: none.',
      ),
    proxyProtocol: unique(cidr)
      .default([])
      .describe(
        'Load balancers whose connections to the HTTP and HTTPS ports must begin with a PROXY protocol header (v1 or v2), which names the client; one without is closed. Nobody else may send one. Default: none.',
      ),
  })
  .describe(
    'Connections that are special because of the address the socket itself shows, never because of a field.',
  );

/** Rate limits and bounds on what one client may ask for. */
export const limits = z
  .strictObject({
    signedIn: bucket
      .default({ burst: 200, perSecond: 50 })
      .describe(
        'Each session that has been validated: by whoami, or by an answer below 400 from a gated route. Default: 200, 50 per second.',
      ),
    strangers: bucket
      .default({ burst: 50, perSecond: 10 })
      .describe(
        'Each address without one (IPv4 /32, IPv6 /64). An unknown cookie makes nobody signed in. Default: 50, 10 per second.',
      ),
    address: bucket
      .default({ burst: 1000, perSecond: 200 })
      .describe('Each address as a whole, besides the above. Default: 1000, 200 per second.'),
    connectionsPerAddress: z
      .int()
      .min(1)
      .max(65_535)
      .default(256)
      .describe('Open connections of one address. Default: 256.'),
    newConnections: bucket
      .default({ burst: 512, perSecond: 100 })
      .describe(
        'New connections of one address; more are closed before TLS, since a full handshake takes half a millisecond. Default: 512, 100 per second.',
      ),
    streamsPerConnection: z
      .int()
      .min(1)
      .max(1000)
      .default(100)
      .describe('Requests at once on one HTTP/2 connection. Default: 100.'),
    headBytes: z
      .int()
      .min(1024)
      .max(1_048_576)
      .default(32_768)
      .describe(
        'Largest head of a request: request line and fields, in bytes. More is answered with 431. Default: 32768.',
      ),
    fields: z
      .int()
      .min(10)
      .max(1000)
      .default(100)
      .describe('Most fields in the head of a request. More is answered with 431. Default: 100.'),
    targetBytes: z
      .int()
      .min(256)
      .max(65_536)
      .default(8192)
      .describe('Longest path with query, in bytes. More is answered with 414. Default: 8192.'),
  })
  .describe('Rate limits. Over the limit the answer is 429 with Retry-After.');

const bot = z
  .strictObject({
    name: z.string().min(1).max(40).describe('Name for logs.'),
    userAgent: z.string().min(1).describe('Text its User-Agent contains, in any case.'),
    domains: unique(
      z.string().regex(/^([a-z0-9]([a-z0-9-]*[a-z0-9])?\.)+[a-z]{2,63}$/, {
        error: 'must be a domain in lower case such as googlebot.com',
      }),
    )
      .default([])
      .describe(
        'Domains its addresses have names in, checked backwards and forwards in the DNS. Default: none.',
      ),
    cidrs: unique(cidr).default([]).describe('Networks it comes from. Default: none.'),
  })
  .describe('A search engine; either `domains` or `cidrs` must tell it from those who only claim the name.');

/** How attacks are recognised. */
export const detection = z
  .strictObject({
    mode: z
      .enum(['off', 'observe', 'enforce'])
      .meta({ default: 'enforce' })
      .describe(
        "'off': nothing is scored. 'observe': verdicts go to log and metrics. 'enforce': they are acted upon. Default: 'enforce'.",
      ),
    limitAt: z
      .number()
      .gt(0)
      .max(1)
      .default(0.5)
      .describe('Score from which a client gets a smaller bucket. Default: 0.5.'),
    refuseAt: z
      .number()
      .gt(0)
      .max(1)
      .default(0.9)
      .describe('Score from which a request is answered with 403. Default: 0.9.'),
    blockSeconds: z
      .int()
      .min(1)
      .max(3600)
      .default(600)
      .describe(
        'How long a client is blocked that goes on being refused, in seconds; doubled each time up to an hour. Default: 600.',
      ),
    bots: z
      .array(bot)
      .default([])
      .describe(
        'Search engines besides the known ones, or in their place when the name is the same. Default: none.',
      ),
    shadowWeights: z
      .string()
      .min(1)
      .optional()
      .describe('File with other weights that score beside, for the log only. Default: none.'),
  })
  .describe('Scanners and floods.');

/** How somebody signed in is recognised. */
export const session = z
  .strictObject({
    whoami: url.describe(
      "Asked with GET and the client's Cookie; 200 with the session as JSON for somebody signed in. 5 s at most.",
    ),
    signIn: url.describe('Where a browser is sent to sign in.'),
    returnParameter: z
      .string()
      .min(1)
      .describe('Query parameter of `signIn` that is given the URL to come back to.'),
    cookies: unique(
      z
        .string()
        .min(1)
        .regex(/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/, {
          error: 'must be a cookie name: letters, digits and hyphens, without spaces, = and ;',
        })
        .describe('Cookie name.'),
      1,
    ).describe(
      'Cookies that carry a session. The first one present is the identity for the rate limiter, once validated.',
    ),
    groups: z
      .string()
      .min(1)
      .regex(/^\//, { error: "must be a JSON pointer that starts with '/'" })
      .default('/identity/metadata_public/groups')
      .describe(
        "JSON pointer to the list of group names in whoami's answer. Default: '/identity/metadata_public/groups'.",
      ),
    cacheSeconds: z
      .int()
      .min(0)
      .max(300)
      .default(30)
      .describe('How long an answer is believed, in seconds; keyed by a hash of the cookie. Default: 30.'),
  })
  .describe('How somebody signed in is recognised. Default: gates are refused.');

/** Where the proxy tells what it does. */
export const telemetry = z
  .strictObject({
    accessLog: z
      .string()
      .regex(/^(stdout|off|\.{0,2}\/.+)$/, {
        error: "must be 'stdout', 'off', or the path of a file that starts with '/' or './'",
      })
      .default('stdout')
      .describe("One line of JSON for each request: 'stdout', 'off', or a file. Default: 'stdout'."),
    otlp: z
      .strictObject({
        endpoint: url.describe(
          'Where spans are sent as OTLP over HTTP with JSON: a collector, such as http://tempo:4318.',
        ),
        headers: headers.default({}).describe('Fields sent along, such as a token. Default: none.'),
      })
      .optional()
      .describe('Spans of requests for a collector. Default: none are sent.'),
  })
  .describe('What the proxy tells about itself, besides /metrics.');
