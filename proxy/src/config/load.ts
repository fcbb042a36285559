import { existsSync, readFileSync } from 'node:fs';
import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument } from 'yaml';
import { ProxyError } from '../core/errors.js';
import { checkConfig } from './checks.js';
import { explainIssues } from './issues.js';
import { ConfigError, type Problem, placeName } from './problems.js';
import { type Config, configSchema } from './schema.js';
import type { Place } from './schema-lookup.js';

/** A configuration that may be used, and what its writer should know all the same. */
export interface Loaded {
  /** With defaults filled in; deeply frozen. */
  readonly config: Config;
  /** `where (line n): what`, a line each. */
  readonly warnings: readonly string[];
}

export interface ReadOptions {
  /** Whether a folder or file is there; for warnings only. @default - the file system is asked */
  readonly exists?: (path: string) => boolean;
}

/**
 * Reads a configuration from YAML or JSON.
 * @param text the whole file
 * @param source what messages call it, such as its file name
 * @throws ConfigError (EDGE_CONFIG) with every problem of one stage at once: of the text, then of single values, then of
 * the whole table; each says where, the value, the rule and the way out
 */
export function readConfig(text: string, source = 'the configuration', options: ReadOptions = {}): Loaded {
  const lines = new LineCounter();
  const document = parseDocument(text, { strict: true, uniqueKeys: true, lineCounter: lines });
  const broken = document.errors.map(({ message }) => firstLine(message));
  if (broken.length > 0) throw new ConfigError(source, broken);
  const raw = toValue(document, source);
  if (raw === null) throw new ConfigError(source, ["the file is empty; begin with 'version: 1'"]);
  const told = (found: readonly Problem[]) => tell(found, document, lines);

  const parsed = configSchema.safeParse(raw);
  if (!parsed.success) throw new ConfigError(source, told(explainIssues(parsed.error.issues, raw)));
  const { problems, warnings } = checkConfig(parsed.data, options.exists ?? existsSync);
  if (problems.length > 0) throw new ConfigError(source, told(problems));
  return { config: freeze(parsed.data), warnings: told(warnings) };
}

/**
 * Reads a configuration file.
 * @throws ProxyError (EDGE_CONFIG) when it cannot be read; ConfigError as `readConfig` does
 */
export function loadConfig(file: string, options: ReadOptions = {}): Loaded {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new ProxyError('EDGE_CONFIG', `cannot read the configuration '${file}': ${reason}`, { cause });
  }
  return readConfig(text, file, options);
}

/** Aliases may multiply a small text into a huge value; the parser stops that with an error. */
function toValue(document: Document, source: string): unknown {
  try {
    return document.toJS();
  } catch (error) {
    throw new ConfigError(source, [error instanceof Error ? firstLine(error.message) : String(error)]);
  }
}

/** Problems as lines, in the order of the file. */
function tell(found: readonly Problem[], document: Document, lines: LineCounter): string[] {
  return found
    .map(({ place, message }) => ({ place, message, line: lineOf(place, document, lines) }))
    .sort((a, b) => a.line - b.line)
    .map(({ place, message, line }) => `${placeName(place)} (line ${line}): ${message}`);
}

/** The line a place stands on; of what is missing, that of the object it is missing from. */
function lineOf(place: Place, document: Document, lines: LineCounter): number {
  for (let length = place.length; length > 0; length--) {
    const parent = document.getIn(place.slice(0, length - 1), true);
    const key = place[length - 1];
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && item.key.value === key)
      : undefined;
    const node = pair?.key ?? document.getIn(place.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

const firstLine = (text: string) => text.split('\n', 1)[0]?.replace(/:$/, '') ?? text;

function freeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null) {
    Object.freeze(value);
    for (const item of Object.values(value)) freeze(item);
  }
  return value;
}
