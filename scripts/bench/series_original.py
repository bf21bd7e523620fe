"""The original's consumer: one synchronous write a message, with InfluxDB's client for Python.

Reads messages from standard input, one JSON object a line, and only then begins; prints what it took.
Needs influxdb-client from PyPI. Arguments: URL ORG TOKEN BUCKET.
"""

import json
import sys
import time

from influxdb_client import InfluxDBClient, Point, WritePrecision
from influxdb_client.client.write_api import SYNCHRONOUS

TAGS = {"symbol": "STOCKCODE", "halted": "TRHT_YN", "session": "HOUR_CLS_CODE"}

url, org, token, bucket = sys.argv[1:]
messages = sys.stdin.read().splitlines()
with InfluxDBClient(url=url, token=token, org=org) as client:
    write_api = client.write_api(write_options=SYNCHRONOUS)
    began, cpu = time.perf_counter(), time.process_time()
    for message in messages:
        trade = json.loads(message)
        point = Point("realtime_purchase").time(trade.pop("eventTime") * 1_000_000, WritePrecision.NS)
        for name, value in trade.items():
            if name in TAGS:
                point.tag(TAGS[name], value)
            else:
                point.field(name, value if isinstance(value, str) else float(value))
        write_api.write(bucket=bucket, record=point)
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
print(json.dumps({"seconds": seconds, "cpuSeconds": cpu}))
