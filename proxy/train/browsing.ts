import type { Random } from './random.js';
import type { Row } from './rows.js';
import { nouns, questions, verbs } from './words.js';

const agents = [
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36',
  'Mozilla/5.0 (X11; Linux x86_64; rv:127.0) Gecko/20100101 Firefox/127.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
];

/** Fields of a browser. */
export function browserHeaders(random: Random): Record<string, string> {
  return {
    'user-agent': random.pick(agents),
    accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
    'accept-language': random.pick(['de-DE,de;q=0.9,en;q=0.7', 'fr-FR,fr;q=0.9', 'en-GB,en;q=0.8']),
    'accept-encoding': 'gzip, deflate, br',
  };
}

const slug = (random: Random, words = random.whole(1, 6)) =>
  Array.from({ length: words }, () => random.pick(random.chance(0.2) ? verbs : nouns)).join(
    random.pick(['-', '-', '_', '%20', '+']),
  );
const folders = (random: Random) =>
  Array.from({ length: random.whole(0, 4) }, () => `/${slug(random, 1)}`).join('');
const enc = encodeURIComponent;
const form = (text: string) => enc(text).replaceAll('%20', '+').replaceAll('%27', "'");

type Kind = readonly [share: number, make: (r: Random) => string];

/** Kinds of targets of the wide web, with their share. What other people's servers run is no fault of their visitors. */
const kinds: readonly Kind[] = [
  [10, (r) => `${folders(r)}/${slug(r)}${r.pick(['', '/', '.html', '.htm'])}`],
  [
    10,
    (r) =>
      `/${r.pick(['static', 'assets', 'js', 'css', 'dist', '_next/static/chunks', 'build'])}/${slug(r, 2)}${r.pick(['.', '-', '_'])}${r.hex(r.whole(6, 20))}.${r.pick(['js', 'css', 'woff2', 'png', 'svg', 'map', 'mjs', 'webp'])}`,
  ],
  [
    4,
    (r) =>
      `${folders(r)}/${slug(r)}.${r.pick(['jpg', 'png', 'gif', 'ico', 'pdf', 'mp4', 'xml', 'json', 'txt'])}?${r.pick(['v', 'ver', 't', '_', 'w'])}=${r.whole(1, 99999)}`,
  ],
  [
    6,
    (r) =>
      `/${r.pick(['search', 's', 'find', '', 'results'])}?${r.pick(['q', 'query', 's', 'search', 'k', 'term'])}=${r.pick([enc, form])(r.pick(questions))}${r.pick(['', '&page=2', '&sort=date', '&lang=fr'])}`,
  ],
  [
    4,
    (r) =>
      `/${slug(r, 1)}?${slug(r, 1)}=${r.whole(1, 5000)}&${slug(r, 1)}=${enc(`${r.pick(nouns)} ${r.pick(nouns)}`)}`,
  ],
  // counters of visits and advertisements: addresses within addresses, JSON, macros nobody filled in
  [
    5,
    (r) =>
      `/${r.pick(['collect', 'pixel', 'track', 'b/ss', 'beacon', 'i.gif'])}?dl=${enc(`https://www.${slug(r, 1)}.example/${slug(r)}?ref=${enc('https://t.example/a b')}`)}&t=pageview&cid=${r.whole(1, 1e9)}.${r.whole(1, 1e9)}&z=${r.next()}`,
  ],
  [
    2,
    (r) =>
      `/ad?size=300x250;click=https://ad.example/c/${r.id(30)};ord=${r.whole(1, 1e9)};u=${r.pick(['\x24{GDPR}', '[CACHEBUSTER]', '%%CLICK%%', '{{campaign.id}}', '$!{x}'])}`,
  ],
  [
    2,
    (r) =>
      `/event?data=${enc(JSON.stringify({ id: r.uuid(), name: r.pick(nouns), value: r.whole(1, 99), list: ['a', 'b'] }))}`,
  ],
  [1, (r) => `/sync?cb=window.parent.${r.pick(nouns)}.callback&f=setuid('${r.id(16)}')`],
  [
    1,
    (r) =>
      `${folders(r)}/${slug(r, 2)}${r.pick(['-1.2.3', ''])}.${r.pick(['tar.gz', 'zip', 'sh', 'exe', 'conf', 'log', 'sql', 'ini', 'bak', 'rar', 'c', 'py', 'pl', 'java'])}`,
  ],
  [
    0.6,
    (r) =>
      `/${r.pick(['blog', 'wiki', 'tags', 'questions/4711', 'docs'])}/${r.pick(['sql-injection', 'php', 'wordpress', 'nagios', 'phpMyAdmin', 'config.html', 'admin-guide', 'Cross-site_scripting', 'test', 'etc', 'cgi', 'jenkins', 'select-from-where', 'shell', 'backup'])}`,
  ],
  [
    1,
    (r) =>
      `/${r.pick(['login', 'admin', 'admin/', 'dashboard', 'console', 'setup', 'user/login', 'account/settings', 'test', 'status', 'upload', 'config', 'logs'])}${r.pick(['', `?next=/${slug(r, 1)}/`, `?returnUrl=${enc('https://www.shop.example/cart?x=1')}`])}`,
  ],
  [
    1,
    (r) =>
      `/products?filter[price][gt]=${r.whole(1, 50)}&filter[size][]=${r.pick(['s', 'm'])}&sort=-date&page[number]=${r.whole(1, 9)}`,
  ],
  [
    1,
    (r) =>
      `/contact?name=${form(r.pick(["Sean O'Connor", "Anna D'Angelo", 'Jürgen & Söhne', 'M. Lebrun (Paris)', "c/ l'Hospital, 12"]))}&mail=${r.pick(nouns)}%40${r.pick(nouns)}.example&text=${form(r.pick(questions))}`,
  ],
  [0.6, (r) => `/graphql?query=${enc(`query { ${r.pick(nouns)}(id: "${r.whole(1, 99)}") { id name } }`)}`],
  [0.5, (r) => `/x/${r.id(60)}==/${r.hex(40)}~${r.whole(1, 99)}*${r.id(8)}!${r.id(6)}`],
  [0.5, (r) => `/${slug(r, 1)};jsessionid=${r.hex(32)}?${slug(r, 1)}=1;${slug(r, 1)}=2`],
  // links that programs took out of source code
  [
    0.3,
    (r) =>
      `/${slug(r, 1)}/${r.pick(['%22$%7BHOME%7D/', '\x24{BASE}/', '%7B%7Burl%7D%7D/', "'+path+'", '%22+href+%22', '<%=root%>'.replaceAll('<', '%3C').replaceAll('>', '%3E')])}${slug(r, 1)}${r.pick(['', '.php?x=\x24{id}', '.js', '/%5C%22'])}`,
  ],
  [0.4, (r) => `//${slug(r, 1)}.${r.pick(['js', 'png', 'ico'])}`],
];

