import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { type Backend, gunicornBackend, nginxBackend, nodeBackend, understoodBy } from './backends.js';
import { cases } from './cases.js';
import { type Recorded, understood } from './recorder.js';
import { Stage } from './stage.js';

/** Octets that the proxy sent upstream, case by case, in the order in which the requests were logged. */
const sent: { name: string; requests: readonly Recorded[] }[] = [];

test.before(async () => {
  const stage = await Stage.open(false);
  for (const one of cases) {
    const before = stage.upstream.requests.length;
    await stage.judge(one);
    const requests = stage.upstream.requests.slice(before).filter(({ target }) => target !== '/sentinel');
    if (requests.length > 0) sent.push({ name: one.name, requests });
  }
  await stage.close();
});

const last = {
  method: 'GET',
  octets: 'GET /sentinel HTTP/1.1\r\nHost: app.example.test\r\nConnection: close\r\n\r\n',
};

/** Hands the octets of every case to a backend, all requests of one on one connection; what it saw otherwise. */
async function differences(backend: Backend): Promise<string[]> {
  const different: string[] = [];
  for (const { name, requests } of sent) {
    // nothing ever follows on a connection where the proxy asked for an upgrade
    const upgrade = requests.some(({ octets }) => octets.includes('\r\nUpgrade: '));
    const taken = requests.every(({ method }) => backend.takes(method));
    const seen = await understoodBy(
      backend,
      upgrade
        ? [
            {
              method: 'GET',
              octets: requests[0]?.octets.replace('Connection: Upgrade', 'Connection: Upgrade, close') ?? '',
            },
          ]
        : [...requests, last],
    );
    const expected = upgrade ? requests.map(understood) : [...requests.map(understood), 'GET /sentinel 0'];
    // a method it does not know it refuses; it must not see anything else in its place
    const agrees = taken
      ? seen.join() === expected.join()
      : seen.length <= expected.length &&
        seen.every((one) => /^[45]\d\d$/.test(one) || one === 'GET /sentinel 0');
    if (!agrees)
      different.push(
        `${name}: ${seen.join() || 'nothing'} in place of ${expected.join()}: ${JSON.stringify(requests[0]?.octets.slice(0, 400))}`,
      );
  }
  return different;
}

async function compare(backend: Backend | undefined): Promise<void> {
  assert.ok(sent.length >= 200, `${sent.length} cases were passed on`);
  if (backend === undefined) return;
  try {
    assert.equal(await differences(backend), []);
  } finally {
    await backend.close();
  }
}

test('node sees what the proxy logged', async () => compare(await nodeBackend()));
test('nginx sees what the proxy logged', async () => compare(await nginxBackend()));
test('gunicorn sees what the proxy logged', async () => compare(await gunicornBackend()));

test('a backend that disagrees is told from one that does not', async () => {
  const backend = await nodeBackend();
  const octets = 'GET /a HTTP/1.1\r\nHost: a\r\n\r\n';
  const two = { method: 'GET', octets: octets + octets };
  assert.equal(await understoodBy(backend, [two, last]), ['GET /a 0', 'GET /a 0', 'GET /sentinel 0']);
  const refused = { method: 'POST', octets: 'POST /a HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: x\r\n\r\n' };
  assert.equal(await understoodBy(backend, [refused, last]), ['400']);
  await backend.close();
});

test.run();
