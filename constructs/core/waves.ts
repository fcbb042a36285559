/**
 * The order in which the box comes to life. A later wave may rely on every earlier one being ready.
 * Charts are written to `dist/` in this order and each object carries its wave as Argo CD's sync-wave annotation.
 */
export enum Wave {
  /** Namespaces, priority classes, charts of operators. */
  Platform = 0,
  /** Issuers, mesh identity, trust. */
  Trust = 1,
  /** Engines that need no synced secret: the vault and PostgreSQL. */
  Engines = 2,
  /** Set-up Jobs that fill the vault. */
  Seed = 3,
  /** Synced secrets and the engines that need them: Valkey, object store, search. */
  Stores = 4,
  /** Identity: Kratos, Hydra, sign-in pages. */
  Identity = 5,
  /** The edge proxy. */
  Edge = 6,
  /** The apps, migrations first. */
  Apps = 7,
  /** Chat, the AI colleague, developer tools. */
  Colleagues = 8,
  /** Observability, backups, checks, the catalog. */
  Operations = 9,
}

/** Argo CD's name for the wave; `box up` reads it too. @see https://argo-cd.readthedocs.io/en/stable/user-guide/sync-waves/ */
export const waveAnnotation = 'argocd.argoproj.io/sync-wave';
