"""Durable background work: a row first, then a wake-up; a lease with a fence; a sweep.

Why not Celery's own promises: measured, a worker killed with default settings loses its task,
`acks_late` alone does not bring it back for 100 s, and a wiped broker loses everything. So
Celery only carries the id of a row, and may lose or repeat it.

`services/enqueue_job` writes the row in the transaction that asks for it, `tasks.run` is woken
after the commit, `services/lease_job` lets one worker in, `registry.Execution` is what the
work sees, `services/run_job` decides what follows, `services/sweep_jobs` wakes what is late.
"""
