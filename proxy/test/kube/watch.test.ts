import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { ListWatch, type ListWatchOptions } from '../../src/kube/watch.js';
import { FakeApi } from './fake-api.js';

const path = '/api/v1/namespaces/ingress/secrets';

/** A watch of a double, what it saw, and everything ended when the test is. */
async function scene(
  run: (scene: {
    api: FakeApi;
    watch: ListWatch;
    states: string[];
    problems: string[];
    sees: (state: string) => Promise<void>;
  }) => Promise<void>,
  options: Partial<ListWatchOptions> = {},
): Promise<void> {
  const api = await FakeApi.start();
  const client = options.client ?? api.client();
  const states: string[] = [];
  const problems: string[] = [];
  const watch = new ListWatch({
    client,
    path,
    onObjects: (objects) => {
      states.push([...objects.values()].map(({ metadata, v }) => `${metadata.name}=${v}`).join(' '));
      api.changes.notify();
    },
    onProblem: (error) => {
      problems.push(error.message);
      api.changes.notify();
    },
    timers: api.timers,
    random: () => 0.5,
    ...options,
  });
  api.put({ metadata: { name: 'a' }, v: 1 }, true);
  try {
    watch.start();
    await api.watching(1);
    await run({
      api,
      watch,
      states,
      problems,
      sees: (state) => api.changes.until(`state ${state}, saw ${states}`, () => states.at(-1) === state),
    });
  } finally {
    await watch.stop();
    await api.stop();
  }
}

test('lists, then watches from there, and follows additions, changes and deletions', () =>
  scene(async ({ api, watch, states, sees }) => {
    assert.equal(states, ['a=1']);
    assert.equal(watch.status(), { ready: true, objects: 1, problem: undefined });
    const query = Object.fromEntries(api.watches[0]?.searchParams ?? []);
    assert.equal(query, {
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: '101',
      timeoutSeconds: '290',
    });
    api.put({ metadata: { name: 'b' }, v: 1 });
    await sees('a=1 b=1');
    api.put({ metadata: { name: 'a' }, v: 2 });
    await sees('a=2 b=1');
    api.remove('a');
    await sees('b=1');
    assert.is(api.lists.length, 1);
  }));

test('asks for one object by field selector, and takes no other for it', () =>
  scene(
    async ({ api, sees, states }) => {
      assert.is(api.lists[0]?.search, '?fieldSelector=metadata.name%3Da');
      assert.is(api.watches[0]?.searchParams.get('fieldSelector'), 'metadata.name=a');
      api.put({ metadata: { name: 'other' }, v: 1 });
      api.put({ metadata: { name: 'a' }, v: 2 });
      await sees('a=2');
      assert.equal(states, ['a=1', 'a=2']);
    },
    { name: 'a' },
  ));

test('goes on from the last version, also of a bookmark, when the server ends the watch', () =>
  scene(async ({ api, sees, states, problems }) => {
    api.put({ metadata: { name: 'b' }, v: 1 });
    await sees('a=1 b=1');
    api.endWatches();
    await api.watching(2);
    assert.is(api.watches[1]?.searchParams.get('resourceVersion'), '102');
    api.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '999' } } });
    api.endWatches();
    await api.watching(3);
    assert.is(api.watches[2]?.searchParams.get('resourceVersion'), '999');
    assert.is(api.lists.length, 1);
    assert.is(states.length, 2);
    assert.equal(problems, []);
  }));

test('lists at once when the history is gone: as a status, and as an event', () =>
  scene(async ({ api, sees, problems }) => {
    api.put({ metadata: { name: 'a' }, v: 2 }, true);
    api.faults.push({ status: 410, body: '{"code":410,"reason":"Expired","message":"too old"}' });
    api.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '101' } } });
    api.endWatches();
    await sees('a=2');
    await api.watching(3);
    api.put({ metadata: { name: 'a' }, v: 3 }, true);
    api.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '102' } } });
    api.send({ type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired', message: 'too old' } });
    await sees('a=3');
    await api.watching(4);
    api.put({ metadata: { name: 'a' }, v: 4 });
    await sees('a=4');
    assert.equal(problems, []);
    assert.is(api.timers.now(), 0);
  }));

test('a version that expires again and again is not asked for in a hurry', () =>
  scene(async ({ api, problems }) => {
    const expired = { status: 410, body: '{"code":410,"message":"too old"}' };
    api.faults.push(expired);
    api.send({ type: 'ERROR', object: { code: 410 } });
    await api.changes.until('a wait', () => problems.length === 1);
    assert.match(problems[0] ?? '', /answered 410 too old/);
    assert.is(api.timers.waits.at(-1), 2500);
    api.timers.advance(2500);
    await api.watching(2);
  }));

test('a duplicate event, and the deletion of a forerunner, change nothing', () =>
  scene(async ({ api, sees, states }) => {
    const old = api.stored('a');
    api.send({ type: 'ADDED', object: old });
    api.send({ type: 'MODIFIED', object: old });
    api.send({ type: 'DELETED', object: { ...old, metadata: { ...old.metadata, uid: 'before' } } });
    api.put({ metadata: { name: 'a' }, v: 2 });
    await sees('a=2');
    assert.equal(states, ['a=1', 'a=2']);
  }));

