import { isIP, isIPv4 } from 'node:net';
import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { NetworkSet, parseAddress, readAddress } from '../../src/core/address.js';
import { ProxyError } from '../../src/core/errors.js';
import { KeyedHash } from '../../src/core/keyed-hash.js';

const key = (text: string) => {
  const { keyHi, keyLo } = parseAddress(text);
  return `${keyHi} ${keyLo}`;
};

const problem = (run: () => unknown): string => {
  try {
    run();
  } catch (error) {
    assert.instance(error, ProxyError);
    return (error as ProxyError).message;
  }
  throw new Error('nothing was thrown');
};

test('one client is written in one way', () => {
  for (const [given, text, version] of [
    ['192.0.2.1', '192.0.2.1', 4],
    ['::ffff:192.0.2.1', '192.0.2.1', 4],
    ['::FFFF:c000:201', '192.0.2.1', 4],
    ['0:0:0:0:0:ffff:192.0.2.1', '192.0.2.1', 4],
    ['2001:DB8::1', '2001:db8::1', 6],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1', 6],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1', 6],
    ['fe80::1%eth0', 'fe80::1', 6],
    ['::', '::', 6],
    ['::1', '::1', 6],
    ['1::', '1::', 6],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201', 6],
  ] as const) {
    const address = parseAddress(given);
    assert.is(address.text, text);
    assert.is(address.version, version);
    assert.is(address.bytes.length, 16);
  }
});

test('what is no address is refused', () => {
  for (const text of [
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1.2.3.256',
    '01.2.3.4',
    '1.2.3.04',
    '1..2.3',
    '1.2.3.4 ',
    '1.2.3.4%eth0',
    '1.2.3.4:80',
    ':',
    ':::',
    '1:2',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    '12345::',
    '[::1]',
    '::1%',
    '::1.2.3',
    '1:2:3:4:5:6:7:1.2.3.4',
    ':1:2:3:4:5:6:7:8',
    '1:2:3:4:5:6:7:8:',
    '\u0661.2.3.4',
  ])
    assert.is(readAddress(text), undefined, text);
  assert.is(
    problem(() => parseAddress('10.0.0')),
    "'10.0.0' is not an IP address; write it as 192.0.2.1 or 2001:db8::1",
  );
});

test('the reader agrees with the one of node, and writes what reads back', () => {
  const piece = fc.constantFrom(
    '0',
    '1',
    'f',
    'ffff',
    'FF',
    '10',
    '255',
    '256',
    ':',
    '::',
    '.',
    '00',
    'g',
    '%',
  );
  const near = fc.array(piece, { maxLength: 18 }).map((list) => list.join(''));
  const any = fc.oneof(near, fc.ipV4(), fc.ipV6(), fc.string());
  fc.assert(
    fc.property(any, (text) => {
      const address = readAddress(text);
      // node takes zones with any letters, and none that is ours to judge
      if (!text.includes('%')) assert.is(address !== undefined, isIP(text) > 0, text);
      if (!address) return;
      assert.equal(parseAddress(address.text).bytes, address.bytes);
      const bytes = ipaddr.parse(address.text).toByteArray();
      assert.equal([...address.bytes].slice(-bytes.length), bytes);
      assert.is(address.version === 4, isIPv4(address.text));
    }),
    { seed: 3, numRuns: 20_000 },
  );
});

test('a client is an IPv4 address or an IPv6 /64', () => {
  assert.is(key('192.0.2.1'), key('::ffff:192.0.2.1'));
  assert.is.not(key('192.0.2.1'), key('192.0.2.2'));
  assert.is(key('2001:db8:1:2::1'), key('2001:db8:1:2:ffff:1:2:3'));
  assert.is.not(key('2001:db8:1:2::1'), key('2001:db8:1:3::1'));
  // the same bits in another role
  assert.is.not(key('0.0.0.0'), key('::'));
});

