import { z } from 'zod';
import { detection, limits, peers, session, telemetry } from './schema-guard.js';
import { listeners, passthrough, sniPassthrough, udpRelay } from './schema-ports.js';
import { route } from './schema-routes.js';
import { colour, hostName, label, unique, url } from './schema-values.js';

const kubernetes = z
  .strictObject({
    namespace: label.describe('Namespace of the Secrets, the ConfigMap and the Ingresses.'),
    configMap: label.describe('ConfigMap that holds this configuration.'),
    configKey: z.string().min(1).describe('Key in it.'),
  })
  .describe(
    'Where the proxy finds its own objects; read and watched with its ServiceAccount token. Default: nothing is read from Kubernetes, only files.',
  );

const tls = z
  .strictObject({
    secrets: unique(label, 1)
      .optional()
      .describe(
        'Secrets of type kubernetes.io/tls. A host gets the certificate that names it; while one is missing only plain HTTP is served for ACME, and a renewal replaces it without touching open connections. Default: none.',
      ),
    files: z
      .array(
        z
          .strictObject({
            cert: z.string().min(1).describe('PEM file: the certificate, then those that lead to the root.'),
            key: z.string().min(1).describe('PEM file: its private key.'),
          })
          .describe('A certificate in files; they are watched, and taken over when they change.'),
      )
      .min(1)
      .optional()
      .describe('Certificates in files, besides or in place of `secrets`. Default: none.'),
  })
  .describe('Certificates. With neither `secrets` nor `files` the proxy speaks plain HTTP only.');

const tile = z
  .strictObject({
    title: z.string().min(1).describe('Name of the app.'),
    url: url.describe('Where it leads.'),
    description: z.string().min(1).optional().describe('One line. Default: none.'),
    group: z
      .enum(['apps', 'developer', 'admin'])
      .describe('Heading: daily work, developer tools, running the box.'),
  })
  .describe('A tile.');

const portal = z
  .strictObject({
    brand: z
      .strictObject({
        name: z.string().min(1).describe('Name of the box.'),
        primary: colour.describe('Main colour.'),
        accent: colour.describe('Second colour.'),
        logo: z
          .string()
          .min(1)
          .optional()
          .describe(
            'SVG document. It is shown as an image, so that nothing in it runs. Default: the name in letters.',
          ),
      })
      .describe('The look of the box.'),
    tiles: z.array(tile).describe('In the order they are shown, group by group.'),
  })
  .describe('What a portal route shows.');

const host = z
  .strictObject({
    name: hostName,
    routes: z.array(route).describe('In the order they are tried: longest path first.'),
  })
  .describe('A host.');

const drain = z
  .strictObject({
    announceSeconds: z
      .int()
      .min(0)
      .max(300)
      .default(5)
      .describe(
        'How long /readyz says no before the ports are closed, so that nobody new is sent here. Default: 5.',
      ),
    seconds: z
      .int()
      .min(0)
      .max(3600)
      .default(30)
      .describe('How long requests and WebSockets may go on after that. Default: 30.'),
  })
  .describe('How the process ends when it is told to.');

/** The whole configuration; `load.ts` reads a file by it, `export-schema.ts` writes it out as JSON Schema. */
export const configSchema = z
  .strictObject({
    version: z.literal(1).describe('Version of this format.'),
    domain: hostName.describe(
      'Domain of the box. Every host is this name or exactly one label below it; nothing else is served.',
    ),
    kubernetes: kubernetes.optional(),
    listeners,
    tls,
    acme: z
      .strictObject({
        ingressClass: z
          .string()
          .min(1)
          .describe(
            'Only Ingresses of this class are read: host and exact path of a challenge to the Service that answers it.',
          ),
      })
      .optional()
      .describe(
        'Answers HTTP-01 challenges through the solvers that cert-manager starts. Default: challenges are answered with 404.',
      ),
    peers,
    limits,
    detection,
    hsts: z
      .strictObject({ maxAge: z.int().min(0).describe('Seconds a browser insists on HTTPS.') })
      .optional()
      .describe(
        'Strict-Transport-Security on answers over TLS, for each host by itself. Default: not sent, as befits certificates that browsers do not trust.',
      ),
    session: session.optional(),
    hosts: z.array(host).min(1).describe('Public hosts. A name stands once.'),
    portal,
    passthroughs: z
      .array(passthrough)
      .describe(
        'Ports whose connections are handed on as they are; half-closed ones stay half-closed. Only these ports are bound besides the listeners.',
      ),
    sniPassthroughs: z
      .array(sniPassthrough)
      .default([])
      .describe('Hosts on the HTTPS port whose TLS the proxy does not end: TURN over TLS. Default: none.'),
    udpRelays: z.array(udpRelay).default([]).describe('UDP port ranges handed on. Default: none.'),
    workers: z
      .int()
      .min(1)
      .max(64)
      .default(1)
      .describe(
        'Processes that share the ports; more than one is for machines with cores to spare. Default: 1.',
      ),
    drain: drain.prefault({}),
    telemetry: telemetry.prefault({}),
  })
  .meta({
    title: 'Configuration of the edge proxy',
    description:
      'Read from the file named by CONFIG and watched in the Kubernetes API; a change takes effect without a restart, an invalid one is refused whole and the old one stays. Always, on every route: towards upstreams the proxy overwrites X-Forwarded-For, X-Forwarded-Proto, X-Forwarded-Host, X-Forwarded-Port and X-Real-IP with what it saw itself (`media` sends none of them), removes Forwarded, hop-by-hop fields and X-Auth-*, sets X-Request-Id (a new one, unless a forwarding peer gave one), continues or starts traceparent, and adds Via. Plain HTTP is redirected to HTTPS for known hosts, ACME challenges excepted. An unknown host is answered with 421, a path without a route with 404. Answers carry X-Request-Id, and over TLS Strict-Transport-Security when `hsts` is given.',
  });

type DeepReadonly<T> = T extends (infer E)[]
  ? readonly DeepReadonly<E>[]
  : T extends object
    ? { readonly [K in keyof T]: DeepReadonly<T[K]> }
    : T;

/** A configuration that is valid, with every default filled in. */
export type Config = DeepReadonly<z.output<typeof configSchema>>;
/** A configuration as a file may have it: defaults left out. */
export type ConfigInput = z.input<typeof configSchema>;

export type HostConfig = Config['hosts'][number];
export type RouteConfig = HostConfig['routes'][number];
export type RouteKind = RouteConfig['kind'];
export type ProxyRouteConfig = Extract<RouteConfig, { kind: 'proxy' }>;
export type MediaRouteConfig = Extract<RouteConfig, { kind: 'media' }>;
export type StaticRouteConfig = Extract<RouteConfig, { kind: 'static' }>;
export type BucketConfig = Config['limits']['strangers'];
