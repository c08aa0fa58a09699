"""`python -m corpid.embedded run | manage … | backup | restore | archive | provision`."""

import os
import sys

from corpid.embedded.archiver import archive
from corpid.embedded.backup import backup
from corpid.embedded.manage import manage
from corpid.embedded.provisioning import Login, database_of_url, provision
from corpid.embedded.restore import restore
from corpid.embedded.run import run

_USAGE = """\
usage: python -m corpid.embedded run             start everything (PORT, CORPID_VAR)
       python -m corpid.embedded manage …        a Django command beside real servers
       python -m corpid.embedded backup          take a backup (CORPID_BACKUP)
       python -m corpid.embedded restore [TIME]  bring it back, to a moment if one is given
       python -m corpid.embedded archive         receive what follows the backup, until stopped
       python -m corpid.embedded provision       make both roles in a PostgreSQL of your own
                                                 (SUPERUSER_DATABASE_URL, DATABASE_URL,
                                                 MIGRATION_DATABASE_URL)
"""


def main(arguments: list[str]) -> int:
    match arguments:
        case [("run" | "backup" | "archive") as word]:
            return {"run": run, "backup": backup, "archive": archive}[word]()
        case ["manage", *command]:
            return manage(command)
        case ["restore", *moment] if len(moment) <= 1:
            return restore(*moment)
        case ["provision"]:
            application = os.environ["DATABASE_URL"]
            provision(
                os.environ["SUPERUSER_DATABASE_URL"],
                owner=Login.of_url(os.environ["MIGRATION_DATABASE_URL"]),
                application=Login.of_url(application),
                database=database_of_url(application),
            )
            return 0
        case _:
            sys.stderr.write(_USAGE)
            return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
