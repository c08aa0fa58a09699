"""What each process counts while it works, and how all of them are read as one.

1. `counted.py` names every counter and histogram, and which values a label can take
2. `files.py` lets each process count in files of its own, and keeps the counts of the dead
3. `expiring.py` lists what has to be gone at some time, with how late it is

Figures that rows tell (queues, keys, the audit log) are not counted here: they are measured
when somebody asks (corpid/operations/services/measure_installation.py).
"""
