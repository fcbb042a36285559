/** Plain words to make up paths, names and sentences of. */
export const nouns = (
  'report meeting budget invoice contract photo summer team project plan review notes minutes agenda garden kitchen travel ' +
  'holiday letter offer order customer supplier price list table chart picture music video lesson course school house ' +
  'family street city country weather season market shop service support account profile group member event calendar ' +
  'ticket issue release version change history archive library book chapter story article page blog news press contact about team job'
).split(' ');

export const verbs =
  'find compare select update create order share open close print send move join drop split merge grant delete insert'.split(
    ' ',
  );

/** Sentences people type into search fields; many hold words that are also words of some language of machines. */
export const questions = [
  'how to select a column from a table where the date is null',
  "what's the union of two sets",
  'update and delete rows from a shared table',
  "l'hôtel de ville à côté d'Orléans",
  "O'Brien & Sons, Dublin",
  'drop down list and radio button <select> in html',
  'difference between and / or in boolean logic',
  'cat and dog pictures; who let them out?',
  'price < 100 and size > 40',
  '"exact phrase" -without',
  'union jack flag order by mail',
  'sleep (how long should a baby sleep)',
  'rock & roll concert tickets',
  '50% off | today only',
  'c++ vs c# vs java.util.list',
  'open the document and print it',
  'when to use where instead of having',
  'user count (active) by group',
  "today's menu: soup, salad & more",
  'id card renewal',
  'exec summary template',
  'grant application 2024 into the fund',
  'insert coin into slot',
  'E=mc2 explained',
  'a=b or b=c?',
  'alert settings (sound)',
  'script for a play in two acts',
  'bonjour à tous, ça va ?',
  'größe 42 in weiß',
  '東京 天気',
  'meeting @ 10:30 (room 4) #budget',
  '1/2 cup sugar + 3 eggs',
  'echo dot price',
  'SELECT committee report',
  'php developer jobs',
  'node & edge graph',
  'why is my wifi slow?',
  'passwd forgotten',
];

/** Names of files people keep. Some look like what scanners ask for: in a drive or a repository that is nobody's fault. */
export const fileNames = [
  'report.pdf',
  'Budget 2024 (final).xlsx',
  "O'Brien contract.docx",
  'photo_2023-08-14.jpeg',
  'notes.md',
  'index.php',
  'wp-config.php',
  'dump.sql',
  'backup.tar.gz',
  '.env',
  '.gitignore',
  'passwd',
  'id_rsa.pub',
  'settings.py',
  'docker-compose.yml',
  'Résumé été.odt',
  'select * from users.txt',
  'price<100.csv',
  'a..b.txt',
  'cmd.exe',
  'old~',
  'README',
  'script.sh',
  'main.jsp',
  'web.config',
  '100%.txt',
  'über-uns.html',
  'config.json',
  'C:\\Users\\x.txt',
  'semi;colon.txt',
  'back`tick.md',
  '\x24{name}.template',
  '{{cookiecutter.name}}.py',
];

/** Queries of Prometheus, Loki, OpenSearch and Grafana. */
export const queries = [
  'sum(rate(http_requests_total{job="edge",status=~"5.."}[5m])) by (route)',
  'histogram_quantile(0.99, sum(rate(request_duration_seconds_bucket[5m])) by (le))',
  'up == 0 or absent(up{job="node"})',
  'avg_over_time(node_load1[1h]) > 2 and on(instance) node_cpu_count < 8',
  '{app="docs"} |= "error" | json | status >= 500 | line_format "{{.msg}}"',
  '{namespace="ingress"} |~ "(?i)timeout|refused" != "healthz"',
  'topk(10, count by (path) (rate({app="edge"}[5m])))',
  '{"query":{"bool":{"must":[{"match":{"title":"budget"}}],"filter":{"range":{"date":{"gte":"now-1d/d"}}}}}}',
  'container_memory_working_set_bytes{container!="",pod=~"docs-.*"} / 1024 / 1024',
  '{ resource.service.name = "docs-backend" && duration > 200ms }',
  'SELECT mean("value") FROM "cpu" WHERE time > now() - 1h GROUP BY time(1m) fill(null)',
];