test('leaves a silent server after 180 s, and goes on where it was', () =>
  scene(async ({ api, sees, problems }) => {
    api.abandonWatches();
    api.put({ metadata: { name: 'a' }, v: 2 }, true);
    api.timers.advance(179_000);
    assert.is(api.watches.length, 1);
    api.timers.advance(1_000);
    await api.watching(2);
    assert.is(api.watches[1]?.searchParams.get('resourceVersion'), '101');
    api.send({ type: 'MODIFIED', object: api.stored('a') });
    await sees('a=2');
    assert.is(api.lists.length, 1);
    assert.equal(problems, []);
  }));

test('leaves a server that talks on beyond the time it was given', () =>
  scene(async ({ api, sees }) => {
    for (let second = 0; second < 300; second += 50) {
      api.put({ metadata: { name: 'a' }, v: second });
      await sees(`a=${second}`);
      assert.is(api.watches.length, 1, `${second} s`);
      api.timers.advance(50_000);
    }
    await api.watching(2);
  }));

test('lists in full every ten minutes, whatever the watch says', () =>
  scene(async ({ api, sees }) => {
    api.timers.advance(90_000);
    api.endWatches();
    await api.watching(2);
    api.put({ metadata: { name: 'a' }, v: 'missed' }, true);
    for (let watch = 3; api.lists.length < 2; watch++) {
      api.timers.advance(90_000);
      api.endWatches();
      await api.watching(watch);
      assert.ok(watch < 10, 'never listed');
    }
    await sees('a=missed');
    assert.is(api.timers.now(), 630_000);
    // the last watch before was asked to end when the list was due
    assert.is(api.watches.at(-2)?.searchParams.get('timeoutSeconds'), '60');
  }));

test('waits longer and longer while the server fails, tells it once, and catches up', () =>
  scene(async ({ api, problems, sees, watch }) => {
    const down = { status: 503, body: 'down' };
    api.put({ metadata: { name: 'a' }, v: 2 }, true);
    api.faults.push(down, down, down, down, 'cut', down);
    api.raw('not json\n');
    const pauses = () => api.timers.waits.filter((ms) => ms < 100_000);
    for (let round = 1; round <= 7; round++) {
      await api.changes.until(`wait ${round}`, () => pauses().length === round);
      assert.is.not(watch.status().problem, undefined);
      api.timers.advance(pauses().at(-1) ?? 0);
    }
    assert.equal(pauses(), [1500, 2500, 4500, 8500, 15_500, 15_500, 15_500]);
    await sees('a=2');
    assert.is(watch.status().problem, undefined);
    assert.match(problems[0] ?? '', /8 characters that are not JSON/);
    assert.match(problems[1] ?? '', /answered 503 down/);
    // not once more for each try
    assert.is(problems.length, 4);
  }));

test('a watch that ends as soon as it began is a failure, not a reason to hurry', () =>
  scene(async ({ api, problems }) => {
    api.endWatches();
    await api.changes.until('a wait', () => problems.length === 1);
    assert.match(problems[0] ?? '', /ended as soon as it began/);
    assert.is(api.timers.waits.at(-1), 1500);
    api.timers.advance(1500);
    await api.watching(2);
    assert.is(api.lists.length, 2);
  }));

test('a token that was exchanged is read anew, without a wait', async () => {
  const api = await FakeApi.start();
  const reads: boolean[] = [];
  let token = 'first';
  const client = api.client(async (fresh) => {
    reads.push(fresh);
    if (fresh) token = api.token;
    return token;
  });
  const states: number[] = [];
  const watch = new ListWatch({
    client,
    path,
    timers: api.timers,
    onObjects: (objects) => {
      states.push(objects.size);
      api.changes.notify();
    },
  });
  try {
    watch.start();
    await api.watching(1);
    api.token = 'second';
    api.send({ type: 'BOOKMARK', object: { metadata: { resourceVersion: '100' } } });
    api.endWatches();
    await api.watching(3);
    api.put({ metadata: { name: 'a' } });
    await api.changes.until('the object', () => states.at(-1) === 1);
    assert.equal(reads, [false, false, false, true]);
    assert.is(watch.status().problem, undefined);
  } finally {
    await watch.stop();
    await api.stop();
  }
});

test('a line without end, and one that is too long, do no harm', () =>
  scene(async ({ api, sees, problems }) => {
    api.put({ metadata: { name: 'a' }, v: 2 }, true);
    const big = Buffer.alloc(1024 * 1024, 0x20);
    for (let mega = 0; mega < 5; mega++) api.raw(big);
    await api.changes.until('a problem', () => problems.length === 1);
    assert.match(problems[0] ?? '', /a line of more than 4194304 bytes/);
    api.timers.advance(30_000);
    await sees('a=2');
  }));

test('what the owner throws is told, and the watch goes on', () => {
  let calls = 0;
  return scene(
    async ({ api, watch, problems }) => {
      assert.equal(problems, ['no good 1']);
      api.put({ metadata: { name: 'a' }, v: 2 });
      await api.changes.until('second call', () => problems.length === 2);
      assert.is(watch.status().ready, true);
      assert.is(api.lists.length, 1);
    },
    {
      onObjects: () => {
        calls++;
        throw new Error(`no good ${calls}`);
      },
    },
  );
});

test('stop ends a wait and an open watch at once', () =>
  scene(async ({ api, watch }) => {
    await watch.stop();
    await api.changes.until('no open watch', () => api.watches.length === 1);
    api.put({ metadata: { name: 'a' }, v: 2 });
    api.timers.advance(1_000_000);
    assert.is(api.watches.length, 1);
  }));

test.run();
