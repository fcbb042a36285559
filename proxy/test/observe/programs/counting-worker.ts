import { expositionOf } from '../../../src/observe/exposition.js';
import { Metrics } from '../../../src/observe/metrics.js';
import { answerMetrics } from '../../../src/observe/worker-metrics.js';
import { finished } from '../support.js';

/* A worker that has counted as many requests as it was told to, and one more whenever it is told so. */
const metrics = new Metrics();
const more = () => metrics.finished(finished(), 1);
for (let count = 0; count < Number(process.env.REQUESTS); count++) more();
metrics.configReload(true);
answerMetrics(expositionOf(metrics));
process.on('message', (message) => {
  if (message !== 'more') return;
  more();
  process.send?.('done');
});
process.send?.('ready');
