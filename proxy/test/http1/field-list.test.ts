import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Fate, Field } from '../../src/core/fields.js';
import { FieldList, REFUSED } from '../../src/http1/field-list.js';

class List extends FieldList {
  /** What reading says of a text. */
  read(text: string): number {
    return this.readFields(Buffer.from(text), 0, text, 0, Fate.request);
  }

  static of(text: string, fate: number = Fate.request): List {
    const list = new List(50);
    assert.is(list.readFields(Buffer.from(text, 'latin1'), 0, text, 0, fate), text.length);
    return list;
  }
}

const lines = (...all: readonly string[]) => `${all.map((line) => `${line}\r\n`).join('')}\r\n`;

test('fields are found by number, in any case', () => {
  const list = List.of(lines('COOKIE: a=b', 'x-other: c', 'Cookie: d=e', 'Accept:f'));
  assert.ok(list.has(Field.cookie));
  assert.not.ok(list.has(Field.range));
  assert.is(list.get(Field.cookie), 'a=b');
  assert.is(list.all(Field.cookie, '; '), 'a=b; d=e');
  assert.is(list.times(Field.cookie), 2);
  assert.is(list.get(Field.accept), 'f');
  assert.is(list.get(Field.range), '');
  assert.equal(
    [0, 1, 2, 3].map((at) => list.name(at)),
    ['cookie', 'x-other', 'cookie', 'accept'],
  );
});

test('lines go on as received, without the white space around values', () => {
  const text = lines('A: b', 'C:d', 'E:\tf', 'G:   h  ', 'I: ', 'J:', 'K: l m');
  assert.is(List.of(text).lines(), 'A: b\r\nC:d\r\nE: f\r\nG: h\r\nI: \r\nJ:\r\nK: l m\r\n');
});

test('what is dropped goes, and its neighbours stay', () => {
  const list = List.of(lines('A: 1', 'Range: 2', 'B: 3', 'C: 4', 'D: 5'));
  list.drop(Field.range);
  assert.is(list.lines(), 'A: 1\r\nB: 3\r\nC: 4\r\nD: 5\r\n');
  list.dropNames(['c', 'a']);
  assert.is(list.lines(), 'B: 3\r\nD: 5\r\n');
  list.dropNames(['b', 'd']);
  assert.is(list.lines(), '');
});

test('twins with an underscore go with what they are taken for by WSGI and CGI', () => {
  const list = List.of(
    lines(
      'X_Real_IP: 1',
      'X_REAL-IP: 2',
      'Content_Length: 3',
      'x_auth_user: 4',
      'X_Own: 5',
      'x_remote-user: 6',
    ),
  );
  assert.is(list.lines(), 'X_Own: 5\r\nx_remote-user: 6\r\n');
  list.dropNames(['x-remote-user']);
  assert.is(list.lines(), 'X_Own: 5\r\n');
});

test('each direction loses its own', () => {
  const text = lines('X-Forwarded-For: 1', 'Alt-Svc: 2', 'Keep-Alive: 3', 'X-Auth-User: 4', 'Set-Cookie: 5');
  assert.is(List.of(text, Fate.request).lines(), 'Alt-Svc: 2\r\nSet-Cookie: 5\r\n');
  assert.is(
    List.of(text, Fate.response).lines(),
    'X-Forwarded-For: 1\r\nX-Auth-User: 4\r\nSet-Cookie: 5\r\n',
  );
});

test('names that objects have are names like others', () => {
  const list = List.of(lines('__proto__: 1', 'constructor: 2', 'toString: 3'));
  assert.equal(
    [0, 1, 2].map((at) => list.name(at)),
    ['__proto__', 'constructor', 'tostring'],
  );
});

test('one field too many is told from one that is wrong', () => {
  const list = new List(2);
  assert.is(list.read(lines('A: 1', 'B: 2', 'C: 3')), REFUSED);
  assert.ok(list.tooMany);
});

test.run();
