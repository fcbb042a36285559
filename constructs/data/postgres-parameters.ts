/** Connections PostgreSQL accepts. Idle logins cost nothing, sessions do: each takes some 3 to 6 MB when busy. */
export const maxConnections = 120;

/** Sessions that are nobody's pool: reserved for the superuser, the operator's own, and the vault's. */
export const reservedConnections = { superuser: 3, operator: 6, vault: 4 };

const mb = (share: number) => `${Math.floor(share)}MB`;

/**
 * Server parameters for a memory limit. Shares follow PostgreSQL's advice for small servers; `wal_keep_size` and
 * `max_slot_wal_keep_size` keep a stuck archive from filling the disk.
 * @param limitMi memory limit of the instance in MiB
 * @see https://www.postgresql.org/docs/18/runtime-config-resource.html
 */
export const postgresParameters = (limitMi: number): Record<string, string> => ({
  max_connections: String(maxConnections),
  superuser_reserved_connections: String(reservedConnections.superuser),
  shared_buffers: mb(limitMi * 0.1875),
  effective_cache_size: mb(limitMi * 0.5),
  work_mem: '2MB',
  maintenance_work_mem: mb(limitMi / 16),
  wal_buffers: '4MB',
  max_wal_size: '512MB',
  wal_keep_size: '64MB',
  max_slot_wal_keep_size: '1GB',
  max_parallel_workers: '2',
  max_parallel_workers_per_gather: '0',
  autovacuum_max_workers: '2',
  jit: 'off',
  password_encryption: 'scram-sha-256',
  idle_in_transaction_session_timeout: '5min',
  // WAL is archived at least this often, so at most this much is lost with the server
  archive_timeout: '5min',
});
