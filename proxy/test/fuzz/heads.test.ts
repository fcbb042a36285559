import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { INCOMPLETE, REFUSED } from '../../src/http1/field-list.js';
import { RequestHead } from '../../src/http1/request-head.js';
import { ResponseHead } from '../../src/http1/response-head.js';
import { cases } from '../corpus/cases.js';
import { mutate, Random } from './random.js';
import { type Message, readRequestHead, readResponseHead } from './reference.js';

const sizes = { headBytes: 4096, targetBytes: 1024, fields: 20 };
const limits = { headBytes: sizes.headBytes, targetBytes: sizes.targetBytes };
const seed = 20_261_124;

/** Everything short that the corpus sends. */
const requests = cases.map(({ octets }) => octets).filter((octets) => octets.length < 600);

const responses = [
  'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
  'HTTP/1.1 204 No Content\r\nX: y\r\n\r\n',
  'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Type: a/b\r\n\r\n',
  'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n0\r\n\r\n',
  'HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n',
  'HTTP/1.1 302 \r\nLocation: /\r\nKeep-Alive: timeout=5\r\n\r\n',
  'HTTP/1.1 599 caf\u00e9\r\nX: \u00ff\r\n\r\n',
];

/** What a reader made of a head, to be compared. */
function told(head: RequestHead, length: number): unknown {
  const fields = Array.from({ length: head.count }, (_, at) => `${head.name(at)}: ${head.value(at)}`);
  const { method, target, authority, minor, contentLength, chunked, close, expectContinue } = head;
  return { length, method, target, authority, minor, contentLength, chunked, close, expectContinue, fields };
}

function expected(message: Message): unknown {
  const { length, method, target, host, minor, contentLength, chunked, close, expectContinue } = message;
  const fields = message.fields.map(([name, value]) => `${name.toLowerCase()}: ${value}`);
  return {
    length,
    method,
    target,
    authority: host,
    minor,
    contentLength,
    chunked,
    close,
    expectContinue,
    fields,
  };
}

test('the fast reader and the slow one agree about 60,000 heads', () => {
  const random = new Random(seed);
  let good = 0;
  for (let round = 0; round < 60_000; round++) {
    const octets = mutate(random.pick(requests), random);
    const bytes = Buffer.from(octets, 'latin1');
    const head = new RequestHead(limits, sizes.fields);
    const length = head.read(bytes);
    const slow = readRequestHead(octets, sizes);
    if (slow.kind === 'refused') {
      assert.ok(length <= 0, `read, though ${slow.why} is wrong: ${JSON.stringify(octets)}`);
      continue;
    }
    good++;
    assert.ok(length > 0, `refused for ${head.problem}: ${JSON.stringify(octets)}`);
    assert.equal(told(head, length), expected(slow), JSON.stringify(octets));
  }
  assert.ok(good > 5000 && good < 55_000, `${good} of them could be read`);
});

test('a reader that is used again reads as a new one does', () => {
  const random = new Random(seed + 1);
  const used = new RequestHead(limits, sizes.fields);
  let before = '';
  for (let round = 0; round < 30_000; round++) {
    // the same fields again and again, as clients send them, with another request line or another octet in between
    const octets = random.below(2) === 0 || before === '' ? random.pick(requests) : before;
    before = mutate(octets, random, 1);
    const bytes = Buffer.from(before, 'latin1');
    // elsewhere in the same block of octets
    const shift = random.below(3);
    const shifted = Buffer.concat([Buffer.alloc(shift, 65), bytes]);
    const fresh = new RequestHead(limits, sizes.fields);
    const length = used.read(shifted, shift);
    assert.is(length, fresh.read(bytes), JSON.stringify(before));
    if (length === REFUSED) assert.is(used.status, fresh.status, JSON.stringify(before));
    if (length <= 0) continue;
    assert.equal(told(used, length), told(fresh, length), JSON.stringify(before));
    assert.is(used.lines(), fresh.lines(), JSON.stringify(before));
    assert.equal(
      [used.path, used.query, used.host, used.upgrade],
      [fresh.path, fresh.query, fresh.host, fresh.upgrade],
    );
    // what somebody took away on the way is there again in the next request
    if (random.below(3) === 0) used.dropNames(['x-case', 'cookie', 'content-type']);
    if (random.below(3) === 0) for (let id = 1; id < 60; id += 3) used.drop(id);
  }
});

test('a head in pieces is read as one in one piece', () => {
  const random = new Random(seed + 2);
  for (let round = 0; round < 1500; round++) {
    const octets = mutate(random.pick(requests), random, 2);
    const bytes = Buffer.from(octets, 'latin1');
    const whole = new RequestHead(limits, sizes.fields).read(bytes);
    const head = new RequestHead(limits, sizes.fields);
    for (let end = 0; end < bytes.length; end++) {
      const length = head.read(bytes, 0, end);
      // once it can be told it stays told
      if (length === REFUSED) assert.is(whole, REFUSED, JSON.stringify(octets.slice(0, end)));
      else if (length !== INCOMPLETE) assert.is(length, whole, JSON.stringify(octets.slice(0, end)));
      if (length !== INCOMPLETE) break;
      if (whole > 0) assert.ok(end < whole, JSON.stringify(octets.slice(0, end)));
    }
  }
});

test('both agree about 30,000 heads of answers', () => {
  const random = new Random(seed + 3);
  let good = 0;
  for (let round = 0; round < 30_000; round++) {
    const octets = mutate(random.pick(responses), random);
    const head = new ResponseHead();
    const length = head.read(Buffer.from(octets, 'latin1'));
    const slow = readResponseHead(octets);
    if (slow.kind === 'refused') {
      assert.ok(length <= 0, `read, though ${slow.why} is wrong: ${JSON.stringify(octets)}`);
      continue;
    }
    good++;
    assert.ok(length > 0, `refused for ${head.problem}: ${JSON.stringify(octets)}`);
    const { status, minor, contentLength, chunked, close } = slow;
    assert.equal(
      [length, head.status, head.minor, head.contentLength, head.chunked, head.close, head.count],
      [slow.length, status, minor, contentLength, chunked, close, slow.fields.length],
      JSON.stringify(octets),
    );
  }
  assert.ok(good > 3000, `${good} of them could be read`);
});

test.run();
