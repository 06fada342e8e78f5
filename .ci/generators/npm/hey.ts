// Does the tutorial with the client that hey-api made.
import assert from 'node:assert/strict'
import { client } from './hey/client.gen.js'
import { createNews, deleteNews, findNews, getNews, signIn, signUp } from './hey/index.js'

async function main() {
  const json = (query: object) => new URLSearchParams(Object.entries(query).filter(([, v]) => v !== undefined).map(([name, v]) => [name, JSON.stringify(v)])).toString()
  let token = ''
  client.setConfig({ baseUrl: process.argv[2]!, auth: () => token, querySerializer: json, throwOnError: true })
  const body = { email: 'hey-api@example.com', password: 'correct horse' }
  const { data: user } = await signUp({ body, throwOnError: true })
  token = (await signIn({ body, throwOnError: true })).data.token

  const { data: news } = await createNews({ body: { title: 'From hey-api', body: 'b' }, throwOnError: true })
  assert.equal(news.author, user.id)
  const { data: found } = await findNews({ query: { filter: { where: { title: { ilike: '%HEY%' } }, order: 'date_created DESC', limit: 10 } }, throwOnError: true })
  assert.deepEqual(found.map(one => one.id), [news.id])
  const deleted = await deleteNews({ path: { id: news.id }, throwOnError: true })
  assert.equal(deleted.response.status, 204)
  const missing = await getNews({ path: { id: news.id }, throwOnError: false })
  assert.equal(missing.error?.error.code, 'ENTITY_NOT_FOUND')
}

main().catch(e => {
  console.error(e)
  process.exit(1)
})
