# Does the tutorial with the client that openapi-generator made.
require 'json'
require 'uri'
require 'openapi_client'
include OpenapiClient

def check(right, seen) = right || raise(seen.inspect)

url = URI(ARGV[0])
OpenapiClient.configure do |config|
  config.scheme, config.host, config.base_path = url.scheme, "#{url.host}:#{url.port}", ''
  config.server_index = nil # else the contract's relative server is used
end
account = {email: 'ruby@example.com', password: 'correct horse'}
user = UsersApi.new.sign_up(UserInput.new(account))
token = SessionsApi.new.sign_in(Credentials.new(account)).token
OpenapiClient.configure { |config| config.access_token = token }
api = NewsApi.new

news = api.create_news(NewsInput.new(title: 'From Ruby', body: 'b'))
check(news.author == user.id, news)
where = NewsWhere.new(title: StringOperators.new(ilike: '%RUBY%'))
asked = NewsFilter.new(where: where, order: 'date_created DESC', limit: 10)
found = api.find_news(filter: asked.to_hash.to_json)
check(found.map(&:id) == [news.id], found)
check(api.delete_news_with_http_info(news.id)[1] == 204, nil)
begin
  api.get_news(news.id)
  raise 'a deleted news item was read'
rescue ApiError => e
  check(e.code == 404 && JSON.parse(e.response_body)['error']['code'] == 'ENTITY_NOT_FOUND', e)
end
