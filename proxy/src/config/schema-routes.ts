import { z } from 'zod';
import { kind, match, responseHeaders, timeouts } from './schema-match.js';
import { authority, bucket, fieldName, path, unique, upstream, url } from './schema-values.js';

/** Kinds of client, whose habits requests are judged by. */
export const trafficClasses = [
  'browser',
  'api',
  'caldav',
  'git',
  's3',
  'matrix',
  'websocket',
  'stream',
] as const;

export type TrafficClass = (typeof trafficClasses)[number];

const proxyRoute = z
  .strictObject({
    kind: kind('proxy'),
    ...match,
    class: z
      .enum(trafficClasses)
      .default('browser')
      .describe(
        "Kind of client, whose habits requests are judged by: a cookieless git client or a PROPFIND is normal where the class says so. Default: 'browser'.",
      ),
    upstream,
    upstreamHost: authority.optional().describe("Host sent upstream. Default: the client's Host."),
    replacePrefix: path
      .optional()
      .describe(
        "Put in place of `path` before the request goes on; '/' takes the prefix off. Joined with exactly one slash. Default: the path goes on as it is.",
      ),
    rawPath: z
      .boolean()
      .default(false)
      .describe(
        'Match and pass on the request target byte for byte: no decoding, no normalisation of dot segments or slashes. For signatures over the path (S3) and ids with %2F or %3A (git, Matrix). Dot segments and encoded slashes that would leave `path` are refused either way, and what is matched is always what is forwarded.',
      ),
    webSocket: z
      .boolean()
      .default(false)
      .describe(
        'Pass upgrades to WebSocket on, over HTTP/1.1 and HTTP/2 (RFC 8441). Client bytes are held until the upstream has answered 101.',
      ),
    origins: unique(
      z.string().regex(/^https?:\/\/[^\s/?#]+$/, {
        error: 'must be an origin such as https://docs.example.org, without a path',
      }),
      1,
    )
      .optional()
      .describe(
        'Origins from which a browser may open a WebSocket here; another one is answered with 403, a client without Origin passes. Default: any.',
      ),
    bodyLimitMi: z
      .union([z.int().min(1), z.literal('unlimited')], {
        error: "must be a whole number of MiB from 1 on, or 'unlimited'",
      })
      .default(100)
      .describe('Largest request body in MiB; more is answered with 413. Default: 100.'),
    timeouts: timeouts.prefault({}),
    buffering: z
      .boolean()
      .default(true)
      .describe(
        'Whether an answer may be compressed and its pieces joined. False passes each piece on as it comes: server-sent events.',
      ),
    responseHeaders,
    bodyRewrites: z
      .array(
        z
          .strictObject({
            find: z.string().min(1).describe('Text to look for, as it stands: no pattern.'),
            replace: z.string().describe('Text to put in its place.'),
            types: unique(z.string().regex(/^[a-z0-9.+-]+\/[a-z0-9.+-]+$/), 1)
              .default(['text/html', 'application/javascript', 'text/javascript'])
              .describe('Media types of answers it is done in. Default: HTML and JavaScript.'),
          })
          .describe('A replacement.'),
      )
      .default([])
      .describe(
        'Replaces text in answers, in order. The upstream is asked for an answer without content coding, and what would no longer be true of the body (ETag, ranges, digests) is taken off. Default: none.',
      ),
    cache: z
      .strictObject({
        seconds: z
          .int()
          .min(1)
          .max(31_536_000)
          .describe('How long an answer is kept that names no lifetime of its own.'),
        maxObjectMi: z.int().min(1).max(64).default(1).describe('Largest answer kept, in MiB. Default: 1.'),
      })
      .optional()
      .describe(
        'Keep answers to GET that their own headers allow to be shared, in memory. Never with Authorization, Cookie or Set-Cookie. Default: nothing is kept.',
      ),
    authorize: z
      .strictObject({
        url: url.describe(
          "Asked before each request with GET: the client's Cookie, Authorization and Host, X-Original-URL and X-Original-Method, no body. 2xx passes; 401 and 403 go to the client as they are; anything else is 502. 5 s and 64 KiB at most.",
        ),
        captureHeaders: unique(fieldName)
          .default([])
          .describe(
            "Fields of the answer that go upstream; the client's own are removed first. Default: none.",
          ),
        cacheSeconds: z
          .int()
          .min(0)
          .max(300)
          .default(0)
          .describe(
            'How long a 2xx is believed for the same credentials and route, in seconds; keyed by a hash. Default: 0, each request is asked about.',
          ),
      })
      .optional()
      .describe('A program that decides about each request. Default: none.'),
    limit: bucket
      .optional()
      .describe(
        'A bucket of this route for each client, besides those of `limits`. Default: only those of `limits`.',
      ),
    cost: z
      .int()
      .min(1)
      .max(100)
      .default(1)
      .describe('Tokens a request takes from the rate limiter. Default: 1.'),
  })
  .meta({ id: 'proxyRoute', description: 'Passes requests on to a Service.' });

