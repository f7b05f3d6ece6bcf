"""A local Amazon Translate: what the tests talk to through an unmodified boto3.

::

    boto3 -> server.py     HTTP, who may call, limits, faults, ledger
               wire.py       JSON 1.1 and CBOR
               behaviour.py  settings, faults, clock, ledger
               service.py    one method for each operation
                 model.py      what the service's model allows
                 state.py      terminologies, parallel data, jobs
                   files.py      their files
                   storage.py    S3, by moto
                 translation.py  what stands in for translation
    fixtures.py   for pytest

It knows the model that comes with botocore, and beside it what AWS documents. Where
neither says anything it does what is harder on a client, or says "assumed".
"""
