// Does with clients for LoopBack 4 what their users do: create, list, get many, update, delete. Prints a line for each client.
import assert from 'node:assert/strict'
import { createRequire } from 'node:module'

const url = process.argv[2]
const require = createRequire(import.meta.url)
const { DataSource } = require('loopback-datasource-juggler')

async function post(path, body) {
  const answer = await fetch(url + path, { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** A new account's bearer header. */
async function account(name) {
  const credentials = { email: `${name}@example.com`, password: 'correct horse' }
  await post('/signup', credentials)
  return { Authorization: `Bearer ${(await post('/signin', credentials)).token}` }
}

async function reactAdmin() {
  const { default: provider } = await import('react-admin-lb4/commonjs/index.js')
  const authorization = await account('react-admin')
  const call = (provider.default ?? provider)(url, () => authorization, 'id')
  const made = []
  for (const [title, body] of [['One', 'a'], ['Two', 'a'], ['Three', 'b']]) made.push((await call('CREATE', 'news', { data: { title, body } })).data)
  const ids = made.map(one => one.id)
  const author = made[0].author
  const titles = async (type, parameters) => {
    const { data, total } = await call(type, 'news', parameters)
    return [data.map(one => one.title), total]
  }
  const sort = { field: 'title', order: 'ASC' }
  const page = page => ({ pagination: { page, perPage: 2 }, sort })
  assert.deepEqual(await titles('GET_LIST', { ...page(1), filter: { author } }), [['One', 'Three'], 3])
  assert.deepEqual(await titles('GET_LIST', { ...page(2), filter: { author } }), [['Two'], 3])
  assert.deepEqual(await titles('GET_LIST', { ...page(1), filter: { author, body: 'b' } }), [['Three'], 1])
  assert.deepEqual(await titles('GET_LIST', { ...page(1), filter: { author, title: { ilike: 't%' } } }), [['Three', 'Two'], 2])
  assert.deepEqual(await titles('GET_MANY_REFERENCE', { ...page(1), target: 'author', id: author }), [['One', 'Three'], 3])
  for (const some of [ids, ids.slice(0, 2)]) { // of one id it makes no list, which LoopBack refuses, too
    assert.deepEqual((await call('GET_MANY', 'news', { ids: some })).data.map(one => one.id).sort(), [...some].sort())
  }
  const { data: one } = await call('GET_ONE', 'news', { id: ids[0] })
  assert.equal(one.title, 'One')
  // React-admin's forms send back all that was read.
  const { data: changed } = await call('UPDATE', 'news', { id: ids[0], data: { ...one, title: 'Uno' } })
  assert.deepEqual([changed.id, changed.title, changed.body, changed.author], [ids[0], 'Uno', 'a', author])
  assert.deepEqual((await call('UPDATE_MANY', 'news', { ids: ids.slice(1), data: { body: 'c' } })).data, ids.slice(1))
  assert.deepEqual((await call('GET_MANY', 'news', { ids: ids.slice(1) })).data.map(one => one.body), ['c', 'c'])
  assert.equal((await call('DELETE', 'news', { id: ids[0] })).data.id, ids[0])
  await assert.rejects(call('GET_ONE', 'news', { id: ids[0] }))
  await call('DELETE_MANY', 'news', { ids: ids.slice(1) })
  assert.deepEqual(await titles('GET_LIST', { ...page(1), filter: { author } }), [[], 0])
}

/** What LoopBack 4 (and this server) wants, and loopback-connector-rest, made for LoopBack 2, does not do by itself. */
function forLoopBack4(connector) {
  connector.observe('before execute', async ({ req }) => {
    if (req.method === 'GET' && req.qs) req.qs = { filter: JSON.stringify(req.qs) }
  })
  connector.observe('after execute', async ({ res }) => {
    if (res.statusCode === 204) res.statusCode = 200
  })
}

async function connectorRest() {
  const headers = await account('connector-rest')
  const source = new DataSource({ connector: require('loopback-connector-rest'), baseURL: url, options: { headers, strictSSL: false } })
  await source.connect()
  forLoopBack4(source.connector)
  const News = source.createModel('news', {
    id: { type: String, id: true, generated: true }, title: String, body: String, author: String, date_created: String, date_published: String,
  }, { plural: 'news', strict: true })
  const made = []
  for (const [title, body] of [['One', 'a'], ['Two', 'a'], ['Three', 'b']]) made.push(await News.create({ title, body }))
  const ids = made.map(one => one.id)
  const titles = async filter => (await News.find(filter)).map(one => one.title)
  const { author } = await News.findById(ids[0])
  assert.deepEqual(await titles({ where: { author }, order: 'title ASC', limit: 2 }), ['One', 'Three'])
  assert.deepEqual(await titles({ where: { author }, order: 'title ASC', limit: 2, offset: 2 }), ['Two'])
  assert.deepEqual(await titles({ where: { author, body: 'b' } }), ['Three'])
  assert.deepEqual(await titles({ where: { id: { inq: ids.slice(1) } }, order: ['title DESC'] }), ['Two', 'Three'])
  assert.deepEqual((await News.findByIds(ids)).map(one => one.title), ['One', 'Two', 'Three'])
  const one = await News.findById(ids[0])
  one.title = 'Uno'
  await one.save() // PUT of all that was read; updateAttributes would PUT a part, which is refused
  assert.equal((await News.findById(ids[0])).title, 'Uno')
  for (const id of ids) await News.destroyById(id)
  assert.deepEqual(await titles({ where: { author } }), [])
}

async function connectorOpenAPI() {
  const { Authorization } = await account('connector-openapi')
  const spec = await (await fetch(`${url}/openapi.json`)).json()
  spec.servers = [{ url }] // of a relative one, it drops the port
  const source = new DataSource({
    connector: require('loopback-connector-openapi'), spec, validate: false, transformResponse: true,
    authorizations: { bearerAuth: { value: Authorization.slice('Bearer '.length) } },
  })
  await source.connect()
  const { news } = source.DataAccessObject.apis
  const made = []
  for (const [title, body] of [['One', 'a'], ['Two', 'a'], ['Three', 'b']]) made.push(await news.createNews({}, { requestBody: { title, body } }))
  const ids = made.map(one => one.id)
  const { author } = made[0]
  const titles = async filter => (await news.findNews({ filter })).map(one => one.title)
  assert.deepEqual(await titles({ where: { author }, order: 'title ASC', limit: 2 }), ['One', 'Three'])
  assert.deepEqual(await titles({ where: { author }, order: 'title ASC', limit: 2, skip: 2 }), ['Two'])
  assert.deepEqual(await titles({ where: { id: { inq: ids } }, order: ['title DESC'] }), ['Two', 'Three', 'One'])
  assert.deepEqual(await news.countNews({ where: { author } }), { count: 3 })
  const one = await news.getNews({ id: ids[0] })
  await news.updateNews({ id: one.id }, { requestBody: { ...one, title: 'Uno' } })
  await news.replaceNews({ id: one.id }, { requestBody: { ...(await news.getNews({ id: one.id })), body: 'c' } })
  const changed = await news.getNews({ id: one.id })
  assert.deepEqual([changed.title, changed.body, changed.author], ['Uno', 'c', author])
  for (const id of ids) await news.deleteNews({ id })
  await assert.rejects(news.getNews({ id: ids[0] }), e => /404|not found/i.test(e.message))
}

let failed = 0
const clients = { 'react-admin-lb4': reactAdmin, 'loopback-connector-rest': connectorRest, 'loopback-connector-openapi': connectorOpenAPI }
for (const [name, check] of Object.entries(clients)) {
  try {
    await check()
    console.log(`${name} ${require(`${name}/package.json`).version} works`)
  } catch (e) {
    failed++
    console.log(`${name} ${require(`${name}/package.json`).version} failed: ${e.stack}\n${JSON.stringify(e.body ?? e.response?.body ?? e.details ?? '')}`)
  }
}
console.log(`${Object.keys(clients).length - failed} passed, ${failed} failed`)
process.exit(failed ? 1 : 0)