const mediaRoute = z
  .strictObject({
    kind: kind('media'),
    ...match,
    upstream,
    upstreamHost: authority.describe('Host the app signed for.'),
    strip: path.describe('Taken off the path: `path` or the beginning of it. Ends with a slash.'),
    prepend: path.describe("Put in front of what is left: '/bucket/'."),
    rawPath: z.literal(true).describe('Signatures cover the path byte for byte; there is no other way.'),
    authorize: z
      .strictObject({
        url: url.describe('Asked before each object. 5 s and 64 KiB at most.'),
        captureHeaders: unique(fieldName, 1).describe(
          "Fields of the answer that go to the store; the client's own are removed first.",
        ),
      })
      .describe('Who decides.'),
    responseHeaders,
  })
  .meta({
    id: 'mediaRoute',
    description:
      "Serves objects of an S3 bucket to those whom an app allows. 1. The app is asked with GET at `authorize.url`: the client's Cookie, the client's Host, X-Original-URL (full URL of the request), X-Original-Method, no body. 2. 200 allows; 401 and 403 go to the client as they are; anything else is 502. 3. The object is asked for with GET at `prepend` + the rest of the path after `strip`, byte for byte, with `upstreamHost` as Host and the captured fields, with Range and If-* of the client but without its query, Cookie, Authorization, and without any X-Forwarded field, since the store would check the signature against those. HEAD is answered by a GET that is broken off after the head; other methods are answered with 405.",
  });

const staticRoute = z
  .strictObject({
    kind: kind('static'),
    ...match,
    root: z
      .string()
      .min(1)
      .regex(/^\//, { error: "must be an absolute folder that starts with '/'" })
      .describe("Folder in the proxy's image."),
    fallback: z
      .string()
      .min(1)
      .regex(/^[^/]/, { error: "must be a file below root, without a '/' in front" })
      .optional()
      .describe('File served when nothing matches: a single-page app. Default: 404.'),
    rewrites: z
      .array(
        z
          .strictObject({
            pattern: z.string().min(1).describe('ECMAScript regular expression, matched with the flag u.'),
            target: z.string().min(1).describe('File below root; $1 and so on are groups of the pattern.'),
          })
          .describe('A rewrite.'),
      )
      .default([])
      .describe(
        'Tried in order; the first pattern that matches the path names the file below root. Default: none.',
      ),
    responseHeaders,
  })
  .meta({
    id: 'staticRoute',
    description:
      'Serves files. A path names root/path, root/path.html or root/path/index.html. Answers carry ETag and Content-Type, know Range and conditions, and use precompressed .br and .gz files. File names with a content hash are cached for a year, others are revalidated.',
  });

const redirectRoute = z
  .strictObject({
    kind: kind('redirect'),
    ...match,
    to: z
      .string()
      .regex(/^(https?:\/\/[^\s]+|\/([^/\s][^\s]*)?)$/, {
        error: "must be an absolute URL, or a path on the same host that starts with a single '/'",
      })
      .describe('Absolute URL, or absolute path on the same host.'),
    status: z.literal([301, 302, 303, 307, 308]).describe('Status of the answer.'),
    keepPath: z.boolean().default(false).describe('Append what follows `path`.'),
  })
  .meta({
    id: 'redirectRoute',
    description: 'Sends the client elsewhere. The query is kept unless `to` has one.',
  });

const answerRoute = z
  .strictObject({
    kind: kind('answer'),
    ...match,
    status: z.int().min(200).max(599).describe('Status of the answer.'),
    contentType: z.string().min(1).describe('Content-Type of the answer.'),
    body: z.string().describe('The text.'),
    responseHeaders,
  })
  .meta({
    id: 'answerRoute',
    description: 'Answers GET and HEAD with a fixed text; for well-known documents.',
  });

const denyRoute = z
  .strictObject({
    kind: kind('deny'),
    ...match,
    status: z.literal([403, 404]).describe('403, or 404 to hide that something is there.'),
  })
  .meta({ id: 'denyRoute', description: 'Refuses requests.' });

const portalRoute = z.strictObject({ kind: kind('portal'), ...match }).meta({
  id: 'portalRoute',
  description: 'The page that lists the tiles of `portal`, drawn by the proxy itself.',
});

export const route = z
  .discriminatedUnion('kind', [
    proxyRoute,
    mediaRoute,
    staticRoute,
    redirectRoute,
    answerRoute,
    denyRoute,
    portalRoute,
  ])
  .meta({ id: 'route', description: 'What happens to requests of a path.' });
