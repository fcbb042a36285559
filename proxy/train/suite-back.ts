import { browserHeaders } from './browsing.js';
import { enc, type FlowMaker, key } from './flow-writer.js';
import { fileNames, nouns, queries, questions } from './words.js';

/** What stands behind the apps: sign-in, forge, dashboards, vault, search. */
export const backFlows: Readonly<Record<string, FlowMaker>> = {
  login(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    const back = `https://docs.box.example/docs/${random.uuid()}/?q=${enc('a&b')}`;
    w.get(
      `/oauth2/auth?response_type=code&client_id=docs&redirect_uri=${enc('https://docs.box.example/api/v1.0/callback/')}&scope=openid+email&state=${random.id(32)}&nonce=${random.id(32)}&acr_values=eidas1&login_hint=${enc("o'neil@box.example")}`,
      302,
    );
    w.page(`/login?login_challenge=${random.hex(32)}&return_to=${enc(enc(back))}`, 10);
    w.trafficClass = 'api';
    w.get(`/kratos/self-service/login/browser?return_to=${enc(back)}&aal=aal2`, 303);
    w.send('POST', `/kratos/self-service/login?flow=${random.uuid()}`, random.pick([303, 400]), 2000);
    w.get('/kratos/sessions/whoami', random.pick([200, 401]));
    w.get('/.well-known/openid-configuration');
    w.get('/.well-known/jwks.json');
    w.get('/userinfo', random.pick([200, 401]));
    w.send('POST', '/oauth2/token', 200);
    w.trafficClass = 'browser';
    w.get(
      `/api/v1.0/callback/?code=ory_ac_${random.id(43)}.${random.id(43)}&scope=openid+email&state=${random.id(32)}`,
      302,
    );
  },
  forge(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.trafficClass = 'git';
    const repo = `/${random.pick(nouns)}/${random.pick(nouns)}`;
    for (let i = 0; i < random.whole(5, 40); i++) {
      const branch = random.pick([
        'branch/main',
        'branch/fix%2Fselect-from',
        `commit/${random.hex(40)}`,
        'tag/v1.2',
      ]);
      w.get(
        `${repo}/${random.pick(['src', 'raw', 'blame', 'commits'])}/${branch}/${random.pick(nouns)}/${key(random.pick(fileNames))}`,
        random.pick([200, 200, 200, 404]),
        900,
      );
      w.get(`/avatars/${random.hex(32)}?size=48`, 200, 10);
      w.get(
        `/assets/${random.pick(['js/index.js', 'css/theme-gitea-auto.css', 'img/logo.svg'])}?v=1.22.0`,
        200,
        10,
      );
    }
    w.get(
      `${repo}/search?q=${enc(random.pick([...questions, 'import os.path', 'func main() {', 'console.log("x")']))}&fuzzy=true`,
      200,
      900,
    );
    w.get(`${repo}/compare/main...fix%2Fcolours`, 200, 900);
    w.get(
      `/api/v1/repos${repo}/contents/${key(random.pick(fileNames))}?ref=main`,
      random.pick([200, 404]),
      300,
    );
    w.get(`/user/login?redirect_to=${enc(`${repo}/settings`)}`, 200, 500);
    w.get('/-/admin', 404, 500);
  },
  dashboards(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page(
      `/d/${random.id(9)}/${random.pick(nouns)}?orgId=1&from=now-6h&to=now&var-ns=$__all&refresh=5s`,
      60,
    );
    for (let i = 0; i < random.whole(10, 60); i++) {
      w.send('POST', `/api/ds/query?ds_type=${random.pick(['prometheus', 'loki'])}&requestId=Q${i}`, 200, 60);
      w.get(
        `/api/v1/query_range?query=${enc(random.pick(queries))}&start=1714550400&end=1714554000&step=15`,
        random.pick([200, 200, 422]),
        100,
      );
    }
    w.get(`/loki/api/v1/query_range?direction=backward&limit=100&query=${enc(random.pick(queries))}`);
    w.get(`/api/v1/series?match[]=${enc('{__name__=~".+"}')}`);
    w.get(
      `/explore?schemaVersion=1&panes=${enc(JSON.stringify({ a: { datasource: 'loki', queries: [{ expr: '{app="x"} |= `boom`', refId: 'A' }] } }))}&orgId=1`,
    );
    w.get(`/api/search?q=${enc(random.pick(queries))}&limit=20`);
    w.trafficClass = 'websocket';
    w.get('/api/live/ws', 101);
  },
  vault(w) {
    const { random } = w;
    w.trafficClass = 'api';
    w.headers = { 'user-agent': 'Go-http-client/1.1' };
    for (let i = 0; i < 10; i++)
      w.send(
        random.pick(['GET', 'LIST', 'PUT']) === 'LIST' ? 'GET' : 'GET',
        `/v1/${random.pick(['secret/data/docs/config', 'sys/health', 'sys/internal/ui/mounts', 'auth/token/lookup-self', 'database/creds/admin', 'pki/issue/test', 'sys/mounts/secret/tune'])}`,
        random.pick([200, 404, 403]),
        100,
      );
    w.headers = browserHeaders(random);
    w.page('/ui/vault/secrets/kv/show/team%2Fpasswords', 20);
  },
  search(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    for (let i = 0; i < random.whole(3, 12); i++) {
      w.page(
        `/search?q=${enc(random.pick(questions)).replaceAll('%20', '+')}&category_general=1&language=auto&time_range=&safesearch=0`,
        15,
      );
      w.get(`/autocompleter?q=${enc(random.pick(questions).slice(0, random.whole(2, 20)))}`, 200, 200);
      w.get(
        `/image_proxy?url=${enc(`https://pics.example/a.php?f=${random.id(8)}.jpg`)}&h=${random.hex(64)}`,
        200,
        20,
      );
    }
  },
};
