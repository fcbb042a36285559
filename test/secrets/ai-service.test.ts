import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { namespaces } from '../../constructs/core/namespaces.js';
import type { SiteInput } from '../../constructs/core/site-schema.js';
import { AiService } from '../../constructs/secrets/ai-service.js';
import { at, sampleSite } from '../support/sample.js';
import { VaultBox } from '../support/vault-box.js';

function made(ai: SiteInput['ai']) {
  const box = new VaultBox();
  const service = AiService.of(box.vault, sampleSite({ ai }));
  return { box, service };
}

test('switched off there is no service, and nobody is asked for a key', () => {
  const { box, service } = made({ enabled: false });
  assert.is(service, undefined);
  assert.equal(at(box.plan('vault'), 'kv', 'paths'), {});
});

const services: [baseUrl: string, host: string, port: number][] = [
  ['https://api.scaleway.ai/v1', 'api.scaleway.ai', 443],
  ['https://ai.example:8443/v1', 'ai.example', 8443],
];

for (const [baseUrl, host, port] of services) {
  test(`${baseUrl}: its key is asked for, whoever holds it may call ${host} at ${port}`, () => {
    const { box, service } = made({ baseUrl, model: 'm' });
    if (service === undefined) throw new Error('no service');
    assert.equal([service.baseUrl, service.model], [baseUrl, 'm']);
    const key = service.key(box.tier('lasuite', namespaces.lasuite), 'docs-ai');
    assert.equal([key.key, key.secret.name], ['api-key', 'docs-ai']);
    const [to] = key.secret.reaches;
    assert.equal(to && 'ports' in to && to.ports, [port]);
    assert.equal(at(box.plan('vault'), 'kv', 'paths', 'ai'), {
      'api-key': { kind: 'operator', prompt: `API key of the AI service at ${host}` },
    });
  });
}

test.run();
