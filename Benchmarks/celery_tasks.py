"""The replaced design's work for one job that does nothing: six status writes, each committed and synced."""

import os

import psycopg
from celery import Celery
from celery.signals import worker_process_init

STATES = ("downloading", "extracting_audio", "transcribing", "extracting_metadata", "extracting_comments", "completed")

app = Celery("baseline", broker=os.environ["BASELINE_REDIS"])
app.conf.task_ignore_result = True
app.conf.task_acks_late = True
app.conf.worker_prefetch_multiplier = 4

connection = None


@worker_process_init.connect
def connect(**_):
    global connection
    connection = psycopg.connect(os.environ["BASELINE_POSTGRES"], autocommit=True)


@app.task
def job(number):
    for state in STATES:
        connection.execute("UPDATE jobs SET status = %s, updated_at = now() WHERE id = %s", (state, number))
