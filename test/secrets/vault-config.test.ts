import { test } from 'uvu';
import * as assert from 'uvu/assert';
import { vaultConfig } from '../../constructs/secrets/vault-config.js';
import { at } from '../support/sample.js';

const config = (members: string[] = []) =>
  vaultConfig({
    apiAddress: 'http://vault:8200',
    ports: { api: 8200, raft: 8201 },
    sealKeyFile: '/seal/key',
    dataFolder: '/data',
    members,
    requests: [
      { name: 'first', path: 'sys/a', data: { type: 'kv' } },
      { name: 'second', path: 'sys/b', data: {} },
    ],
  });

test('one server: raft alone, its own seal, audit to the log', () => {
  assert.equal(config(), {
    ui: true,
    log_level: 'info',
    log_format: 'json',
    api_addr: 'http://vault:8200',
    listener: [
      {
        tcp: {
          address: '[::]:8200',
          cluster_address: '[::]:8201',
          tls_disable: true,
          telemetry: { unauthenticated_metrics_access: true },
        },
      },
    ],
    storage: [{ raft: { path: '/data' } }],
    seal: [{ static: { current_key_id: 'box-1', current_key: 'file:///seal/key' } }],
    audit: [{ type: 'file', path: 'stdout', options: { file_path: 'stdout' } }],
    telemetry: { prometheus_retention_time: '24h', disable_hostname: true },
    initialize: [
      {
        box: {
          request: [
            { first: { operation: 'update', path: 'sys/a', data: { type: 'kv' } } },
            { second: { operation: 'update', path: 'sys/b', data: {} } },
          ],
        },
      },
    ],
  });
});

test('several servers know each other', () => {
  assert.equal(at(config(['a:8200', 'b:8200']), 'storage', 0, 'raft', 'retry_join'), [
    { leader_api_addr: 'http://a:8200' },
    { leader_api_addr: 'http://b:8200' },
  ]);
});

test.run();
