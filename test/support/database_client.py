"""A client that outlives its logins. Reads [command, argument] per line, answers {answer} or {error}."""

import json
import os
import sys

WHO = "SELECT session_user, current_user, current_database()"


class Libpq:
    """psycopg alone: everything it knows comes from the environment."""

    def __init__(self):
        self.connections = []

    def connect(self, _):
        import psycopg

        self.connections.append(psycopg.connect(autocommit=True))
        return self.connections[-1].execute(WHO).fetchone()

    def first(self, sql):
        return self.connections[0].execute(sql).fetchone()


class Django:
    """Django with the settings of a La Suite application: DATABASE_URL where it knows it, else DB_*."""

    def __init__(self):
        import django
        from django.conf import settings

        settings.configure(
            DATABASES={"default": self.database()},
            INSTALLED_APPS=["django.contrib.contenttypes", "django.contrib.auth"],
            USE_TZ=True,
        )
        django.setup()
        from django.db import connection

        self.connection = connection

    @staticmethod
    def database():
        import dj_database_url
        from configurations import values

        def value(default, name):
            return values.Value(default, environ_name=name, environ_prefix=None)

        if os.environ.get("DATABASE_URL"):
            database = dj_database_url.config()
        else:
            # As in suitenumerique/people: src/backend/people/settings.py
            database = {
                "ENGINE": value("django.db.backends.postgresql_psycopg2", "DB_ENGINE").replace("_psycopg2", ""),
                "NAME": value("people", "DB_NAME"),
                "USER": value("dinum", "DB_USER"),
                "PASSWORD": value("pass", "DB_PASSWORD"),
                "HOST": value("localhost", "DB_HOST"),
                "PORT": value(5432, "DB_PORT"),
            }
        if os.environ.get("POOL"):
            # Replaced and not merged: the harder case, in which a service named in the URL is lost.
            database["OPTIONS"] = {"pool": {"min_size": 1, "max_size": 4, "timeout": 5}}
        return database

    def settings(self, _):
        keys = ("NAME", "USER", "PASSWORD", "HOST", "PORT", "OPTIONS")
        return {key: self.connection.settings_dict.get(key) for key in keys}

    def migrate(self, _):
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        return self.query("SELECT DISTINCT tableowner FROM pg_tables WHERE tablename LIKE 'django_%%'")

    def query(self, sql):
        with self.connection.cursor() as cursor:
            cursor.execute(sql)
            return cursor.fetchone()

    def who(self, _):
        return self.query(WHO)

    def reconnect(self, _):
        self.connection.close()
        return self.who(None)

    def count(self, _):
        from django.contrib.contenttypes.models import ContentType

        return ContentType.objects.count()

    def another(self, _):
        """A further connection of the pool, beside those that it holds for logins which are gone."""
        import contextlib

        import psycopg

        with contextlib.ExitStack() as held:
            while True:
                connection = held.enter_context(self.connection.pool.connection())
                try:
                    return connection.execute(WHO).fetchone()
                except psycopg.errors.UndefinedObject:
                    continue


client = {"libpq": Libpq, "django": Django}[sys.argv[1]]()
for line in sys.stdin:
    command, argument = json.loads(line)
    try:
        reply = {"answer": getattr(client, command)(argument)}
    except Exception as error:  # every failure is an answer
        reply = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(reply), flush=True)
