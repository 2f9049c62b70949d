#!/usr/bin/env bash
# Starts the databases and the Redis that tests use, where they are installed here but not running. What cannot be started stays down:
# the tests themselves say what they miss. Never fails.
set -uo pipefail
exec </dev/null

answers() {
  # A refused connection is the usual answer of a service that is down; the limit is for one that hangs.
  timeout 2 bash -c "exec 3<>/dev/tcp/127.0.0.1/$1" 2>/dev/null
}

await() {
  for _ in $(seq 1 40); do
    answers "$2" && { echo "$1 started"; return; }
    sleep 0.25
  done
  echo "$1 does not answer on port $2"
}

logs=$(mktemp -d)

if ! answers 5432; then
  if command -v pg_lsclusters >/dev/null && cluster=$(pg_lsclusters -h | awk '$3 == 5432 { print $1, $2; exit }') && [ -n "$cluster" ]; then
    # Two words: version and name.
    # shellcheck disable=SC2086
    pg_ctlcluster $cluster start >"$logs/postgres" 2>&1
    await PostgreSQL 5432
  else
    echo 'PostgreSQL is down and cannot be started from here'
  fi
fi

if ! answers 3306; then
  if command -v mariadbd >/dev/null; then
    # The folder of its socket is on a file system that does not outlive a restart of the machine.
    mkdir -p /run/mysqld 2>/dev/null && chown mysql /run/mysqld 2>/dev/null
    (setsid mariadbd --user=mysql --bind-address=127.0.0.1 >"$logs/mariadb" 2>&1 &)
    await MariaDB 3306
  else
    echo 'MariaDB is down and cannot be started from here'
  fi
fi

if ! answers 6379; then
  if command -v redis-server >/dev/null; then
    redis-server --bind 127.0.0.1 --port 6379 --save '' --daemonize yes >"$logs/redis" 2>&1
    await Redis 6379
  else
    echo 'Redis is down and cannot be started from here'
  fi
fi

exit 0
