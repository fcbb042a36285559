import { z } from 'zod';
import { authority, hostName, listenerPort, port, shortName } from './schema-values.js';

/** Where the process listens. */
export const listeners = z
  .strictObject({
    address: z
      .string()
      .regex(/^[0-9A-Fa-f.:]+$/, { error: "must be an address such as '::', '0.0.0.0' or '127.0.0.1'" })
      .default('::')
      .describe("Address all ports are bound at. Default: '::', IPv6 and IPv4."),
    http: listenerPort.describe('Plain HTTP.'),
    https: listenerPort.describe('TLS with HTTP/1.1 and HTTP/2.'),
    admin: listenerPort.describe(
      '/healthz (the process lives), /readyz (listener, certificate and routes are there), /metrics. Never public.',
    ),
    publicHttps: port
      .default(443)
      .describe('Port at which browsers reach the HTTPS port, as redirects name it. Default: 443.'),
  })
  .describe('Ports the process binds; all unprivileged.');

const proxyHeader = z
  .literal('v2')
  .optional()
  .describe("Header that tells the upstream the client's address. Default: none is sent.");

/** A port handed on over TCP. */
export const passthrough = z
  .strictObject({
    name: shortName.describe('Name for logs and metrics.'),
    port: listenerPort.describe('Port the process binds.'),
    upstream: authority.describe('host:port of the Service.'),
    proxyProtocol: proxyHeader,
    maxConnections: z
      .int()
      .min(1)
      .max(65_535)
      .default(1024)
      .describe('Connections at once; more are closed at once. Default: 1024.'),
    idle: z
      .int()
      .min(1)
      .max(604_800)
      .default(3600)
      .describe('Silence in both directions after which a connection is closed, in seconds. Default: 3600.'),
  })
  .describe('A passthrough.');

/** A name handed on over TCP. */
export const sniPassthrough = z
  .strictObject({
    name: hostName.describe('Name in the ClientHello (SNI); it must not be one of `hosts`.'),
    upstream: authority.describe('host:port of the Service.'),
    proxyProtocol: proxyHeader,
  })
  .describe('A host whose TLS connections are handed on as they are.');

/** Ports handed on over UDP. */
export const udpRelay = z
  .strictObject({
    name: shortName.describe('Name for logs and metrics.'),
    from: port.describe('First port bound; the upstream is sent to at the same port.'),
    to: port.describe('Last port bound.'),
    upstream: z
      .string()
      .regex(/^([A-Za-z0-9.-]+|[0-9A-Fa-f:]+)$/, {
        error: 'must be a host name or an address, without a port',
      })
      .describe('Host the datagrams go to.'),
    maxSessions: z
      .int()
      .min(1)
      .max(65_535)
      .default(1024)
      .describe('Clients at once, over all ports. Default: 1024.'),
    idle: z
      .int()
      .min(1)
      .max(86_400)
      .default(60)
      .describe('Silence after which a client is forgotten, in seconds. Default: 60.'),
  })
  .describe('A range of UDP ports whose datagrams are handed on, with a socket for each client.');
