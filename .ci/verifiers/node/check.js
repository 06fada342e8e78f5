// Verifies tokens with npm's libraries. Prints a line for each: library, version, and "yes" or why the good token is refused.
import { createPublicKey } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as jose from 'jose'
import jsonwebtoken from 'jsonwebtoken'

const cases = JSON.parse(readFileSync(process.argv[2]))
const metadata = await (await fetch(`${cases.issuer}/.well-known/openid-configuration`)).json()
const { keys } = await (await fetch(metadata.jwks_uri)).json()
const algorithms = metadata.id_token_signing_alg_values_supported

const verifiers = {
  async jose(token, audience) {
    const set = jose.createRemoteJWKSet(new URL(metadata.jwks_uri))
    const required = { typ: 'at+jwt', requiredClaims: ['sub', 'exp', 'iat', 'jti', 'client_id'] }
    return (await jose.jwtVerify(token, set, { issuer: cases.issuer, audience, algorithms, ...required })).payload
  },
  async jsonwebtoken(token, audience) {
    const { kid } = jsonwebtoken.decode(token, { complete: true }).header
    const key = createPublicKey({ key: keys.find(k => k.kid === kid), format: 'jwk' })
    return jsonwebtoken.verify(token, key, { issuer: cases.issuer, audience, algorithms })
  },
}

async function result(verify) {
  let claims
  try {
    claims = await verify(cases.good, cases.audience)
  } catch (e) {
    return `no: ${e.name}: ${e.message}`
  }
  if (claims.sub !== cases.sub || claims.client_id !== cases.client) throw new Error(JSON.stringify(claims))
  for (const [name, token] of Object.entries(cases.bad)) {
    if (await verify(token, cases.audience).then(() => true, () => false)) return `ACCEPTED A TOKEN: ${name}`
  }
  return (await verify(cases.good, 'elsewhere').then(() => true, () => false)) ? 'ACCEPTED A TOKEN: another audience' : 'yes'
}

for (const [name, verify] of Object.entries(verifiers)) {
  const { version } = JSON.parse(readFileSync(new URL(`node_modules/${name}/package.json`, import.meta.url)))
  console.log([name, version, await result(verify)].join('\t'))
}
