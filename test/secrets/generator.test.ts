import { test } from 'uvu';
import * as assert from 'uvu/assert';
import {
  askOperator,
  bytes,
  constant,
  copyOf,
  type Generator,
  letters,
  random,
  template,
} from '../../constructs/secrets/generator.js';
import { messageOf } from '../support/sample.js';

const generators: [made: Generator, data: object][] = [
  [random(32), { kind: 'random', bytes: 32 }],
  [random(16), { kind: 'random', bytes: 16 }],
  [letters(32), { kind: 'letters', length: 32 }],
  [bytes(32), { kind: 'bytes', length: 32 }],
  [constant('docs'), { kind: 'constant', value: 'docs' }],
  [askOperator('the key'), { kind: 'operator', prompt: 'the key' }],
  [copyOf('valkey/docs', 'password'), { kind: 'copy', path: 'valkey/docs', key: 'password' }],
  [template('postgres://{user}'), { kind: 'template', text: 'postgres://{user}' }],
];

for (const [made, data] of generators) {
  test(`${made.kind} is data that says how, and holds no value`, () => {
    assert.equal(made, data);
    assert.equal(JSON.parse(JSON.stringify(made)), data);
  });
}

test('what could be guessed is refused', () => {
  assert.is(
    messageOf(() => random(15)),
    'random(15): fewer than 16 bytes can be guessed; ask for 16 or more',
  );
});

test.run();
