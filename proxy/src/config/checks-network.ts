import ipaddr from 'ipaddr.js';
import type { Findings } from './problems.js';
import { placeName } from './problems.js';
import type { Config } from './schema.js';
import type { Place } from './schema-lookup.js';

/** Addresses, networks, ports and what they are bound for. */
export function checkNetwork(config: Config, found: Findings): void {
  checkNetworks(config, found);
  checkPorts(config, found);
  checkRelays(config, found);
  const targets: (readonly [Place, string, number | undefined])[] = [
    ...config.passthroughs.map(
      (item, i) => [['passthroughs', i, 'upstream'], item.upstream, undefined] as const,
    ),
    ...config.sniPassthroughs.map(
      (item, i) => [['sniPassthroughs', i, 'upstream'], item.upstream, undefined] as const,
    ),
  ];
  for (const [place, upstream] of targets) {
    const port = /:([0-9]+)$/.exec(upstream)?.[1];
    if (port === undefined)
      found.problems.push({ place, message: `'${upstream}' names no port; write '${upstream}:PORT'` });
    else checkPortNumber(Number(port), upstream, place, found);
  }
}

/** Refuses ports that do not exist, which the pattern of an authority lets through. */
export function checkPortNumber(port: number, text: string, place: Place, { problems }: Findings): void {
  if (port < 1 || port > 65_535)
    problems.push({ place, message: `'${text}' names port ${port}; a port is between 1 and 65535` });
}

function checkNetworks({ peers, detection, listeners }: Config, { problems }: Findings): void {
  if (!ipaddr.isValid(listeners.address))
    problems.push({
      place: ['listeners', 'address'],
      message: `'${listeners.address}' is not an address; write '::' for all, IPv6 and IPv4`,
    });
  const lists: (readonly [Place, readonly string[]])[] = [
    [['peers', 'forwarding'], peers.forwarding],
    [['peers', 'unlimited'], peers.unlimited],
    [['peers', 'proxyProtocol'], peers.proxyProtocol],
    ...detection.bots.map(({ cidrs }, i) => [['detection', 'bots', i, 'cidrs'], cidrs] as const),
  ];
  for (const [place, cidrs] of lists)
    for (const [i, cidr] of cidrs.entries())
      if (!ipaddr.isValidCIDR(cidr))
        problems.push({
          place: [...place, i],
          message: `'${cidr}' is not a network; write four numbers up to 255 with /0 to /32, or IPv6 with /0 to /128`,
        });
}

function checkPorts({ listeners, passthroughs }: Config, { problems }: Findings): void {
  const taken = new Map<number, Place>();
  const ports: (readonly [Place, number])[] = [
    [['listeners', 'http'], listeners.http],
    [['listeners', 'https'], listeners.https],
    [['listeners', 'admin'], listeners.admin],
    ...passthroughs.map(({ port }, i) => [['passthroughs', i, 'port'], port] as const),
  ];
  for (const [place, port] of ports) {
    const before = taken.get(port);
    if (before !== undefined)
      problems.push({
        place,
        message: `${port} is taken by ${placeName(before)}; give it a port of its own`,
      });
    // 0 is whatever is free
    else if (port !== 0) taken.set(port, place);
  }
  const names = new Set<string>();
  for (const [i, { name }] of passthroughs.entries()) {
    if (names.has(name))
      problems.push({
        place: ['passthroughs', i, 'name'],
        message: `'${name}' stands twice; logs could not tell them apart, give it another`,
      });
    names.add(name);
  }
}

function checkRelays({ udpRelays }: Config, { problems }: Findings): void {
  for (const [i, relay] of udpRelays.entries()) {
    const place = ['udpRelays', i];
    if (relay.from > relay.to)
      problems.push({
        place: [...place, 'to'],
        message: `${relay.to} is before 'from', ${relay.from}; the range goes upwards`,
      });
    for (const other of udpRelays.slice(0, i)) {
      if (other.name === relay.name)
        problems.push({
          place: [...place, 'name'],
          message: `'${relay.name}' stands twice; give it another`,
        });
      if (relay.from <= other.to && other.from <= relay.to)
        problems.push({
          place: [...place, 'from'],
          message: `${relay.from}-${relay.to} overlaps ${other.from}-${other.to} of '${other.name}'; move one`,
        });
    }
  }
}
