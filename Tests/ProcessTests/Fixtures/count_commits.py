"""Commits the numbers from 1 on to an SQLite database, says each when it is committed, and ends as if it had been killed.

    count_commits.py FILE SYNCHRONOUS COUNT    commits
    count_commits.py FILE                      says how many there are
"""

import os
import sqlite3
import sys


def main(path: str, synchronous: str = "", count: str = "0") -> None:
    database = sqlite3.connect(path, isolation_level=None)
    if not synchronous:
        try:
            print(database.execute("SELECT count(*) FROM number").fetchone()[0])
        except sqlite3.OperationalError:  # Not even the table is left.
            print(0)
        return
    database.execute("PRAGMA journal_mode = WAL")
    database.execute(f"PRAGMA synchronous = {synchronous}")
    database.execute("CREATE TABLE number (value INTEGER)")
    for value in range(1, int(count) + 1):
        database.execute("INSERT INTO number VALUES (?)", (value,))
        print(value, flush=True)
    os._exit(0)  # Without a checkpoint, which would sync.


main(*sys.argv[1:])
