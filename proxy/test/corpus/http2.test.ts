import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { block, Flag, frame, get, RawClient, Type } from '../http2/frames.js';
import { host } from './case.js';
import { type StreamCase, streamCases } from './cases-h2.js';
import { understood } from './recorder.js';
import { Stage } from './stage.js';

/** The frames of a case, all at once. */
function framesOf({ fields, data, trailers }: StreamCase): Buffer[] {
  const last = (isLast: boolean) => (isLast ? Flag.endStream : Flag.none);
  const frames = [frame(Type.headers, Flag.endHeaders | last(data === undefined), 1, block(...fields))];
  for (const [at, piece] of (data ?? []).entries())
    frames.push(frame(Type.data, last(trailers === undefined && at + 1 === data?.length), 1, piece));
  if (trailers !== undefined)
    frames.push(frame(Type.headers, Flag.endHeaders | Flag.endStream, 1, block(...trailers)));
  return frames;
}

/** What is wrong with what came of a case; undefined when nothing is. */
async function judge(stage: Stage, one: StreamCase): Promise<string | undefined> {
  const { log, upstream } = stage;
  const before = {
    requests: upstream.requests.length,
    logged: log.requests.length,
    refused: log.refused.length,
  };
  const client = await RawClient.open(stage.edge.https, stage.edge.certificate.ca);
  client.send(...framesOf(one));
  const outcome = await client.outcome(1);
  if (outcome === 'open') return 'no answer';
  // an honest request beside it: it is served, or the connection is over
  client.send(
    frame(Type.headers, Flag.endHeaders | Flag.endStream, 3, get('/sentinel', [':authority', host])),
  );
  const other = await client.outcome(3);
  const sentinel = client.body(3);
  client.end();
  if (other === 'open') return 'the connection is stuck';
  if (other === 'ended' && sentinel !== 'GET /sentinel 0')
    return `the next request was answered '${sentinel}'`;
  const recorded = upstream.requests.slice(before.requests).filter(({ target }) => target !== '/sentinel');
  const logged = log.requests.slice(before.logged).filter(({ path }) => path !== '/sentinel');
  const lines = recorded.map(understood);
  if (recorded.length > 1 || recorded.length > logged.length) return `the upstream saw ${lines.join()}`;
  if (one.outcome === 'nothing') {
    if (recorded.length > 0) return `the upstream saw ${lines.join()}`;
    if (client.body(1).startsWith('GET ') || client.body(1).startsWith('POST '))
      return `answered ${client.body(1)}`;
  } else if (one.outcome !== 'harmless') {
    if (lines[0] !== understood(one.outcome) || recorded[0]?.body !== one.outcome.body)
      return `the upstream saw ${lines.join() || 'nothing'} (${outcome}, ${JSON.stringify(log.refused.slice(before.refused))})`;
    if (one.status === undefined && client.body(1) !== lines[0]) return `answered ${client.body(1)}`;
  }
  if (
    one.status !== undefined &&
    ![...logged, ...log.refused.slice(before.refused)].some(({ status }) => status === one.status)
  )
    return `not answered ${one.status}`;
  const octets = recorded
    .map((item) => item.octets)
    .join('')
    .toLowerCase();
  for (const text of one.has ?? [])
    if (!octets.includes(text.toLowerCase()))
      return `no ${JSON.stringify(text)} in ${JSON.stringify(octets)}`;
  for (const text of one.hasNot ?? [])
    if (octets.includes(text.toLowerCase())) return `${JSON.stringify(text)} in ${JSON.stringify(octets)}`;
  return upstream.problems.splice(0)[0];
}

test('the corpus of HTTP/2 is as large as it says', () => {
  assert.ok(streamCases.length >= 60, `${streamCases.length} cases`);
  assert.is(new Set(streamCases.map(({ name }) => name)).size, streamCases.length, 'names are told apart');
});

test('what HTTP/2 can say never becomes two requests, nor another one, of HTTP/1.1', async () => {
  const stage = await Stage.open(true);
  const wrong: string[] = [];
  try {
    for (const one of streamCases) {
      const problem = await judge(stage, one);
      if (problem !== undefined) wrong.push(`${one.name}: ${problem}`);
    }
  } finally {
    await stage.close();
  }
  assert.equal(wrong, []);
});

test.run();
