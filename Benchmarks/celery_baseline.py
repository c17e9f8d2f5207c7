"""Runs Celery, Redis and PostgreSQL on loopback and prints how many jobs that do nothing they finish a second.

Usage: celery_baseline.py COUNT. Everything lives in a folder of its own and is stopped again.
"""

import glob
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

import psycopg


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_for(what, attempt, seconds=30):
    end = time.monotonic() + seconds
    while True:
        try:
            return attempt()
        except Exception as error:
            if time.monotonic() > end:
                raise SystemExit(f"{what} did not start: {error}")
            time.sleep(0.05)


def start_postgres(folder, children):
    tools = max(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda path: int(path.split("/")[4]))
    data = f"{folder}/postgres"
    os.mkdir(data)
    # PostgreSQL does not run as root.
    as_user = []
    if os.geteuid() == 0:
        shutil.chown(data, "postgres", "postgres")
        os.chmod(folder, 0o755)
        as_user = ["runuser", "--user", "postgres", "--"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    subprocess.run([*as_user, f"{tools}/initdb", "-D", data, "-U", "bench", "-A", "trust"], check=True, cwd=data, **quiet)
    port = free_port()
    children.append(
        subprocess.Popen([*as_user, f"{tools}/postgres", "-D", data, "-h", "127.0.0.1", "-p", str(port), "-k", data], cwd=data, **quiet)
    )
    return f"host=127.0.0.1 port={port} user=bench dbname=postgres"


def start_redis(folder, children):
    port = free_port()
    children.append(
        subprocess.Popen(
            ["redis-server", "--bind", "127.0.0.1", "--port", str(port), "--dir", folder, "--appendonly", "yes", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
    )
    return port


def main():
    count = int(sys.argv[1])
    # Whoever started this may block signals, and children inherit that: they could not be stopped.
    signal.pthread_sigmask(signal.SIG_SETMASK, [])
    folder = tempfile.mkdtemp(prefix="spoolscribe-celery-")
    children = []
    try:
        postgres = start_postgres(folder, children)
        redis = start_redis(folder, children)
        os.environ["BASELINE_POSTGRES"] = postgres
        os.environ["BASELINE_REDIS"] = f"redis://127.0.0.1:{redis}/0"
        database = wait_for("PostgreSQL", lambda: psycopg.connect(postgres, autocommit=True))
        database.execute("CREATE TABLE jobs (id integer PRIMARY KEY, status text NOT NULL, updated_at timestamptz)")
        with database.cursor() as cursor, cursor.copy("COPY jobs (id, status) FROM STDIN") as copy:
            for number in range(count):
                copy.write_row((number, "queued"))
        here = os.path.dirname(os.path.abspath(__file__))
        worker = [sys.executable, "-m", "celery", "-A", "celery_tasks", "worker", "--concurrency", "4", "--loglevel", "ERROR"]
        children.append(subprocess.Popen(worker, cwd=here, stdout=subprocess.DEVNULL, env={**os.environ, "C_FORCE_ROOT": "1"}))
        sys.path.insert(0, here)
        import celery_tasks

        wait_for("the Celery worker", lambda: celery_tasks.app.control.ping(timeout=0.5)[0])
        begin = time.monotonic()
        for number in range(count):
            celery_tasks.job.delay(number)
        while database.execute("SELECT count(*) FROM jobs WHERE status = 'completed'").fetchone()[0] < count:
            time.sleep(0.02)
        print(count / (time.monotonic() - begin))
    finally:
        # One after the other: a worker whose Redis is gone waits for it for ever.
        for child in reversed(children):
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
