import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { parseAllDocuments } from 'yaml';
import type { ChartFiles } from '../../apps/chart/make.js';
import type { Manifest } from '../../constructs/core/manifest.js';
import { layerTool } from './kubectl-layer.js';
import { unavailable } from './unavailable.js';

/** Helm's path, or undefined when this machine cannot have it. */
export function helmBinary(): string | undefined {
  try {
    return layerTool('helm');
  } catch (error) {
    return unavailable(`helm: ${error instanceof Error ? error.message : error}`);
  }
}

/** A chart in a temporary folder. */
export class ChartFolder {
  readonly path = mkdtempSync(join(tmpdir(), 'box-chart-'));
  /** Beside the chart, of which every file is a part. */
  private readonly values = `${this.path}.values.json`;

  constructor(
    private readonly helm: string,
    files: ChartFiles,
  ) {
    for (const [name, text] of Object.entries(files)) {
      mkdirSync(dirname(join(this.path, name)), { recursive: true });
      writeFileSync(join(this.path, name), text);
    }
  }

  /** What Helm says about the chart. @throws with its words when it is not content */
  lint(): string {
    return this.run(['lint', this.path, '--strict']);
  }

  /** The objects Helm makes of it. @throws with object and field when a template cannot be rendered */
  render(values: object): Manifest[] {
    return this.read(this.run(['template', 'box', this.path, '--values', this.valuesFile(values)]));
  }

  /** What `helm install` tells a person at the end. */
  notes(values: object): string {
    const text = this.run([
      'install',
      'box',
      this.path,
      '--dry-run=client',
      '--values',
      this.valuesFile(values),
    ]);
    return text.slice(text.indexOf('NOTES:'));
  }

  remove(): void {
    rmSync(this.path, { recursive: true });
    rmSync(this.values, { force: true });
  }

  private valuesFile(values: object): string {
    writeFileSync(this.values, JSON.stringify(values));
    return this.values;
  }

  /** Both readings of YAML must agree: people's tools follow 1.2, the API server's library mostly 1.1. */
  private read(text: string): Manifest[] {
    const [new12, old11] = (['1.2', '1.1'] as const).map((version) =>
      parseAllDocuments(text, { version, uniqueKeys: true }).map((document) => {
        const [error] = document.errors;
        if (error !== undefined) throw error;
        return document.toJS() as Manifest | null;
      }),
    );
    if (JSON.stringify(new12) !== JSON.stringify(old11))
      throw new Error('YAML 1.1 and 1.2 read different objects');
    return (new12 ?? []).filter((object): object is Manifest => object !== null);
  }

  private run(args: string[]): string {
    const home = { HELM_CACHE_HOME: this.path, HELM_CONFIG_HOME: this.path, HELM_DATA_HOME: this.path };
    const run = spawnSync(this.helm, args, {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: this.path, ...home },
      maxBuffer: 64 * 1024 * 1024,
    });
    if (run.status === 0) return run.stdout;
    throw new Error(this.located(`${run.error?.message ?? ''}${run.stdout}${run.stderr}`));
  }

  /** Helm names file and line; people know objects and fields. */
  private located(message: string): string {
    const [, file = '', line = '0'] = /(templates\/[\w.-]+):(\d+)/.exec(message) ?? [];
    if (file === '') return message;
    const before = readFileSync(join(this.path, file), 'utf8').split('\n').slice(0, Number(line));
    const object = before.findLast((text) => text.startsWith('# '))?.slice(2);
    const field = before.findLast((text) => /^\s*(- )?[\w.-]+:/.test(text))?.trim();
    return `${object}, ${field?.slice(0, 60)}\n${message}`;
  }
}
