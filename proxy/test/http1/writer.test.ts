import type { Socket } from 'node:net';
import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Writer } from '../../src/http1/writer.js';
import { Random } from '../fuzz/random.js';

/** What a writer needs of a socket. */
class Paper {
  readonly writes: string[] = [];
  writableNeedDrain = false;
  ended = false;

  write(bytes: Buffer): boolean {
    assert.not.ok(this.ended, 'written behind the end');
    this.writes.push(bytes.toString('latin1'));
    return true;
  }

  end(): void {
    this.ended = true;
  }

  get writer(): Writer {
    return new Writer(this as unknown as Socket);
  }

  get text(): string {
    return this.writes.join('');
  }
}

const turn = () => new Promise((done) => setImmediate(done));

test('what belongs together leaves in one write, at the end of the turn', async () => {
  const paper = new Paper();
  const { writer } = paper;
  writer.text('HTTP/1.1 200 OK\r\n\r\n');
  writer.bytes(Buffer.from('xhellox'), 1, 6);
  writer.flush();
  assert.equal(paper.writes, []);
  await turn();
  assert.equal(paper.writes, ['HTTP/1.1 200 OK\r\n\r\nhello']);
});

test('octets are those that were given, not what became of them', async () => {
  const paper = new Paper();
  const { writer } = paper;
  const bytes = Buffer.from('hello');
  writer.bytes(bytes, 0, 5);
  bytes.fill('x');
  writer.flush();
  await turn();
  assert.is(paper.text, 'hello');
});

test('two connections that write in turns do not mix', async () => {
  const [one, other] = [new Paper(), new Paper()];
  const [first, second] = [one.writer, other.writer];
  first.text('a');
  second.text('1');
  first.text('b');
  second.text('2');
  first.flush();
  second.flush();
  await turn();
  assert.equal([one.text, other.text], ['ab', '12']);
});

test('the end comes behind everything', () => {
  const paper = new Paper();
  const { writer } = paper;
  writer.text('a');
  writer.flush();
  writer.text('b');
  writer.end();
  assert.equal([paper.text, paper.ended], ['ab', true]);
});

test('a full connection says so', () => {
  const paper = new Paper();
  paper.writableNeedDrain = true;
  assert.is(paper.writer.bytes(Buffer.from('x'), 0, 1), false);
});

test('random writes of random sizes keep their order', async () => {
  const random = new Random(99);
  const papers = [new Paper(), new Paper(), new Paper()];
  const writers = papers.map((paper) => paper.writer);
  const expected = ['', '', ''];
  for (let round = 0; round < 3000; round++) {
    const at = random.below(3);
    const writer = writers[at] as Writer;
    const length = random.below(20) === 0 ? random.below(400_000) : random.below(40);
    const piece = String.fromCharCode(33 + random.below(90)).repeat(length);
    switch (random.below(5)) {
      case 0:
        writer.text(piece);
        break;
      case 1:
        writer.bytes(Buffer.from(`..${piece}..`, 'latin1'), 2, 2 + length);
        break;
      case 2:
        writer.send(Buffer.from(piece, 'latin1'));
        break;
      case 3:
        writer.flush();
        continue;
      default:
        if (random.below(20) === 0) await turn();
        continue;
    }
    expected[at] += piece;
  }
  for (const writer of writers) writer.flush();
  await turn();
  for (const [at, paper] of papers.entries()) assert.ok(paper.text === expected[at], `connection ${at}`);
});

test.run();
