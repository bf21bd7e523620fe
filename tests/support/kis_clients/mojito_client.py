"""Subscribes with mojito2's own WebSocket client and prints each record that it parsed as a line of JSON.

Its addresses are written into it; only they are put in place here.

usage: mojito_client.py REST_URL SOCKET_URL APP_KEY APP_SECRET TR_ID,… SYMBOL,…
"""

import json
import sys
import threading

import mojito.koreainvestment as mojito

rest, socket, key, secret, trs, symbols = sys.argv[1:]
connect = mojito.websockets.connect
mojito.websockets.connect = lambda _, **options: connect(socket, **options)
client = mojito.KoreaInvestmentWS(key, secret, trs.split(","), symbols.split(","))
client.base_url = rest
# Its own process would connect to the addresses that are written into it.
threading.Thread(target=client.run, daemon=True).start()
while True:
    kind, values = client.get()
    print(json.dumps([kind, list(values.values())], ensure_ascii=False), flush=True)
