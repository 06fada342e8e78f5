"""Does the tutorial with the client that openapi-python-client made."""

import json
import sys

from newsdesk import AuthenticatedClient, Client
from newsdesk.api.news import create_news, delete_news, find_news, get_news
from newsdesk.api.sessions import sign_in
from newsdesk.api.users import sign_up
from newsdesk.models import Credentials, ErrorEnvelope, NewsFilter, NewsInput, NewsWhere, UserInput, StringOperators

url = sys.argv[1]
anyone = Client(base_url=url)
account = {"email": "python@example.com", "password": "correct horse"}
user = sign_up.sync(client=anyone, body=UserInput(**account))
token = sign_in.sync(client=anyone, body=Credentials(**account))
api = AuthenticatedClient(base_url=url, token=token.token)

news = create_news.sync(client=api, body=NewsInput(title="From Python", body="b"))
assert news.author == user.id, news
asked = NewsFilter(where=NewsWhere(title=StringOperators(ilike="%PYTHON%")), order="date_created DESC", limit=10)
found = find_news.sync(client=api, filter_=json.dumps(asked.to_dict()))
assert [one.id for one in found] == [news.id], found
assert delete_news.sync_detailed(client=api, id=news.id).status_code == 204
missing = get_news.sync(client=api, id=news.id)
assert isinstance(missing, ErrorEnvelope) and missing.error.code == "ENTITY_NOT_FOUND", missing
