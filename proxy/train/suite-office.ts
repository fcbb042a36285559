import { browserHeaders } from './browsing.js';
import { enc, type FlowMaker, key } from './flow-writer.js';
import { fileNames, questions } from './words.js';

/** Apps people use in a browser: Docs, Drive, Meet, mail and the like. */
export const officeFlows: Readonly<Record<string, FlowMaker>> = {
  docs(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    const id = random.uuid();
    w.page(random.pick(['/', `/docs/${id}/`, '/docs/new']));
    w.trafficClass = 'stream';
    w.get('/api/v1.0/users/me/', random.pick([200, 401]));
    w.get('/api/v1.0/config/');
    w.get(`/api/v1.0/documents/?page=1&ordering=-updated_at&title=${enc(random.pick(questions))}`);
    for (let i = 0; i < random.whole(2, 20); i++) {
      w.get(`/api/v1.0/documents/${id}/`, 200, 400);
      w.send('PATCH', `/api/v1.0/documents/${id}/content/`, 204, 900);
    }
    w.send('POST', `/api/v1.0/documents/${id}/attachment-upload/`, 201, 500);
    w.send('POST', `/api/v1.0/documents/${id}/ai-transform/`, 200, 500);
    w.trafficClass = 's3';
    w.get(`/media/${id}/attachments/${random.uuid()}.${random.pick(['png', 'pdf', 'php', 'sql'])}`, 200, 200);
    w.trafficClass = 'websocket';
    w.get(`/collaboration/ws/?room=${id}`, 101, 200);
  },
  drive(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page(random.pick(['/', `/explorer/items/${random.uuid()}`]), 60);
    w.trafficClass = 'api';
    for (let i = 0; i < random.whole(3, 30); i++) {
      const id = random.uuid();
      w.get(
        `/api/v1.0/items/?page=${random.whole(1, 5)}&page_size=20&title=${enc(random.pick(fileNames))}`,
        200,
        100,
      );
      w.get(`/api/v1.0/items/${id}/children/?ordering=title`, 200, 60);
      w.trafficClass = 's3';
      w.get(`/media/item/${id}/${key(random.pick(fileNames))}`, random.pick([200, 206, 403]), 100);
      w.get(`/media/preview/item/${id}/${key(random.pick(fileNames))}`, 200, 30);
      w.trafficClass = 'api';
    }
    const file = random.uuid();
    w.get(`/api/v1.0/wopi/files/${file}?access_token=${random.id(40)}&access_token_ttl=0`);
    w.get(`/api/v1.0/wopi/files/${file}/contents?access_token=${random.id(40)}`);
    w.send('POST', `/api/v1.0/wopi/files/${file}/contents?access_token=${random.id(40)}`);
  },
  office(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    const source = `https://drive.box.example/api/v1.0/wopi/files/${random.uuid()}`;
    w.get('/hosting/discovery');
    w.get('/hosting/capabilities');
    w.send(
      'POST',
      `/browser/${random.hex(10)}/cool.html?WOPISrc=${enc(source)}&lang=fr&permission=edit`,
      200,
      200,
    );
    for (let i = 0; i < 60; i++)
      w.get(
        `/browser/${random.hex(10)}/${random.pick(['images/lc_bold.svg', 'bundle.js', 'cool.css', 'l10n/uno/fr.json', 'admin.strings.js'])}`,
        random.chance(0.05) ? 404 : 200,
        10,
      );
    w.trafficClass = 'websocket';
    const inner = `${source}?access_token=${random.id(30)}&access_token_ttl=0&permission=edit`;
    w.get(`/cool/${enc(inner)}/ws?WOPISrc=${enc(source)}&compat=/ws`, 101, 100);
    w.trafficClass = 'browser';
    w.get(`/cool/${enc(inner)}/download/${random.id(20)}?WOPISrc=${enc(source)}`, 200, 400);
  },
  meet(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    const room = `${random.text(3, 'abcdefgh')}-${random.text(4, 'klmnop')}-${random.text(3, 'qrstu')}`;
    w.page(`/${room}`, 70);
    w.trafficClass = 'api';
    w.get(
      `/api/v1.0/rooms/${room}/?username=${enc(random.pick(["Zoé d'Alès", 'Jo & Al', 'Max (guest)']))}`,
      random.pick([200, 404]),
    );
    w.send('POST', '/api/v1.0/rooms/', 201);
    w.trafficClass = 'websocket';
    const token = `eyJhbGciOiJIUzI1NiJ9.${random.id(180)}.${random.id(43)}`;
    const info = `auto_subscribe=1&sdk=js&version=2.5.1&protocol=15&adaptive_stream=1&browser=Firefox&os=Linux`;
    w.get(`/rtc?access_token=${token}&${info}`, 101, 200);
    w.get(`/rtc/validate?access_token=${token}&${info}`, 200, 100);
    for (let i = 0; i < random.whole(0, 5); i++)
      w.get(`/rtc?access_token=${token}&reconnect=1&sid=PA_${random.id(12)}&${info}`, 101, 3000);
  },
  people(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page(random.pick(['/teams/', '/contacts/', '/mail-domains/']), 40);
    w.trafficClass = 'api';
    for (let i = 0; i < 10; i++) {
      w.get(
        `/api/v1.0/contacts/?q=${enc(random.pick(["o'n", 'd"art', 'müll', 'de la', 'and', '&co', 'x@y.example', 'or']))}&page=1`,
        200,
        200,
      );
      w.get(`/api/v1.0/teams/${random.uuid()}/accesses/?ordering=role`, random.pick([200, 403]), 200);
    }
  },
  staff(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.get('/admin/', 302, 300);
    w.get('/admin/login/?next=/admin/', 200, 50);
    for (const file of [
      'css/base.css',
      'css/login.css',
      'js/theme.js',
      'js/admin/RelatedObjectLookups.js',
      'img/icon-yes.svg',
      'fonts/Roboto-Bold-webfont.woff',
    ])
      w.get(`/static/admin/${file}`, 200, 10);
    w.send('POST', '/admin/login/?next=/admin/', 302, 2000);
    for (let i = 0; i < 20; i++) {
      w.get(
        `/admin/${random.pick(['core/user', 'core/document', 'auth/group', 'sites/site', 'sessions/session'])}/?q=${enc(random.pick(questions))}&is_staff__exact=1&created_at__gte=2024-01-01+00%3A00%3A00%2B02%3A00&o=-2.1`,
        200,
        1500,
      );
      w.get('/admin/jsi18n/', 200, 10);
      w.send(
        'POST',
        `/admin/core/user/${random.uuid()}/change/?_changelist_filters=q%3Dselect%26page%3D2`,
        302,
        2000,
      );
    }
    w.get('/admin/password_change/', 200, 100);
    w.get('/admin/logout/', 302, 100);
  },
  mail(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page(`/mailbox/${random.uuid()}`, 50);
    w.trafficClass = 'api';
    for (let i = 0; i < 20; i++) {
      w.get(
        `/api/v1.0/threads/?mailbox_id=${random.uuid()}&search=${enc(random.pick(questions))}&page=${i}`,
        200,
        400,
      );
      w.get(`/api/v1.0/blob/${random.uuid()}/download/`, 200, 100);
      w.send('POST', '/api/v1.0/draft/', 201, 3000);
    }
  },
  booking(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page('/calendar', 50);
    w.trafficClass = 'api';
    w.get(
      `/api/v1.0/calendars/?start=${enc('2024-05-01T00:00:00+02:00')}&end=${enc('2024-06-01T00:00:00+02:00')}`,
    );
    w.get(`/ical/${random.uuid()}/${random.id(40)}/calendar.ics`);
    w.get(
      `/rsvp/?token=${enc(`${random.id(40)}:${random.id(6)}:${random.id(43)}`)}&action=${random.pick(['accept', 'decline'])}`,
    );
  },
  projects(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page(`/boards/${random.whole(1e6, 1e8)}`, 30);
    const sid = random.id(20);
    w.trafficClass = 'websocket';
    for (let i = 0; i < random.whole(3, 40); i++)
      w.send(
        random.pick(['GET', 'POST']),
        `/socket.io/?__sails_io_sdk_version=1.2.1&__sails_io_sdk_platform=browser&EIO=3&transport=polling&t=${random.id(7)}&sid=${sid}`,
        200,
        300,
      );
    w.get(`/socket.io/?__sails_io_sdk_version=1.2.1&EIO=3&transport=websocket&sid=${sid}`, 101);
    w.trafficClass = 's3';
    w.get(`/attachments/${random.uuid()}/download/${key(random.pick(fileNames))}`, 200, 100);
  },
  portal(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    w.page('/', 12);
    w.get('/sitemap.xml', 404);
  },
  tabs(w) {
    const { random } = w;
    w.headers = browserHeaders(random);
    for (let tab = 0; tab < 20; tab++) {
      w.time -= 1500;
      w.page(`/docs/${random.uuid()}/`, 60);
    }
  },
};
