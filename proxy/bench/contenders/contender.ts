/** What the contenders have in common: one core, the same certificate, the same upstreams, an access log to a file. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Child, freePort, portOpen, startChild } from '../support/children.js';

/** What a contender is told. */
export interface Plan {
  /** Folder of its own, for configuration, logs and temporary files. */
  readonly folder: string;
  /** Port on the loopback address for TLS with HTTP/1.1 and HTTP/2. */
  readonly port: number;
  readonly certFile: string;
  readonly keyFile: string;
  /** Port of the upstream for everything else than `/bodies/upload` and `/socket/`. */
  readonly answers: number;
  /** Port of the upstream for these two. */
  readonly bodies: number;
  /** Bundles a TypeScript file into one that plain node starts. */
  readonly bundle: (entry: string) => Promise<string>;
}

/** How to start it. */
export interface Launch {
  readonly argv: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** A proxy to be measured. */
export interface Contender {
  /** Name for `--only`. */
  readonly name: string;
  /** Name in the tables. */
  readonly title: string;
  /** Writes its configuration and says how to start it. */
  prepare(plan: Plan): Promise<Launch>;
}

/** A contender that serves. */
export interface Running {
  readonly name: string;
  readonly title: string;
  readonly port: number;
  readonly pid: number;
  readonly child: Child;
}

/** Starts a contender on the core and waits until it listens. */
export async function startContender(
  contender: Contender,
  shared: Omit<Plan, 'folder' | 'port'> & { readonly folder: string },
  core: number | undefined,
): Promise<Running> {
  const port = await freePort();
  const folder = join(shared.folder, `${contender.name}-${port}`);
  mkdirSync(folder);
  const launch = await contender.prepare({ ...shared, folder, port });
  const child = await startChild({ ...launch, core, log: join(folder, 'output') });
  try {
    await portOpen(child, port);
  } catch (error) {
    await child.stop();
    throw error;
  }
  return { name: contender.name, title: contender.title, port, pid: child.pid, child };
}
