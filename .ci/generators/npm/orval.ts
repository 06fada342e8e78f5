// Does the tutorial with the client that orval made.
import assert from 'node:assert/strict'
import { createNews, deleteNews, findNews, getNews, signIn, signUp, type NewsFilter } from './orv/newsdesk.js'

async function main() {
  const url = process.argv[2]!
  const relative = globalThis.fetch
  globalThis.fetch = (path, options) => relative(url + path, options) // orval's baseUrl is fixed when it generates
  const body = { email: 'orval@example.com', password: 'correct horse' }
  const user = await signUp(body)
  assert(user.status === 200)
  const signedIn = await signIn(body)
  assert(signedIn.status === 200)
  const options = { headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${signedIn.data.token}` } }

  const news = await createNews({ title: 'From orval', body: 'b' }, options)
  assert(news.status === 200 && news.data.author === user.data.id)
  const filter: NewsFilter = { where: { title: { ilike: '%ORVAL%' } }, order: 'date_created DESC', limit: 10 }
  const found = await findNews({ filter: JSON.stringify(filter) }, options)
  assert(found.status === 200)
  assert.deepEqual(found.data.map(one => one.id), [news.data.id])
  assert.equal((await deleteNews(news.data.id, options)).status, 204)
  const missing = await getNews(news.data.id, undefined, options)
  assert(missing.status === 404 && 'error' in missing.data)
  assert.equal(missing.data.error.code, 'ENTITY_NOT_FOUND')
}

main().catch(e => {
  console.error(e)
  process.exit(1)
})
