import type { Language } from './negotiation.js';

/** What the portal says. */
export interface PortalWords {
  readonly title: string;
  readonly lead: string;
  readonly skip: string;
  readonly apps: string;
  readonly developer: string;
  readonly admin: string;
  readonly empty: string;
}

export const portalWords: Record<Language, PortalWords> = {
  en: {
    title: 'Welcome',
    lead: 'Everything in one place, with one sign-in.',
    skip: 'Skip to content',
    apps: 'Apps',
    developer: 'Developer tools',
    admin: 'Running the box',
    empty: 'No apps are set up yet.',
  },
  de: {
    title: 'Willkommen',
    lead: 'Alles an einem Ort, mit einer Anmeldung.',
    skip: 'Zum Inhalt springen',
    apps: 'Apps',
    developer: 'Entwicklung',
    admin: 'Verwaltung',
    empty: 'Noch sind keine Apps eingerichtet.',
  },
  fr: {
    title: 'Bienvenue',
    lead: 'Tout au même endroit, avec une seule connexion.',
    skip: 'Aller au contenu',
    apps: 'Applications',
    developer: 'Développement',
    admin: 'Administration',
    empty: 'Aucune application n’est encore installée.',
  },
};

/** What happened, as people experience it. */
export type Mishap =
  | 'bad'
  | 'signIn'
  | 'forbidden'
  | 'missing'
  | 'slow'
  | 'large'
  | 'elsewhere'
  | 'often'
  | 'down'
  | 'ours';

/** Statuses that are told apart; others are 'bad' below 500 and 'ours' from there on. */
export const mishaps: Readonly<Record<number, Mishap>> = {
  401: 'signIn',
  403: 'forbidden',
  404: 'missing',
  408: 'slow',
  410: 'missing',
  413: 'large',
  421: 'elsewhere',
  429: 'often',
  502: 'down',
  503: 'down',
  504: 'down',
};

interface MishapWords {
  readonly title: string;
  readonly text: string;
}

export interface ErrorWords extends Record<Mishap, MishapWords> {
  /** In front of the number of the request. */
  readonly id: string;
}

export const errorWords: Record<Language, ErrorWords> = {
  en: {
    bad: {
      title: 'That did not work',
      text: 'The request could not be understood. Going back and trying again often helps.',
    },
    signIn: { title: 'Please sign in', text: 'This is for people who are signed in.' },
    forbidden: {
      title: 'This is not for you',
      text: 'You may not open this page. If you think you should, ask an administrator, who can tell why.',
    },
    missing: { title: 'There is no such page', text: 'The address may be old or mistyped.' },
    slow: {
      title: 'This took too long',
      text: 'The connection was too slow. Try again, perhaps from another network.',
    },
    large: { title: 'This is too large', text: 'What you sent is larger than this place takes.' },
    elsewhere: {
      title: 'Nothing is here',
      text: 'No app answers under this name. The address may be mistyped.',
    },
    often: {
      title: 'A little too fast',
      text: 'Many requests came from you in a short time. Wait a few seconds, then reload the page.',
    },
    down: {
      title: 'One moment, please',
      text: 'The app does not answer; it may be restarting. Reload the page in a minute.',
    },
    ours: { title: 'That did not work', text: 'Something went wrong on our side. Trying again often helps.' },
    id: 'An administrator finds this request by its number:',
  },
  de: {
    bad: {
      title: 'Das hat nicht geklappt',
      text: 'Die Anfrage war nicht zu verstehen. Oft hilft es, zurückzugehen und es noch einmal zu versuchen.',
    },
    signIn: { title: 'Bitte melden Sie sich an', text: 'Das hier ist für angemeldete Personen.' },
    forbidden: {
      title: 'Das ist nicht für Sie',
      text: 'Diese Seite dürfen Sie nicht öffnen. Wenn Sie das anders sehen, fragen Sie einen Administrator: Er kann sehen, warum.',
    },
    missing: {
      title: 'Diese Seite gibt es nicht',
      text: 'Die Adresse ist vielleicht veraltet oder vertippt.',
    },
    slow: {
      title: 'Das hat zu lange gedauert',
      text: 'Die Verbindung war zu langsam. Versuchen Sie es noch einmal, vielleicht aus einem anderen Netz.',
    },
    large: {
      title: 'Das ist zu groß',
      text: 'Was Sie geschickt haben, ist größer, als hier angenommen wird.',
    },
    elsewhere: {
      title: 'Hier ist nichts',
      text: 'Unter diesem Namen antwortet keine App. Die Adresse ist vielleicht vertippt.',
    },
    often: {
      title: 'Etwas zu schnell',
      text: 'In kurzer Zeit kamen viele Anfragen von Ihnen. Warten Sie ein paar Sekunden und laden Sie die Seite dann neu.',
    },
    down: {
      title: 'Einen Moment bitte',
      text: 'Die App antwortet nicht, vielleicht startet sie gerade neu. Laden Sie die Seite in einer Minute neu.',
    },
    ours: {
      title: 'Das hat nicht geklappt',
      text: 'Bei uns ging etwas schief. Oft hilft ein zweiter Versuch.',
    },
    id: 'Ein Administrator findet diese Anfrage unter der Nummer:',
  },
  fr: {
    bad: {
      title: 'Cela n’a pas fonctionné',
      text: 'La demande n’a pas pu être comprise. Revenir en arrière et réessayer aide souvent.',
    },
    signIn: { title: 'Veuillez vous connecter', text: 'Cette page est réservée aux personnes connectées.' },
    forbidden: {
      title: 'Cette page ne vous est pas ouverte',
      text: 'Vous ne pouvez pas ouvrir cette page. Si cela vous paraît une erreur, demandez à un administrateur, qui peut en voir la raison.',
    },
    missing: { title: 'Cette page n’existe pas', text: 'L’adresse est peut-être ancienne ou mal saisie.' },
    slow: {
      title: 'Cela a pris trop de temps',
      text: 'La connexion était trop lente. Réessayez, peut-être depuis un autre réseau.',
    },
    large: { title: 'C’est trop volumineux', text: 'Votre envoi dépasse la taille acceptée ici.' },
    elsewhere: {
      title: 'Il n’y a rien ici',
      text: 'Aucune application ne répond à ce nom. L’adresse est peut-être mal saisie.',
    },
    often: {
      title: 'Un peu trop vite',
      text: 'Beaucoup de demandes sont venues de vous en peu de temps. Attendez quelques secondes, puis rechargez la page.',
    },
    down: {
      title: 'Un instant, s’il vous plaît',
      text: 'L’application ne répond pas ; elle redémarre peut-être. Rechargez la page dans une minute.',
    },
    ours: {
      title: 'Cela n’a pas fonctionné',
      text: 'Un problème est survenu de notre côté. Réessayer aide souvent.',
    },
    id: 'Un administrateur retrouve cette demande par son numéro :',
  },
};
