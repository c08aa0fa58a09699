// npm openid-client as an e-service's own software. It reads one JSON command a line and answers
// each with one JSON line; the test that drives it plays the person in the browser.
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const [, , issuer, clientId, privateJwk, redirectUri] = process.argv
const jwk = JSON.parse(privateJwk)
const key = await crypto.subtle.importKey(
  'jwk',
  { ...jwk, use: undefined, alg: undefined, key_ops: undefined },
  { name: 'ECDSA', namedCurve: 'P-256' },
  false,
  ['sign'],
)
const insecure = client.allowInsecureRequests // the sandbox speaks http on this machine alone
const config = await discover()
let proof = await newProof()
let pending

const commands = {
  version: () =>
    JSON.parse(
      readFileSync(new URL('./node_modules/openid-client/package.json', import.meta.url)),
    ).version,

  async begin({ parameters = {} }) {
    const verifier = client.randomPKCECodeVerifier()
    pending = { verifier, state: client.randomState(), nonce: client.randomNonce() }
    const address = await client.buildAuthorizationUrlWithPAR(
      config,
      {
        redirect_uri: redirectUri,
        scope: 'openid companies',
        code_challenge: await client.calculatePKCECodeChallenge(verifier),
        code_challenge_method: 'S256',
        state: pending.state,
        nonce: pending.nonce,
        ...parameters,
      },
      proof,
    )
    return address.href
  },

  async finish({ returned, verifier }) {
    const tokens = await exchange(returned, verifier)
    return { ...tokens, claims: tokens.claims() }
  },

  async race({ returned }) {
    const both = await Promise.allSettled([exchange(returned), exchange(returned)])
    return both.map((one) => (one.status === 'fulfilled' ? 'tokens' : one.reason.error))
  },

  async refresh({ token, parameters }) {
    const tokens = await client.refreshTokenGrant(config, token, parameters, proof)
    return { ...tokens, claims: tokens.claims() }
  },

  async refresh_at_once({ token, times }) {
    const asked = Array.from({ length: times }, () =>
      client.refreshTokenGrant(config, token, undefined, proof),
    )
    const all = await Promise.allSettled(asked)
    return all.map((one) => (one.status === 'fulfilled' ? 'tokens' : one.reason.error))
  },

  narrow: ({ token, scope }) =>
    client.genericGrantRequest(
      config,
      'urn:ietf:params:oauth:grant-type:token-exchange',
      {
        subject_token: token,
        subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
        scope,
      },
      proof,
    ),

  introspect: ({ token }) => client.tokenIntrospection(config, token),

  async introspect_signed({ token }) {
    const signed = await discover(
      { introspection_signed_response_alg: 'ES256' },
      client.enableNonRepudiationChecks, // verifies the signature with our published keys
    )
    return client.tokenIntrospection(signed, token)
  },

  log_out: ({ hint, back }) =>
    client.buildEndSessionUrl(config, {
      id_token_hint: hint,
      post_logout_redirect_uri: back,
      state: 'left',
    }).href,

  async revoke({ token, parameters }) {
    await client.tokenRevocation(config, token, parameters)
  },

  async new_key() {
    proof = await newProof()
  },

  userinfo: ({ token, subject }) => client.fetchUserInfo(config, token, subject, proof),

  async call({ token, address }) {
    const response = await client.fetchProtectedResource(
      config,
      token,
      new URL(address),
      'GET',
      null,
      undefined,
      proof,
    )
    return { status: response.status, body: await response.json() }
  },

  async own_token({ scope }) {
    return client.clientCredentialsGrant(config, { scope }, proof)
  },
}

function discover(metadata = {}, ...more) {
  return client.discovery(
    new URL(issuer),
    clientId,
    { use_mtls_endpoint_aliases: false, ...metadata },
    client.PrivateKeyJwt({ key, kid: jwk.kid }),
    { execute: [insecure, ...more] },
  )
}

function told(error) {
  return error.cause?.error ?? error.error ?? error.code ?? error.name
}

async function newProof() {
  return { DPoP: client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256')) }
}

function exchange(returned, verifier = pending.verifier) {
  return client.authorizationCodeGrant(
    config,
    new URL(returned),
    {
      pkceCodeVerifier: verifier,
      expectedState: pending.state,
      expectedNonce: pending.nonce,
      idTokenExpected: true,
    },
    undefined,
    proof,
  )
}

for await (const line of createInterface({ input: process.stdin })) {
  const { command, ...options } = JSON.parse(line)
  let answer
  try {
    answer = { value: await commands[command](options) }
  } catch (error) {
    answer = { error: told(error), message: error.message }
  }
  process.stdout.write(JSON.stringify(answer) + '\n')
}
