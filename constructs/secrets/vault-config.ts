import type { ConfigValue } from '../core/config-file.js';

/** One call of the vault's HTTP API, made once when it starts for the first time. */
export interface InitRequest {
  /** Unique name: letters, digits, `_` and `-`. */
  readonly name: string;
  readonly path: string;
  readonly data: ConfigValue;
}

export interface VaultConfigProps {
  readonly apiAddress: string;
  readonly ports: { readonly api: number; readonly raft: number };
  readonly sealKeyFile: string;
  readonly dataFolder: string;
  /** Addresses of the raft members to join; none for a single server. */
  readonly members: readonly string[];
  /** None for a server that only joins others. */
  readonly requests: readonly InitRequest[];
}

/**
 * Server configuration of OpenBao in its JSON form. `raft` even for one server, because only raft has a snapshot
 * API; a static seal, so that the server comes up unsealed after every restart without anybody; audit on stdout,
 * since audit devices can be declared but not made through the API.
 * @see https://openbao.org/docs/configuration/ and its pages on `initialize`, `seal/static` and `audit`
 */
export function vaultConfig(props: VaultConfigProps): ConfigValue {
  return {
    ui: true,
    log_level: 'info',
    log_format: 'json',
    api_addr: props.apiAddress,
    listener: [
      {
        tcp: {
          address: `[::]:${props.ports.api}`,
          cluster_address: `[::]:${props.ports.raft}`,
          // pods reach it through the mesh, which encrypts
          tls_disable: true,
          telemetry: { unauthenticated_metrics_access: true },
        },
      },
    ],
    storage: [
      {
        raft: {
          path: props.dataFolder,
          ...(props.members.length === 0
            ? {}
            : { retry_join: props.members.map((member) => ({ leader_api_addr: `http://${member}` })) }),
        },
      },
    ],
    seal: [{ static: { current_key_id: 'box-1', current_key: `file://${props.sealKeyFile}` } }],
    audit: [{ type: 'file', path: 'stdout', options: { file_path: 'stdout' } }],
    telemetry: { prometheus_retention_time: '24h', disable_hostname: true },
    ...(props.requests.length === 0
      ? {}
      : {
          initialize: [
            {
              box: {
                request: props.requests.map(({ name, path, data }) => ({
                  [name]: { operation: 'update', path, data },
                })),
              },
            },
          ],
        }),
  };
}
