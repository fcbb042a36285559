import type { Identity } from './kratos.js';

/** What an app is told of a person; `sub` is Hydra's own doing. */
export type Claims = Readonly<Record<string, string | boolean | readonly string[]>>;

/** Claims that each scope opens. `groups` comes with `profile` too: apps that ask for no more map roles by it. */
const scopes: Readonly<Record<string, readonly string[]>> = {
  email: ['email', 'email_verified'],
  profile: ['name', 'given_name', 'family_name', 'preferred_username', 'locale', 'groups'],
  groups: ['groups'],
};

/** Names of all claims that are ours to set. */
export const claimNames: readonly string[] = [...new Set(Object.values(scopes).flat())];

/** Scopes that say something about the person: what a consent page has to explain. */
export const personalScopes: readonly string[] = Object.keys(scopes);

/** What an app that was granted some scopes is told of a person. */
export function claimsOf(person: Identity, granted: readonly string[]): Claims {
  const { traits } = person;
  const { email = '' } = traits;
  const first = typeof traits.name === 'object' ? (traits.name.first ?? '') : '';
  const last = typeof traits.name === 'object' ? (traits.name.last ?? '') : '';
  const whole = typeof traits.name === 'string' ? traits.name : `${first} ${last}`.trim();
  const all: Record<string, string | boolean | readonly string[]> = {
    email,
    email_verified: (person.verifiable_addresses ?? []).some(
      ({ value, verified }) => value === email && verified,
    ),
    // an app with an empty name shows nothing at all
    name: whole === '' ? email : whole,
    given_name: first,
    family_name: last,
    preferred_username: traits.username ?? email.split('@')[0] ?? '',
    locale: traits.locale ?? person.metadata_public?.locale ?? '',
    groups: person.metadata_public?.groups ?? [],
  };
  const open = new Set(granted.flatMap((scope) => scopes[scope] ?? []));
  return Object.fromEntries(Object.entries(all).filter(([name, value]) => open.has(name) && value !== ''));
}

/** Whether somebody may be let in: switched on, and a guest's time not over. */
export function mayEnter(person: Identity | undefined, now = new Date()): person is Identity {
  if (person === undefined || person.state !== 'active') return false;
  // no trait, which guests could change themselves; the day named is the last one
  const until = person.metadata_public?.expires_on;
  return until === undefined || until === '' || until >= now.toISOString().slice(0, 10);
}

/** What to call somebody. */
export function shortName({ traits }: Identity): string {
  const { name, email = '' } = traits;
  const first = typeof name === 'object' ? name.first : name;
  return first === undefined || first === '' ? (email.split('@')[0] ?? '') : first;
}
