"""Subscribes with python-kis' own WebSocket client and prints each record that it parsed as a line of JSON.

Its addresses are constants of its modules; only they are put in place here.

usage: pykis_client.py REST_URL SOCKET_URL APP_KEY APP_SECRET TR_ID,… SYMBOL,…
"""

import json
import sys
import time

import pykis.client.websocket
import pykis.kis

rest, socket, key, secret, trs, symbols = sys.argv[1:]
pykis.kis.REAL_DOMAIN = rest
# It adds the path by itself.
pykis.client.websocket.WEBSOCKET_REAL_DOMAIN = socket.removesuffix("/tryitout")
kis = pykis.PyKis(id="somebody", account="00000000-01", appkey=key, secretkey=secret, keep_token=False)


def show(wanted, event):
    response = event.response
    # It hands over every symbol of a TR.
    if response.symbol != wanted:
        return
    if hasattr(response, "asks"):
        asks = [[int(level.price), int(level.volume)] for level in response.asks]
        bids = [[int(level.price), int(level.volume)] for level in response.bids]
        values = {"symbol": response.symbol, "asks": asks, "bids": bids}
    else:
        values = {
            "symbol": response.symbol,
            "time": response.time.isoformat(),
            "price": int(response.price),
            "change": int(response.change),
            "high": int(response.high),
            "accVolume": response.volume,
        }
    print(json.dumps([event.tr.id, values]), flush=True)


def follow(tr, symbol):
    return kis.websocket.on(tr, symbol, lambda _, event: show(symbol, event))


tickets = [follow(tr, symbol) for tr in trs.split(",") for symbol in symbols.split(",")]
while True:
    time.sleep(1)
