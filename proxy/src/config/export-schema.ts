/** `npm run schema -w proxy`: writes schema/config.schema.json from the schema in code. */
import { writeFileSync } from 'node:fs';
import { jsonSchemaText } from './json-schema.js';

const file = new URL('../../schema/config.schema.json', import.meta.url);
writeFileSync(file, jsonSchemaText());
