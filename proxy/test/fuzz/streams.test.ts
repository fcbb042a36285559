import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { smuggled } from '../corpus/case.js';
import { cases } from '../corpus/cases.js';
import { Stage } from '../corpus/stage.js';
import { RawClient } from '../support/raw-client.js';
import { mutate, Random } from './random.js';

const seed = 424_242;
/** Milliseconds, of all. */
const time = 15_000;

test('random streams of requests never reach the upstream as anything but what was logged', async () => {
  const random = new Random(seed);
  const stage = await Stage.open(false);
  const short = cases.filter(({ octets }) => octets.length < 800);
  const good = short.filter(({ seen }) => seen.length > 0);
  const { log, upstream } = stage;
  const until = performance.now() + time;
  let rounds = 0;
  try {
    for (; rounds < 3000 && performance.now() < until; rounds++) {
      const octets =
        mutate(random.pick(good).octets, random) + mutate(random.pick(short).octets, random, 1) + smuggled;
      const client = await RawClient.plain(stage.edge.http);
      client.send(octets);
      // whatever is not whole ends here
      client.socket.end();
      await client.end();
      client.close();
      const problem = upstream.problems[0];
      assert.is(problem, undefined, `${problem}\nby ${JSON.stringify(octets)}`);
      const passed = log.requests.filter(({ upstream: address }) => address !== '').length;
      assert.ok(
        upstream.requests.length <= passed,
        `${upstream.requests.length} requests, ${passed} logged, by ${JSON.stringify(octets)}`,
      );
    }
    assert.ok(rounds >= 500, `${rounds} rounds`);
    assert.ok(upstream.requests.length > rounds / 2, `${upstream.requests.length} requests got through`);
  } finally {
    await stage.close();
  }
});

test.run();
