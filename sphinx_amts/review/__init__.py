"""The translators' desk: the localized pages, in which people judge and correct.

::

    commands.review -> Builder: builds the edition, and again after changes
                    -> Desk: the segments, the memory file, the log; one lock
                    -> app: pages, static files and the API, behind the Guard

`Desk` owns all that changes. What it has acknowledged is on the disk.
"""
