import { type Answer, ask } from './http.js';

/** The vault's HTTP API, by tokens; whatever the answer, it is given back. */
export interface VaultApi {
  read(token: string, path: string): Promise<Answer>;
  list(token: string, path: string): Promise<Answer>;
  write(token: string, path: string, body: object): Promise<Answer>;
}

/** The API of a server on a port of this machine. */
export function vaultApi(port: number): VaultApi {
  const send = (token: string, method: string, path: string, body?: object) =>
    ask(port, `/v1/${path}`, {
      method,
      headers: token === '' ? {} : { 'x-vault-token': token },
      ...(body === undefined ? {} : { body }),
    });
  return {
    read: (token, path) => send(token, 'GET', path),
    list: (token, path) => send(token, 'LIST', path),
    write: (token, path, body) => send(token, 'POST', path, body),
  };
}
