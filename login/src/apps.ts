import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** Headings of the home page, in their order. */
export const appGroups = ['apps', 'developer', 'admin'] as const;
export type AppGroup = (typeof appGroups)[number];

const schema = z.array(
  z.strictObject({
    title: z.string().min(1),
    url: z.url({ protocol: /^https?$/ }),
    description: z.string().optional(),
    group: z.enum(appGroups).default('apps'),
    /** Groups of people who may open it. */
    groups: z.array(z.string()).optional(),
  }),
);

/** An app on the home page. */
export type App = z.output<typeof schema>[number];

/**
 * The apps of the box, as the catalog lists them.
 * @throws when the file is missing or not valid; the message names the entry at fault
 */
export function readApps(file: string | undefined): readonly App[] {
  if (file === undefined) return [];
  let content: unknown;
  try {
    content = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`APPS_FILE: '${file}' cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const read = schema.safeParse(content);
  if (read.success) return read.data;
  const at = read.error.issues.map(({ path, message }) => `${path.join('.') || 'the list'}: ${message}`);
  throw new Error(`APPS_FILE: '${file}' is not valid:\n  ${at.join('\n  ')}`);
}

/** The apps somebody in some groups may open. */
export const appsFor = (apps: readonly App[], groups: readonly string[]): readonly App[] =>
  apps.filter((app) => app.groups === undefined || app.groups.some((group) => groups.includes(group)));
