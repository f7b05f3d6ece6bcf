"""Amazon Translate: real time, batch jobs, terminologies, parallel data."""
