import fc from 'fast-check';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { continueTrace, isTraceparent } from '../../src/policy/trace-context.js';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const parent = '00f067aa0ba902b7';
const valid = `00-${trace}-${parent}-01`;

test('a trace goes on with a parent of our own', () => {
  const hop = continueTrace(valid, 'vendor=1', true);
  assert.is(hop.traceId, trace);
  assert.is(hop.parentId, parent);
  assert.match(hop.spanId, /^[0-9a-f]{16}$/);
  assert.is.not(hop.spanId, parent);
  assert.is(hop.header, `00-${trace}-${hop.spanId}-01`);
  assert.is(hop.state, 'vendor=1');
  assert.is.not(continueTrace(valid, undefined, true).spanId, hop.spanId);
});

test('the client does not choose what is sampled', () => {
  assert.match(continueTrace(valid, undefined, false).header, /-00$/);
  assert.match(continueTrace(`00-${trace}-${parent}-00`, undefined, true).header, /-01$/);
  assert.match(continueTrace(`00-${trace}-${parent}-ff`, undefined, false).header, /-00$/);
});

test('without a valid parent a trace begins, and no state is passed on', () => {
  for (const given of [
    undefined,
    '',
    `${valid} `,
    ` ${valid}`,
    `${valid}-00`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00_${trace}-${parent}-01`,
    `00-${trace}_${parent}-01`,
    `00-${trace}-${parent}_01`,
    `00-${trace}-${parent}-0g`,
    `ff-${trace}-${parent}-01`,
    `0x-${trace}-${parent}-01`,
    `01-${trace}-${parent}-01x`,
    `${valid},${valid}`,
    valid.slice(0, -1),
  ]) {
    const hop = continueTrace(given, 'vendor=1', true);
    assert.is.not(hop.traceId, trace, given);
    assert.match(hop.header, /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
    assert.is(hop.parentId, '');
    assert.is(hop.state, '');
  }
});

test('a later version is read as far as it is known', () => {
  for (const given of [`01-${trace}-${parent}-01`, `cc-${trace}-${parent}-01-what-the-future-brings`]) {
    const hop = continueTrace(given, undefined, true);
    assert.is(hop.traceId, trace);
    assert.match(hop.header, /^00-/);
  }
});

test('the state is passed on up to 512 characters, 32 members, in print', () => {
  const state = (text: string) => continueTrace(valid, text, true).state;
  const list = (count: number) => Array.from({ length: count }, (_, index) => `k${index}=v`).join(',');
  for (const kept of ['a=1', `a=${'x'.repeat(510)}`, 'a=1,\tb=2', list(32)]) assert.is(state(kept), kept);
  for (const dropped of ['', `a=${'x'.repeat(511)}`, 'a=\r\nb: 1', 'a=\0', 'a=é', list(33)])
    assert.is(state(dropped), '', dropped);
});

test('the form is the one of the grammar', () => {
  const grammar =
    /^(?!ff)(?:00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}|(?!00)[0-9a-f]{2}-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}(?:-.*)?)$/s;
  const changed = fc
    .tuple(fc.nat(valid.length), fc.nat(2), fc.constantFrom(...'0fgF- \xe9', '00', ''))
    .map(([at, cut, put]) => valid.slice(0, at) + put + valid.slice(at + cut));
  fc.assert(
    fc.property(fc.oneof(changed, fc.string()), (text) =>
      assert.is(isTraceparent(text), grammar.test(text), text),
    ),
    { seed: 5, numRuns: 10_000 },
  );
});

test.run();
