"""The API by a client that openapi-python-client generates. ../typed_clients_test.ts puts it beside the client and runs it."""

import json
import sys

from pyclient import AuthenticatedClient
from pyclient.api.rules import change_rule, create_rules, import_rules, list_rules
from pyclient.types import File
from pyclient.models import ImportRulesMode, ListRulesSort, Problem, RuleInput, RulePatch

url, key = sys.argv[1:3]
api = AuthenticatedClient(base_url=url, token=key)


def rule(**more):
    return RuleInput.from_dict(
        {"symbol": "005930", "when": "price >= 70000", "recipients": ["kim@example.com"], **more}
    )


made = create_rules.sync(client=api, body=rule(id="typed"))
changed = change_rule.sync("typed", client=api, body=RulePatch(note="by a typed client"))
refused = create_rules.sync(client=api, body=rule(symbol="x"))
assert isinstance(refused, Problem), refused

lines = "\n".join(json.dumps(rule(id=name).to_dict()) for name in "abc")
imported = import_rules.sync_detailed(client=api, body=File(payload=lines.encode()), mode=ImportRulesMode.CREATE)
results = [json.loads(line) for line in imported.content.decode().strip().split("\n")]

ids, cursor = [], None
while True:
    more = {} if cursor is None else {"cursor": cursor}
    page = list_rules.sync(client=api, sort=ListRulesSort.ID, limit=2, **more)
    ids += [one.id for one in page.data]
    cursor = page.next_cursor
    if cursor is None:
        break

print(
    json.dumps(
        {
            "when": made.when,
            "note": changed.note,
            "code": refused.code,
            "ids": ids,
            "summary": results[-1]["summary"],
        }
    )
)
