/** `npm run dev:login`: the sign-in host with real Kratos and Hydra, and somebody who was just invited. */
import { invite } from './people.js';
import { startLoginRig } from './rig.js';

const rig = await startLoginRig();
const { link, code } = await invite(rig, `ana@${rig.domain}`, ['employee', 'admin']);
const target = `127.0.0.1:${rig.edge.port}`;
console.log(`begin at   ${link}
with code  ${code}
in         chromium --user-data-dir=$(mktemp -d) --host-resolver-rules='MAP *.${rig.domain}:443 ${target}' \\
             --ignore-certificate-errors-spki-list=${rig.edge.keyHash} '${link}'
stop with Ctrl-C`);
for (const signal of ['SIGINT', 'SIGTERM'] as const)
  process.once(signal, () => void rig.stop().then(() => process.exit(0)));
