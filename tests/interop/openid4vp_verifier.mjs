// npm @openid4vc/openid4vp as a bank's own verifier: it serves a signed request on this machine,
// prints the link, waits for the wallet's direct_post, and prints what it verified.
import { createHash, createPrivateKey, randomBytes, sign, X509Certificate } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { setGlobalConfig } from '@openid4vc/oauth2'
import { Openid4vpVerifier } from '@openid4vc/openid4vp'
import { SDJwtInstance } from '@sd-jwt/core'
import { ES256, digest } from '@sd-jwt/crypto-nodejs'

setGlobalConfig({ allowInsecureUrls: true }) // http, on this machine alone
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const input = JSON.parse((await lines.next()).value)
const key = createPrivateKey(input.key)
const nonce = randomBytes(24).toString('base64url')
const part = (value) => Buffer.from(JSON.stringify(value)).toString('base64url')
const say = (value) => console.log(JSON.stringify(value))
const refuse = () => {
  throw new Error('not needed here')
}

const verifier = new Openid4vpVerifier({
  callbacks: {
    hash: (data, algorithm) => createHash(algorithm.replace('-', '')).update(data).digest(),
    generateRandom: (length) => randomBytes(length),
    signJwt: (signer, { header, payload }) => {
      const content = `${part(header)}.${part(payload)}`
      const signature = sign('sha256', Buffer.from(content), { key, dsaEncoding: 'ieee-p1363' })
      return { jwt: `${content}.${signature.toString('base64url')}`, signerJwk: {} }
    },
    verifyJwt: refuse,
    decryptJwe: refuse,
    encryptJwe: refuse,
  },
})

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
const address = `http://localhost:${server.address().port}`
const { authorizationRequest, authorizationRequestPayload, jar } =
  await verifier.createOpenId4vpAuthorizationRequest({
    scheme: 'openid4vp://',
    authorizationRequestPayload: {
      response_type: 'vp_token',
      response_mode: 'direct_post',
      client_id: input.client_id,
      response_uri: `${address}/response`,
      nonce,
      state: 'session-1',
      dcql_query: input.query,
      client_metadata: {
        vp_formats_supported: {
          'dc+sd-jwt': { 'sd-jwt_alg_values': ['ES256'], 'kb-jwt_alg_values': ['ES256'] },
        },
      },
    },
    jar: {
      requestUri: `${address}/request`,
      expiresInSeconds: 300,
      jwtSigner: { method: 'x5c', x5c: input.x5c, alg: 'ES256' },
      additionalJwtPayload: { aud: 'https://self-issued.me/v2', ...input.additional },
    },
  })

server.on('request', async (request, response) => {
  if (request.url === '/request') {
    response.setHeader('Content-Type', 'application/oauth-authz-req+jwt')
    response.end(jar.authorizationRequestJwt)
    return
  }
  try {
    const posted = Object.fromEntries(new URLSearchParams(await text(request)))
    if (posted.error) {
      say({ refused: posted.error, state: posted.state })
    } else {
      say(await verified(posted))
    }
    response.setHeader('Content-Type', 'application/json')
    response.end(JSON.stringify({ redirect_uri: `${address}/thanks` }))
  } catch (error) {
    response.statusCode = 400
    response.end()
    console.error(error.stack)
    say({ error: `${error.name}: ${error.message}` })
  }
})

async function verified(posted) {
  const parsed = await verifier.parseOpenid4vpAuthorizationResponse({
    authorizationResponse: posted,
    authorizationRequestPayload: { ...authorizationRequestPayload, ...payloadOf(jar) },
  })
  const [presentation] = Object.values(parsed.dcql.presentations)[0]
  const header = JSON.parse(Buffer.from(presentation.split('.')[0], 'base64url'))
  const leaf = new X509Certificate(Buffer.from(header.x5c[0], 'base64'))
  const reader = new SDJwtInstance({
    hasher: digest,
    hashAlg: 'sha-256',
    verifier: await ES256.getVerifier(leaf.publicKey.export({ format: 'jwk' })),
    kbVerifier: async (data, signature, claims) =>
      (await ES256.getVerifier(claims.cnf.jwk))(data, signature),
  })
  const { payload, kb } = await reader.verify(presentation, { keyBindingNonce: nonce })
  return { claims: payload, aud: kb.payload.aud, state: posted.state }
}

function payloadOf({ authorizationRequestJwt }) {
  return JSON.parse(Buffer.from(authorizationRequestJwt.split('.')[1], 'base64url'))
}

say({ link: authorizationRequest })
await lines.next() // the test closes our input when it is done
server.close()
