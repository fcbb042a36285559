import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { Probe, type Probes } from '../../constructs/core/probe.js';
import { containerOf, find, sampleTier } from '../support/sample.js';

const rendered = (probes?: Probes) => {
  const { box, workload } = sampleTier();
  workload('web', { listens: { http: 8000 }, ...(probes === undefined ? {} : { probes }) });
  const { livenessProbe, readinessProbe, startupProbe } = containerOf(
    find(box.manifests(), 'Deployment', 'web'),
  );
  return { livenessProbe, readinessProbe, startupProbe };
};
const patience = { periodSeconds: 10, timeoutSeconds: 5, failureThreshold: 3 };

test('the three questions land where they belong', () => {
  const probes: Probes = {
    liveness: Probe.tcp('http'),
    readiness: Probe.http('http', '/ready'),
    startup: Probe.exec(['sh', '-c', 'true'], { failures: 60 }),
  };
  assert.equal(rendered(probes), {
    livenessProbe: { tcpSocket: { port: 'http' }, ...patience },
    readinessProbe: { httpGet: { port: 'http', path: '/ready' }, ...patience },
    startupProbe: { exec: { command: ['sh', '-c', 'true'] }, ...patience, failureThreshold: 60 },
  });
});

test('patience can be set', () => {
  const { livenessProbe } = rendered({
    liveness: Probe.tcp('http', { period: 120, timeout: 30, failures: 1 }),
  });
  assert.equal(livenessProbe, {
    tcpSocket: { port: 'http' },
    periodSeconds: 120,
    timeoutSeconds: 30,
    failureThreshold: 1,
  });
});

test('no probe is asked that was not declared', () => {
  const none = { livenessProbe: undefined, readinessProbe: undefined, startupProbe: undefined };
  assert.equal(rendered(), none);
  assert.equal(rendered({ liveness: Probe.tcp('http') }).readinessProbe, undefined);
});

test.run();