/** What other people's servers run. Visitors of theirs are honest, but nobody has reason to ask a box for it. */
const foreign: readonly Kind[] = [
  // those who look after such a site
  [
    0.8,
    (r) =>
      `/wp-admin/${r.pick(['admin-ajax.php', 'admin-ajax.php?action=heartbeat', `post.php?post=${r.whole(1, 999)}&action=edit`, 'edit.php', 'load-styles.php?c=1&dir=ltr', 'images/wordpress-logo.svg'])}`,
  ],
  [
    0.4,
    (r) =>
      `/${r.pick(['wp-login.php', `wp-login.php?redirect_to=${enc('https://blog.example/wp-admin/')}`, 'xmlrpc.php', 'wp-cron.php?doing_wp_cron=1700000000.1', 'wp-login.php?action=lostpassword'])}`,
  ],
  [
    0.4,
    (r) =>
      `/${r.pick(['administrator/index.php', 'administrator/', 'administrator/index.php?option=com_config', 'user/admin.php', 'admin/login.php', 'admin/index.php?page=stats', 'backend/index.jsp', 'admin/config/'])}`,
  ],
  [
    0.3,
    (r) =>
      `/${r.pick(['phpmyadmin/index.php?route=/sql', 'adserver/info.php?id=1', 'assets/jsp/statistics/measure.jsp', 'test/index.php', 'cgi-bin/admin/stats.cgi', 'owa/auth/logon.aspx', 'manager/setup.do', 'webmail/upload.cfm'])}${r.pick(['', ''])}`,
  ],
  [
    2,
    (r) =>
      `${folders(r)}/${r.pick(['index', 'article', 'view', 'load', 'show', 'news', slug(r, 1)])}.php${r.pick(['', `?id=${r.whole(1, 999)}`, `?title=${slug(r, 2)}&action=history`, `?page=${r.whole(1, 20)}`])}`,
  ],
  [
    1.5,
    (r) =>
      `/wp-content/${r.pick(['uploads/2023/05', 'themes/twenty/css', 'plugins/gallery-view/js'])}/${slug(r)}.${r.pick(['jpg', 'css', 'js', 'png'])}${r.pick(['', '?ver=6.2'])}`,
  ],
  [0.6, (r) => `/wp-includes/js/${slug(r, 1)}.min.js?ver=${r.whole(1, 6)}.${r.whole(0, 9)}`],
  [
    0.4,
    (r) =>
      `/wp-json/${r.pick(['oembed/1.0/embed?url=https%3A%2F%2Fblog.example%2F', 'wp/v2/posts?per_page=5', 'contact-form-7/v1/contact-forms/12/feedback'])}`,
  ],
  [
    1,
    (r) =>
      `${folders(r)}/${slug(r, 1)}.${r.pick(['aspx', 'asp', 'jsp', 'do', 'action', 'ashx', 'cfm', 'cgi'])}${r.pick(['', `?id=${r.whole(1, 999)}`, `?${slug(r, 1)}=${slug(r, 1)}`])}`,
  ],
  [
    0.4,
    (r) =>
      `/cgi-bin/${r.pick(['count', 'imagemap', 'm', 'search', 'guestbook'])}${r.pick(['', '.cgi', '.pl'])}?${slug(r, 1)}=${r.whole(1, 99)}`,
  ],
  [
    0.4,
    (r) =>
      `/index.php?option=com_content&view=article&id=${r.whole(1, 300)}${r.pick(['', `:${slug(r, 3)}&Itemid=${r.whole(1, 99)}`])}`,
  ],
];

/** Honest requests to the wide web, a browser's fields with them; one in ten for a system the box has not. */
export function browsing(random: Random, count: number): Row[] {
  const rows: Row[] = [];
  for (let i = 0; i < count; i++) {
    const isForeign = random.chance(0.1);
    const target = choose(isForeign ? foreign : kinds, random)(random);
    rows.push({
      method: 'GET',
      target: target.startsWith('/') ? target : `/${target}`,
      trafficClass: 'browser',
      attack: false,
      source: isForeign ? 'browsing-foreign' : 'browsing',
      group: 'browsing',
      status: 200,
      time: 0,
      headers: browserHeaders(random),
    });
  }
  return rows;
}

function choose(list: readonly Kind[], random: Random): Kind[1] {
  let left = random.next() * list.reduce((sum, [share]) => sum + share, 0);
  for (const [share, make] of list) {
    left -= share;
    if (left < 0) return make;
  }
  return () => '/';
}
