/** `npm run schema`: writes the JSON schema of `box.yaml` that editors read. */
import { writeFileSync } from 'node:fs';
import { appIds } from '../apps/render.js';
import { siteJsonSchema } from '../constructs/core/site.js';

writeFileSync('box.schema.json', `${JSON.stringify(siteJsonSchema(appIds), null, 2)}\n`);
