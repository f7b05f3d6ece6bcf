"""Where work is done: in this process, in several, or on a cluster.

The work is a function of some module, the same for many tasks, each apart from the
others. Who has work to do takes `contract.Workers` and does not know which they are.
"""
