import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { cases } from './cases.js';
import { Stage } from './stage.js';

/** Sends all cases one after the other; what is wrong, by name. */
async function judgeAll(secure: boolean, pieces: number): Promise<string[]> {
  const stage = await Stage.open(secure);
  const wrong: string[] = [];
  try {
    for (const one of cases) {
      if (one.endless === true && pieces > 1) continue;
      const problem = await stage.judge(one, pieces);
      if (problem !== undefined) wrong.push(`${one.name}: ${problem}`);
    }
    const passed = stage.log.requests.filter(({ upstream }) => upstream !== '').length;
    assert.ok(
      stage.upstream.requests.length <= passed,
      'more requests reached the upstream than were logged',
    );
  } finally {
    await stage.close();
  }
  return wrong;
}

test('the corpus is as large as it says', () => {
  assert.ok(cases.length >= 300, `${cases.length} cases`);
  assert.is(new Set(cases.map(({ name }) => name)).size, cases.length, 'names are told apart');
});

test('over TLS every case has the one outcome it may have', async () => {
  assert.equal(await judgeAll(true, 1), []);
});

test('over plain HTTP as well', async () => {
  assert.equal(await judgeAll(false, 1), []);
});

test('and in three pieces', async () => {
  assert.equal(await judgeAll(false, 3), []);
});

test.run();
