// SPDX-License-Identifier: AGPL-3.0-or-later
// Signs in as an application that knows nothing of Archipel but its address, and says what it saw as JSON.
// Standard input: {issuer, cookie, client: {...}, other: {...}, asking: {...}}; `cookie` is that of a person signed in.
import { Issuer, TokenSet, generators } from 'openid-client'

const given = JSON.parse(await new Promise((resolve) => {
  let read = ''
  process.stdin.on('data', (part) => { read += part }).on('end', () => resolve(read))
}))
const issuer = await Issuer.discover(given.issuer)

function application (known) {
  return new issuer.Client({
    client_id: known.id,
    client_secret: known.secret,
    redirect_uris: [known.redirect],
    response_types: ['code'],
    ...known.metadata
  })
}

// The browser of the person: goes where the application says, and comes back with the answer.
async function visit (address, cookie = given.cookie) {
  const answer = await fetch(address, {
    redirect: 'manual', headers: { cookie, 'sec-fetch-site': 'cross-site' }
  })
  return { status: answer.status, location: answer.headers.get('location') ?? '' }
}

async function ask (client, known, more = {}) {
  const kept = { verifier: generators.codeVerifier(), state: generators.state(), nonce: generators.nonce() }
  const address = client.authorizationUrl({
    scope: 'openid profile email offline_access',
    state: kept.state,
    nonce: kept.nonce,
    code_challenge: generators.codeChallenge(kept.verifier),
    code_challenge_method: 'S256',
    ...more
  })
  const answer = await visit(address)
  return { ...kept, answer, params: client.callbackParams(answer.location || known.redirect) }
}

function checks (asked) {
  return { code_verifier: asked.verifier, state: asked.state, nonce: asked.nonce }
}

// What goes wrong: the error of the protocol, or the sentence of the library.
async function wrong (act) {
  try {
    await act()
    return 'nothing'
  } catch (problem) {
    return problem.error ?? problem.message
  }
}

const known = given.client
const client = application(known)
const other = application(given.other)
const seen = {}

const asked = await ask(client, known)
const tokens = await client.callback(known.redirect, asked.params, checks(asked))
seen.subject = tokens.claims().sub
seen.userinfo = (await client.userinfo(tokens)).email
const refreshed = await client.refresh(tokens)
seen.refreshed = refreshed.claims().sub
seen.introspected = (await client.introspect(refreshed.access_token)).active

seen.replayed = await wrong(() => client.callback(known.redirect, asked.params, checks(asked)))
seen.died = await wrong(() => client.userinfo(refreshed))

const redirected = await ask(client, known, { redirect_uri: `${known.redirect}/elsewhere` })
seen.redirect = [redirected.answer.status, redirected.answer.location]

const stated = await ask(client, known)
seen.state = await wrong(() => client.callback(known.redirect, stated.params, { ...checks(stated), state: 'another' }))
const nonced = await ask(client, known)
seen.nonce = await wrong(() => client.callback(known.redirect, nonced.params, { ...checks(nonced), nonce: 'another' }))
const proved = await ask(client, known)
seen.verifier = await wrong(() =>
  client.callback(known.redirect, proved.params, { ...checks(proved), code_verifier: generators.codeVerifier() }))

const good = await ask(client, known)
const fresh = await client.callback(known.redirect, good.params, checks(good))
seen.audience = await wrong(() => other.validateIdToken(new TokenSet({ id_token: fresh.id_token }), good.nonce, 'token'))
const unsigned = Buffer.from(JSON.stringify({ alg: 'none' })).toString('base64url') + '.' + fresh.id_token.split('.')[1] + '.'
seen.none = await wrong(() => client.validateIdToken(new TokenSet({ id_token: unsigned }), good.nonce, 'token'))

const asking = application(given.asking)
const silent = await ask(asking, given.asking, { prompt: 'none' })
seen.silent = await wrong(() => asking.callback(given.asking.redirect, silent.params, checks(silent)))

const left = await visit(client.endSessionUrl({
  id_token_hint: fresh.id_token, post_logout_redirect_uri: known.bye, state: 'bye'
}))
seen.left = [left.status, left.location]
seen.out = await wrong(() => client.refresh(fresh))

process.stdout.write(JSON.stringify(seen))