test('wider networks have keys too', () => {
  const wide = (text: string, prefix: 48 | 56) => Object.values(parseAddress(text).aggregate(prefix)).join();
  assert.is(wide('2001:db8:1:200::1', 56), wide('2001:db8:1:2ff::9', 56));
  assert.is.not(wide('2001:db8:1:200::1', 56), wide('2001:db8:1:300::1', 56));
  assert.is(wide('2001:db8:1:200::1', 48), wide('2001:db8:1:f00::9', 48));
  assert.is.not(wide('2001:db8:1::', 48), wide('2001:db8:2::', 48));
  assert.is.not(wide('2001:db8:1::', 48), wide('2001:db8:1::', 56));
  assert.is(wide('192.0.2.1', 48), key('192.0.2.1').replace(' ', ','));
});

test('keys depend on the seed', () => {
  const seeds = [1, 2].map((first) => new KeyedHash(Uint8Array.of(first, 0, 0, 0, 0, 0, 0, 0)));
  const [a, b, again] = [seeds[0], seeds[1], seeds[0]].map((hash) => parseAddress('192.0.2.1', hash).keyLo);
  assert.is(a, again);
  assert.is.not(a, b);
});

test('networks hold what ipaddr.js says they hold', () => {
  const cidrs = ['10.42.0.0/16', '192.0.2.7/32', '2001:db8::/33', '::ffff:198.51.100.0/120', 'fe80::/10'];
  const set = new NetworkSet(cidrs);
  assert.is(set.size, 5);
  const parsed = cidrs.map((cidr) =>
    ipaddr.parseCIDR(cidr.replace('::ffff:198.51.100.0/120', '198.51.100.0/24')),
  );
  const near = fc.constantFrom(
    ...['10.42.255.255', '10.43.0.0', '192.0.2.7', '192.0.2.6', '2001:db8:7fff::', '2001:db8:8000::'],
    ...['198.51.100.255', '198.51.101.0', 'febf::1', 'fec0::1', '::ffff:10.42.0.1'],
  );
  fc.assert(
    fc.property(fc.oneof(near, fc.ipV4(), fc.ipV6()), (text) => {
      const address = ipaddr.process(text);
      const expected = parsed.some(
        ([network, bits]) => network.kind() === address.kind() && address.match(network, bits),
      );
      assert.is(set.has(parseAddress(text)), expected, text);
    }),
    { seed: 4, numRuns: 3000 },
  );
});

test('all of IPv6 is not all of IPv4', () => {
  assert.not.ok(new NetworkSet(['::/0']).has(parseAddress('192.0.2.1')));
  assert.ok(new NetworkSet(['::/0']).has(parseAddress('2001:db8::')));
  assert.not.ok(new NetworkSet(['0.0.0.0/0']).has(parseAddress('2001:db8::')));
  assert.ok(new NetworkSet(['0.0.0.0/0']).has(parseAddress('192.0.2.1')));
  assert.not.ok(new NetworkSet([]).has(parseAddress('192.0.2.1')));
});

test('an address that merely ends like one of IPv4 is not one', () => {
  assert.not.ok(new NetworkSet(['10.42.0.0/16']).has(parseAddress('::10.42.0.1')));
});

test('what is no network is named, with the way out', () => {
  assert.is(
    problem(() => new NetworkSet(['10.0.0.0/8', '10.0.0.1'])),
    "'10.0.0.1' is not a network; after the address stands a slash and a number from 0 to 32; " +
      "one address alone is '10.0.0.1/32'",
  );
  assert.match(
    problem(() => new NetworkSet(['2001:db8::/129'])),
    /from 0 to 128/,
  );
  assert.match(
    problem(() => new NetworkSet(['pods/8'])),
    /'pods' is not an IP address/,
  );
  for (const cidr of ['10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', '10.0.0.0/-1', '/8', '::ffff:0.0.0.0/90'])
    assert.ok(
      problem(() => new NetworkSet([cidr])),
      cidr,
    );
});

test.run();
