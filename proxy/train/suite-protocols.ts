import { enc, type FlowMaker, key } from './flow-writer.js';
import { fileNames, nouns } from './words.js';

/** Clients that speak a protocol: CalDAV, Git, OCI, S3, Matrix, and those that synchronize files. */
export const protocolFlows: Readonly<Record<string, FlowMaker>> = {
  calendar(w) {
    const { random } = w;
    w.trafficClass = 'caldav';
    w.headers = {
      'user-agent': random.pick([
        'iOS/17.5 (21F79) dataaccessd/1.0',
        'DAVx5/4.4 (2024/05/01; dav4jvm; okhttp/4.12.0) Android/14',
        'Thunderbird/115.11',
        'macOS/14.5 (23F79) CalendarAgent/954',
        '',
      ]),
    };
    w.send('PROPFIND', '/.well-known/caldav', 301);
    w.send('PROPFIND', '/api/v1.0/caldav/', 401);
    w.headers = { ...w.headers, authorization: 'Basic x' };
    w.send('PROPFIND', '/api/v1.0/caldav/', 207);
    const home = `/api/v1.0/caldav/calendars/${random.pick(['users', 'anna%40box.example', 'admin'])}/${random.uuid()}/`;
    w.send('PROPFIND', home, 207);
    w.send('OPTIONS', home, 200);
    for (let i = 0; i < random.whole(2, 60); i++)
      w.send(
        random.pick(['REPORT', 'PROPFIND', 'GET', 'PUT', 'DELETE', 'PROPPATCH', 'MKCALENDAR']),
        `${home}${random.uuid().toUpperCase()}.ics`,
        random.pick([200, 201, 204, 207, 404, 412]),
        40,
      );
    w.send('PROPFIND', '/principals/', 404);
  },
  git(w) {
    const { random } = w;
    w.trafficClass = 'git';
    w.headers = {
      'user-agent': random.pick([
        'git/2.45.2',
        'git/2.39.5 (Apple Git-154)',
        'JGit/6.9',
        'go-git/5.x',
        'git-lfs/3.5.1 (GitHub; linux amd64; go 1.22.1)',
      ]),
    };
    const repo = `/${random.pick(nouns)}/${random.pick([...nouns, 'wordpress', 'phpmyadmin', 'php-admin', '.github', 'shell'])}.git`;
    w.get(`${repo}/info/refs?service=git-${random.pick(['upload', 'receive'])}-pack`, 401);
    w.headers = { ...w.headers, authorization: 'Basic x' };
    w.get(`${repo}/info/refs?service=git-upload-pack`);
    for (let i = 0; i < random.whole(1, 8); i++)
      w.send('POST', `${repo}/git-${random.pick(['upload', 'receive'])}-pack`, 200, 60);
    w.send('POST', `${repo}/info/lfs/objects/batch`, 200);
    w.send('POST', `${repo}/info/lfs/locks/verify`, 404);
    for (let i = 0; i < random.whole(0, 100); i++)
      w.send(
        random.pick(['GET', 'PUT']),
        `${repo}/info/lfs/objects/${random.hex(64)}${random.pick(['', `/${random.whole(1, 1e6)}`])}`,
        200,
        15,
      );
  },
  registry(w) {
    const { random } = w;
    w.trafficClass = 'git';
    w.headers = {
      'user-agent': random.pick([
        'docker/26.1.4 go/go1.21.11 git-commit/de5c9cf kernel/6.1.0 os/linux arch/amd64',
        'containerd/v1.7.18',
        'buildkit/v0.14',
        'skopeo/1.13',
      ]),
    };
    w.get('/v2/', 401);
    w.get('/v2/token?service=container_registry&scope=repository%3Aorg%2Fimage%3Apull%2Cpush&scope=*');
    const image = `/v2/${random.pick(nouns)}/${random.pick(nouns)}`;
    for (let i = 0; i < random.whole(3, 30); i++) {
      const digest = `sha256:${random.hex(64)}`;
      w.send('HEAD', `${image}/blobs/${digest}`, 404, 20);
      w.send('POST', `${image}/blobs/uploads/?mount=${enc(digest)}&from=org%2Fbase`, 202, 20);
      const upload = random.id(20);
      w.send('PATCH', `${image}/blobs/uploads/${upload}`, 202, 100);
      w.send('PUT', `${image}/blobs/uploads/${upload}?digest=${enc(digest)}`, 201, 20);
      w.get(`${image}/blobs/${digest}`, 200, 30);
    }
    w.send('PUT', `${image}/manifests/${random.pick(['latest', 'v1.2.3', 'test'])}`, 201);
    w.get(`${image}/referrers/sha256:${random.hex(64)}?artifactType=application%2Fvnd.example`, 404);
  },
  bucket(w) {
    const { random } = w;
    w.trafficClass = 's3';
    w.headers = {
      'user-agent': random.pick([
        'aws-sdk-js/3.600.0 ua/2.0 os/linux lang/js md/nodejs#20.15.0 api/s3#3.600.0',
        'Boto3/1.34 md/Botocore#1.34 ua/2.0 os/linux lang/python#3.12',
        'rclone/v1.66.0',
        'MinIO (linux; amd64) minio-go/v7',
        'restic/0.16',
        'Cyberduck/8.9',
      ]),
      authorization: 'AWS4-HMAC-SHA256 x',
    };
    const bucket = `/${random.pick(['backups', 'docs-media', 'wal', 'www'])}`;
    w.get(
      `${bucket}/?list-type=2&prefix=${enc(`${random.pick(nouns)}/../x/`)}&delimiter=%2F&max-keys=1000&encoding-type=url`,
    );
    w.get(`${bucket}?location=`);
    for (let i = 0; i < random.whole(5, 120); i++) {
      const name = `${bucket}/${random.pick(nouns)}/${key(random.pick(fileNames))}`;
      w.send('HEAD', name, random.pick([404, 404, 200]), 10);
      w.send('PUT', `${name}?x-id=PutObject`, 200, 15);
      if (random.chance(0.3))
        w.get(
          `${name}?X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AK%2F20240501%2Feu%2Fs3%2Faws4_request&X-Amz-Date=20240501T101010Z&X-Amz-Expires=900&X-Amz-SignedHeaders=host&X-Amz-Signature=${random.hex(64)}&response-content-disposition=attachment%3B%20filename%3D%22${enc(random.pick(fileNames))}%22`,
          200,
          20,
        );
    }
    w.send('POST', `${bucket}/big.iso?uploads=`, 200);
    for (let i = 1; i < random.whole(2, 40); i++)
      w.send('PUT', `${bucket}/big.iso?partNumber=${i}&uploadId=${random.id(60)}`, 200, 50);
    w.send('POST', `${bucket}/?delete=`, 200);
  },
  sync(w) {
    const { random } = w;
    w.trafficClass = random.pick(['api', 's3', 'caldav']);
    w.headers = {
      'user-agent': random.pick([
        'Mozilla/5.0 (Linux) mirall/3.13 (Nextcloud)',
        'rclone/v1.66.0',
        'FolderSync/3.4',
        'Drive-Desktop/1.2 (Electron)',
      ]),
      authorization: 'Bearer x',
    };
    for (let i = 0; i < 1000; i++) {
      if (w.trafficClass === 'api') w.send('POST', `/api/v1.0/items/${random.uuid()}/upload-ended/`, 200, 8);
      else w.send('PUT', `/dav/files/anna/${random.pick(nouns)}/${key(random.pick(fileNames))}`, 201, 8);
    }
  },
  matrix(w) {
    const { random } = w;
    w.trafficClass = 'matrix';
    w.headers = {
      'user-agent': random.pick([
        'Element/1.11.69',
        'Element X/1.6 (iPhone)',
        'Mozilla/5.0 (X11; Linux x86_64) Element/1.11',
        'matrix-rust-sdk',
        'mautrix-go/0.18',
      ]),
    };
    const room = enc(`!${random.id(18)}:box.example`);
    const user = enc(`@${random.pick(nouns)}:box.example`);
    w.get('/.well-known/matrix/client');
    w.get('/_matrix/client/versions');
    w.send('POST', '/_matrix/client/v3/login', random.pick([200, 403]));
    for (let i = 0; i < random.whole(5, 60); i++) {
      w.get(
        `/_matrix/client/v3/sync?filter=${random.whole(0, 3)}&timeout=30000&since=s${random.whole(1, 1e6)}_${random.whole(1, 999)}&set_presence=online`,
        200,
        2000,
      );
      w.send(
        'PUT',
        `/_matrix/client/v3/rooms/${room}/send/m.room.message/m${random.whole(1, 1e12)}.${i}`,
        200,
        500,
      );
      w.send('PUT', `/_matrix/client/v3/rooms/${room}/typing/${user}`, 200, 100);
      w.get(
        `/_matrix/client/v3/profile/${user}/${random.pick(['avatar_url', 'displayname'])}`,
        random.pick([200, 404]),
        60,
      );
      w.get(
        `/_matrix/client/v1/media/thumbnail/box.example/${random.id(24)}?width=40&height=40&method=crop&animated=false`,
        random.pick([200, 404]),
        20,
      );
    }
    w.get(`/_matrix/client/v3/directory/room/${enc(`#${random.pick(nouns)}:other.example`)}`, 404);
    w.get(
      `/_matrix/client/v3/rooms/${room}/messages?from=t1&dir=b&limit=20&filter=${enc('{"lazy_load_members":true,"types":["m.room.message"]}')}`,
    );
    w.get('/_matrix/client/unstable/org.matrix.msc2965/auth_issuer', 404);
    w.get(`/_matrix/client/v3/user/${user}/account_data/im.vector.setting.breadcrumbs`, 404);
    w.get('/_matrix/client/v3/room_keys/version', 404);
  },
};
