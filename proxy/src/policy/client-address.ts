import { type Address, type NetworkSet, readAddress } from '../core/address.js';
import { Field } from '../core/fields.js';
import type { RequestHead } from '../http1/request-head.js';
import type { Peer } from '../peer.js';

/**
 * The client behind proxies that are believed: X-Forwarded-For is walked from the right, past every address that is such
 * a proxy itself; the first that is not is the client. What stands further left anybody could have written.
 */
export function clientAddress(peer: Peer, head: RequestHead, believed: NetworkSet): Address {
  let client = peer.address;
  if (!head.has(Field['x-forwarded-for'])) return client;
  const hops = head.all(Field['x-forwarded-for']).split(',');
  for (let at = hops.length - 1; at >= 0; at--) {
    const address = readAddress((hops[at] as string).trim());
    if (address === undefined) return client;
    client = address;
    if (!believed.has(address)) return client;
  }
  return client;
}
