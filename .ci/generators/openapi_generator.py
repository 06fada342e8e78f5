"""Does the tutorial with the Python client that openapi-generator made."""

import sys

from openapi_client import ApiClient, Configuration, NewsApi, SessionsApi, UsersApi
from openapi_client.exceptions import NotFoundException
from openapi_client.models import Credentials, NewsFilter, NewsInput, NewsOrder, NewsWhere, StringCondition, StringOperators, UserInput

configuration = Configuration(host=sys.argv[1])
client = ApiClient(configuration)
account = {"email": "openapi-generator-python@example.com", "password": "correct horse"}
user = UsersApi(client).sign_up(UserInput(**account))
configuration.access_token = SessionsApi(client).sign_in(Credentials(**account)).token
api = NewsApi(client)

news = api.create_news(NewsInput(title="From openapi-generator", body="b"))
assert news.author == user.id, news
where = NewsWhere(title=StringCondition(StringOperators(ilike="%OPENAPI-GENERATOR%")))
asked = NewsFilter(where=where, order=NewsOrder("date_created DESC"), limit=10)
found = api.find_news(asked.to_json())
assert [one.id for one in found] == [news.id], found
assert api.delete_news_with_http_info(news.id).status_code == 204
try:
    api.get_news(news.id)
    raise AssertionError("a deleted news item was read")
except NotFoundException as e:
    assert e.data.error.code == "ENTITY_NOT_FOUND", e.data
